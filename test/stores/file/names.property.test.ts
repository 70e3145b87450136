import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { replay } from "../../../src/domain/names/log.ts";
import { movesOf } from "../../../src/domain/names/moves.ts";
import type { NameEdit, NameTable } from "../../../src/domain/names/name.ts";
import type { SessionStore } from "../../../src/domain/store.ts";
import { StateHome } from "../../../src/stores/file/home.ts";
import { MemoryStore } from "../../../src/stores/memory.ts";
import { openFileStore, scope } from "../../support/stores/open-file-store.ts";

/** What the names should be, as plainly as it can be said. */
class Model {
  readonly ids = new Map<string, string>();
  readonly reserved = new Map<string, string>();
  /** Everything that each name has pointed at, oldest first; undefined is nothing. */
  readonly pasts = new Map<string, (string | undefined)[]>();
  /** Names that another tool wrote last: only those may it change without contradicting us. */
  readonly foreign = new Set<string>();

  point(name: string, id: string | undefined, { isForeign = false } = {}): void {
    if (this.ids.get(name) === id) return;
    const past = this.pasts.get(name) ?? [];
    past.push(id);
    this.pasts.set(name, past);
    if (id === undefined) this.ids.delete(name);
    else this.ids.set(name, id);
    if (isForeign) this.foreign.add(name);
    else this.foreign.delete(name);
  }
}

/** The store under test: opened anew, as each command does, or one that stays, as in a program. */
interface Real {
  open(): SessionStore;
  /** Absent where the store has no mapping file. */
  files?: Files;
}

class Files {
  readonly mapping: string;
  private readonly namesFolder: string;

  constructor(private readonly folder: string) {
    this.mapping = openFileStore(folder).view;
    this.namesFolder = new StateHome(join(folder, "state")).namesFolder(scope);
  }

  open(): SessionStore {
    return openFileStore(this.folder).store;
  }

  read(): Record<string, { session_id: string }> {
    try {
      return JSON.parse(readFileSync(this.mapping, "utf8")).aliases;
    } catch {
      return {};
    }
  }

  /** As the original scripts do: reads, changes and replaces the file, without a lock. */
  edit(change: (aliases: Record<string, { session_id: string }>) => void): void {
    const aliases = this.read();
    change(aliases);
    mkdirSync(dirname(this.mapping), { recursive: true, mode: 0o700 });
    writeFileSync(`${this.mapping}.tmp`, JSON.stringify({ aliases, workspace_dir: scope.workspace }));
    renameSync(`${this.mapping}.tmp`, this.mapping);
  }

  /** Does something to the names of which the mapping file gets to know nothing, as if it had been killed then. */
  async cutOff(work: () => Promise<void>): Promise<void> {
    const paths = [this.mapping, ...this.caches()];
    const before = paths.flatMap((path) => (existsSync(path) ? [{ path, bytes: readFileSync(path) }] : []));
    await work();
    for (const path of [this.mapping, ...this.caches()]) rmSync(path, { force: true });
    for (const { path, bytes } of before) writeFileSync(path, bytes);
  }

  private caches(): string[] {
    if (!existsSync(this.namesFolder)) return [];
    const names = readdirSync(this.namesFolder).filter((name) => name.startsWith("seen-"));
    return names.map((name) => join(this.namesFolder, name));
  }

  loseMapping(): void {
    rmSync(this.mapping, { force: true });
  }

  loseCache(): void {
    for (const path of this.caches()) rmSync(path);
  }

  tearLog(): void {
    const log = join(this.namesFolder, "log.jsonl");
    writeFileSync(log, '{"at":"2026-11-21T00:00:00.000Z","edits":[{"op":"set","en', { flag: "a" });
  }
}

type Step = fc.AsyncCommand<Model, Real>;

class Command implements Step {
  constructor(
    private readonly label: string,
    private readonly isPossible: (model: Model) => boolean,
    private readonly work: (model: Model, real: Real) => Promise<void>,
  ) {}

  check(model: Readonly<Model>): boolean {
    return this.isPossible(model);
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.work(model, real);
    const store = real.open();
    const table = await store.list(scope);
    assert.deepEqual(idsOf(table), sorted(model.ids));
    assert.deepEqual(sorted(table.reserved), sorted(model.reserved));
    const lines = await store.log(scope);
    assert.deepEqual(idsOf(replay(lines)), sorted(model.ids), "the log adds up to the names");
    for (const [name, past] of model.pasts) {
      assert.deepEqual(
        movesOf(lines, name).map(({ entry }) => entry?.sessionId),
        past,
        `the moves of ${name}`,
      );
    }
    if (real.files === undefined) return;
    const shown = Object.entries(real.files.read()).map(([name, value]): [string, string] => [
      name,
      value.session_id,
    ]);
    assert.deepEqual(sorted(new Map(shown)), sorted(model.ids), "the mapping file shows the names");
  }

  toString(): string {
    return this.label;
  }
}

function idsOf({ entries }: NameTable): [string, string][] {
  return sorted(new Map([...entries.values()].map((entry) => [entry.name, entry.sessionId])));
}

function sorted(map: ReadonlyMap<string, string>): [string, string][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1));
}

async function change(real: Real, ...edits: NameEdit[]): Promise<void> {
  const table = await real.open().update(scope, () => edits);
  const again = await real.open().list(scope);
  assert.deepEqual(idsOf(table), idsOf(again), "what update says is what the next process reads");
}

const name = fc.constantFrom("x", "y", "__proto__", "9", "..", "caf\u00e9");
const id = fc.integer({ min: 0, max: 999 }).map(String);
const createdAt = "2026-11-21T06:29:48.722474+00:00";

const set = (kind: "create" | "replace" | "turn") =>
  fc.tuple(name, id).map(([n, i]) => {
    const isNew = kind === "create";
    return new Command(
      `${kind}(${n}, ${i})`,
      (model) => model.ids.has(n) !== isNew,
      async (model, real) => {
        await change(real, { op: "set", entry: { name: n, sessionId: i, createdAt }, reason: kind });
        model.point(n, i);
        // Whatever the name points at, it was we who said so last.
        model.foreign.delete(n);
      },
    );
  });

const remove = name.map(
  (n) =>
    new Command(
      `remove(${n})`,
      (model) => model.ids.has(n),
      async (model, real) => {
        await change(real, { op: "remove", name: n, reason: "remove" });
        model.point(n, undefined);
      },
    ),
);

const rename = fc.tuple(name, name).map(
  ([n, to]) =>
    new Command(
      `rename(${n}, ${to})`,
      (model) => model.ids.has(n) && !model.ids.has(to),
      async (model, real) => {
        const sessionId = model.ids.get(n) ?? "";
        await change(
          real,
          { op: "remove", name: n, reason: "rename", renamedTo: to },
          { op: "set", entry: { name: to, sessionId, createdAt }, reason: "rename" },
        );
        model.point(n, undefined);
        model.point(to, sessionId);
      },
    ),
);

const restore = fc.tuple(name, fc.nat(5)).map(
  ([n, ago]) =>
    new Command(
      `restore(${n}@${ago})`,
      (model) => model.pasts.get(n)?.at(-1 - ago) !== undefined,
      async (model, real) => {
        const move = movesOf(await real.open().log(scope), n).at(-1 - ago);
        assert.ok(move?.entry);
        await change(real, { op: "set", entry: move.entry, reason: "restore" });
        model.point(n, model.pasts.get(n)?.at(-1 - ago));
        model.foreign.delete(n);
      },
    ),
);

const reserve = fc.tuple(name, id).map(
  ([n, turnId]) =>
    new Command(
      `reserve(${n}, ${turnId})`,
      () => true,
      async (model, real) => {
        await change(real, { op: "reserve", name: n, turnId });
        model.reserved.set(n, turnId);
      },
    ),
);

const publish = fc.tuple(name, id).map(
  ([n, i]) =>
    new Command(
      `publish(${n}, ${i})`,
      (model) => model.reserved.has(n),
      async (model, real) => {
        const entry = { name: n, sessionId: i, createdAt };
        await change(real, { op: "set", entry, reason: "create" }, { op: "unreserve", name: n });
        model.point(n, i);
        model.foreign.delete(n);
        model.reserved.delete(n);
      },
    ),
);

const use = name.map(
  (n) =>
    new Command(
      `use(${n})`,
      () => true,
      (_, real) => change(real, { op: "used", name: n, usedAt: createdAt }),
    ),
);

/** Another tool may add what is not there, and change what it wrote itself. */
const foreignEdit = fc.tuple(name, fc.option(id, { nil: undefined })).map(
  ([n, i]) =>
    new Command(
      `another tool(${n}, ${i})`,
      (model) =>
        i === undefined
          ? model.foreign.has(n) && model.ids.has(n)
          : model.foreign.has(n) || !model.pasts.has(n),
      async (model, real) => {
        real.files?.edit((aliases) => {
          if (i === undefined) delete aliases[n];
          else
            Object.defineProperty(aliases, n, {
              value: { session_id: i },
              enumerable: true,
              configurable: true,
              writable: true,
            });
        });
        model.point(n, i, { isForeign: true });
      },
    ),
);

const cutOff = fc.tuple(name, fc.option(id, { nil: undefined })).map(
  ([n, i]) =>
    new Command(
      `killed before the mapping file was written(${n}, ${i})`,
      (model) => i !== undefined || model.ids.has(n),
      async (model, real) => {
        const edit: NameEdit =
          i === undefined
            ? { op: "remove", name: n, reason: "remove" }
            : { op: "set", entry: { name: n, sessionId: i, createdAt }, reason: "replace" };
        await real.files?.cutOff(() => change(real, edit));
        model.point(n, i);
        model.foreign.delete(n);
      },
    ),
);

const lose = fc.constantFrom("loseMapping", "loseCache", "tearLog").map(
  (what) =>
    new Command(
      what,
      (model) => model.pasts.size > 0,
      async (_, real) => {
        if (what === "loseMapping") real.files?.loseMapping();
        else if (what === "loseCache") real.files?.loseCache();
        else real.files?.tearLog();
        await real.open().list(scope);
      },
    ),
);

const ours = [set("create"), set("replace"), set("turn"), remove, rename, restore, reserve, publish, use];

async function check(
  commands: fc.Arbitrary<Iterable<Step>>,
  numRuns: number,
  open: () => Real & { close(): void },
) {
  await fc.assert(
    fc.asyncProperty(commands, async (steps) => {
      const { close, ...real } = open();
      try {
        await fc.asyncModelRun(() => ({ model: new Model(), real }), steps);
      } finally {
        close();
      }
    }),
    { numRuns },
  );
}

test("names in files behave like a plain map, whatever is done to them and to the mapping file", async () => {
  await check(fc.commands([...ours, foreignEdit, foreignEdit, cutOff, lose], { maxCommands: 30 }), 60, () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "agent-sessions-test-")));
    const files = new Files(folder);
    const lasting = files.open();
    let opened = 0;
    const open = () => {
      opened += 1;
      return opened % 3 === 0 ? lasting : files.open();
    };
    return { open, files, close: () => rmSync(folder, { recursive: true }) };
  });
});

test("names in memory behave like a plain map", async () => {
  await check(fc.commands(ours, { maxCommands: 30 }), 100, () => {
    const store = new MemoryStore();
    return { open: () => store, close: () => undefined };
  });
});
