import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs, {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { hasHadTurns, movesOf } from "../../../../src/domain/names/moves.ts";
import type { NameEdit } from "../../../../src/domain/names/name.ts";
import type { FileStore } from "../../../../src/stores/file/store.ts";
import { patchFs, systemError } from "../../../support/patched-fs.ts";
import { addUses } from "../../../support/stores/add-uses.ts";
import {
  idsOf,
  namesFolderIn,
  openFileStore,
  openUnshownStore,
  scope,
} from "../../../support/stores/open-file-store.ts";
import { createdAt, set } from "../../../support/stores/store.contract.ts";
import { tempFolder } from "../../../support/temp-folder.ts";
import { workerArgv } from "../../../support/worker.ts";

/** The end of the n-th turn, after all that the tests create. */
const at = (n: number) => new Date(Date.UTC(2027, 0, 1) + n * 1000).toISOString();
const use = (name: string, n: number): NameEdit => ({ op: "used", name, usedAt: at(n) });
const usesIn = (folder: string) => join(namesFolderIn(folder), "used.jsonl");
const linesOf = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n").slice(1);

async function timesOf(store: FileStore): Promise<Record<string, string | undefined>> {
  const { entries } = await store.list(scope);
  const times: Record<string, string | undefined> = {};
  for (const { name, usedAt } of entries.values()) {
    times[name] = usedAt;
    assert.equal((await store.find(scope, name)).entry?.usedAt, usedAt);
  }
  return times;
}

for (const [what, open] of [
  ["with a mapping file", (folder: string) => openFileStore(folder).store],
  ["without a mapping file", openUnshownStore],
] as const) {
  test(`turns add nothing to the name log, and their file stays short, ${what}`, async (t) => {
    const folder = tempFolder(t);
    const store = open(folder);
    const reader = open(folder);
    await store.update(scope, () => [set("x", "1"), set("y", "2")]);
    const log = readFileSync(join(namesFolderIn(folder), "log.jsonl"));
    const others = readdirSync(namesFolderIn(folder));
    const view = store.mappingPath(scope);
    const shown = view !== undefined && statSync(view, { bigint: true }).mtimeNs;
    const lengths: number[] = [];
    await store.update(scope, () => [use("y", 1)]);
    assert.deepEqual(await timesOf(reader), { x: undefined, y: at(1) });
    for (let n = 2; n <= 50; n += 1) {
      await store.update(scope, () => [use(n % 2 === 0 ? "x" : "y", n)]);
      lengths.push(linesOf(usesIn(folder)).length);
      const even = n - (n % 2);
      const odd = n % 2 === 0 ? n - 1 : n;
      for (const each of [store, reader, open(folder)])
        assert.deepEqual(await timesOf(each), { x: at(even), y: at(odd) });
    }
    assert.equal(Math.max(...lengths), 20, "ten lines for each name");
    assert.ok(lengths.lastIndexOf(2) > 20, "it was written anew");
    assert.deepEqual(readFileSync(join(namesFolderIn(folder), "log.jsonl")), log);
    assert.deepEqual(readdirSync(namesFolderIn(folder)).sort(), [...others, "used.jsonl"].sort());
    assert.equal(statSync(usesIn(folder)).mode & 0o777, 0o600);
    if (view !== undefined) assert.equal(statSync(view, { bigint: true }).mtimeNs, shown);
  });

  test(`a name that moves takes the time of its last use along, ${what}`, async (t) => {
    const folder = tempFolder(t);
    const store = open(folder);
    await store.update(scope, () => [set("x", "1"), set("gone", "3")]);
    await store.update(scope, () => [use("x", 1)]);
    await store.update(scope, () => [use("gone", 2)]);
    await store.update(scope, () => [set("x", "2")]);
    await store.update(scope, () => [{ op: "remove", name: "gone", reason: "remove" }]);
    await store.update(scope, () => [use("x", 3)]);
    const told = (lines: readonly unknown[], name: string) =>
      movesOf(lines, name).map(({ entry }) => [entry?.sessionId, entry?.usedAt]);
    for (const [isLost, last] of [
      [false, at(3)],
      [true, undefined],
    ] as const) {
      if (isLost) rmSync(usesIn(folder));
      const lines = await open(folder).log(scope);
      assert.deepEqual(told(lines, "x"), [
        ["1", at(1)],
        ["2", last],
      ]);
      assert.deepEqual(told(lines, "gone"), [
        ["3", at(2)],
        [undefined, undefined],
      ]);
    }
  });
}

test("a name has no time of a conversation that it no longer points at, nor of one from before it came back", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  await store.update(scope, () => [set("x", "1")]);
  await store.update(scope, () => [use("x", 1)]);
  await store.update(scope, () => [set("x", "2")]);
  assert.deepEqual(await timesOf(store), { x: undefined });
  const back: NameEdit = {
    op: "set",
    entry: { name: "x", sessionId: "1", createdAt: at(9) },
    reason: "adopt",
  };
  await store.update(scope, () => [back]);
  assert.deepEqual(await timesOf(store), { x: undefined });
  await store.update(scope, () => [use("x", 10)]);
  assert.deepEqual(await timesOf(store), { x: at(10) });
});

test("after a clock was set back, the last use is the one that was written last", async (t) => {
  const { store } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("x", "1")]);
  for (const n of [9, 5, 7, 3]) {
    await store.update(scope, () => [use("x", n)]);
    assert.deepEqual(await timesOf(store), { x: at(n) });
  }
});

test("names that look the same have times of their own", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  const [composed, decomposed] = ["caf\u00e9", "cafe\u0301"];
  await store.update(scope, () => [set(composed, "1"), set(decomposed, "2"), set("__proto__", "3")]);
  await store.update(scope, () => [use(composed, 1)]);
  await store.update(scope, () => [use("__proto__", 2), use("nobody", 3)]);
  const times = new Map([...(await store.list(scope)).entries].map(([name, { usedAt }]) => [name, usedAt]));
  assert.deepEqual(
    [...times],
    [
      [composed, at(1)],
      [decomposed, undefined],
      ["__proto__", at(2)],
    ],
  );
  assert.equal((await openFileStore(folder).store.find(scope, composed)).entry?.usedAt, at(1));
});

test("a log of 0.1, with uses among its lines, is read, and what was written last counts", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  await store.update(scope, () => [set("x", "1"), set("y", "2")]);
  const line = (edit: NameEdit) => `${JSON.stringify({ at: at(5), edits: [edit] })}\n`;
  const log = join(namesFolderIn(folder), "log.jsonl");
  appendFileSync(log, line(use("x", 5)) + line(use("y", 5)));
  assert.deepEqual(await timesOf(store), { x: at(5), y: at(5) });
  await store.update(scope, () => [use("x", 6)]);
  assert.deepEqual(await timesOf(store), { x: at(6), y: at(5) });
  // An earlier version that works on the same names.
  appendFileSync(log, line(use("x", 4)) + line(use("y", 7)));
  assert.deepEqual(await timesOf(openFileStore(folder).store), { x: at(4), y: at(7) });
});

const damages: [what: string, damage: (path: string) => void, isKept: boolean][] = [
  ["that is missing", (path) => rmSync(path), false],
  ["with a torn last line", (path) => appendFileSync(path, '{"name":"x","sess'), true],
  ["with lines that are none", (path) => appendFileSync(path, 'null\n{"name":"x"}\n7\n[]\n\n'), true],
  ["without its header", (path) => writeFileSync(path, `${linesOf(path).join("\n")}\n`), true],
  ["that lost its bytes", (path) => writeFileSync(path, Buffer.alloc(200)), false],
  ["without a byte", (path) => writeFileSync(path, ""), false],
  ["of something else", (path) => writeFileSync(path, "precious\n"), false],
  ["of a newer version", (path) => writeFileSync(path, '{"v":2,"kind":"used"}\n'), false],
  [
    "that is a folder",
    (path) => {
      rmSync(path);
      mkdirSync(path);
    },
    false,
  ],
  [
    "that is a link",
    (path) => {
      writeFileSync(`${path}.real`, readFileSync(path));
      rmSync(path);
      symlinkSync(`${path}.real`, path);
    },
    false,
  ],
];
for (const [what, damage, isKept] of damages) {
  test(`a file of uses ${what} costs times alone`, async (t) => {
    const folder = tempFolder(t);
    const { store, notices } = openFileStore(folder);
    await store.update(scope, () => [set("x", "1"), set("y", "2")]);
    await store.update(scope, () => [use("x", 1)]);
    damage(usesIn(folder));
    const isFile = statSync(usesIn(folder), { throwIfNoEntry: false })?.isFile();
    const before = isFile ? readFileSync(usesIn(folder), "utf8") : undefined;
    const after = [store, openFileStore(folder).store];
    for (const one of after)
      assert.deepEqual(await timesOf(one), { x: isKept ? at(1) : undefined, y: undefined });
    await store.update(scope, () => [use("y", 2)]);
    await store.update(scope, () => [set("z", "3")]);
    const isWritten = !/header|else|newer|folder|link/.test(what);
    for (const one of after) {
      assert.deepEqual(await idsOf(one), { x: "1", y: "2", z: "3" });
      const { x, y } = await timesOf(one);
      assert.deepEqual([x, y], [isKept ? at(1) : undefined, isWritten ? at(2) : undefined]);
    }
    if (before !== undefined && !isWritten) assert.equal(readFileSync(usesIn(folder), "utf8"), before);
    assert.deepEqual(notices, []);
  });
}

for (const call of ["openSync", "writeSync", "renameSync"] as const) {
  test(`where ${call} fails for the file of uses, the turn ends as ever`, async (t) => {
    const folder = tempFolder(t);
    const { store } = openFileStore(folder);
    await store.update(scope, () => [set("x", "1")]);
    await store.update(scope, () => [use("x", 1)]);
    addUses(join(folder, "state"), "x");
    const path = usesIn(folder);
    const before = readFileSync(path, "utf8");
    const { openSync, writeSync, renameSync } = fs;
    let failures = 0;
    const fail = () => {
      failures += 1;
      throw systemError("EACCES");
    };
    const patches = {
      openSync: (file: string, ...rest: [number]) => (file === path ? fail() : openSync(file, ...rest)),
      writeSync: (...args: [number, Uint8Array]) =>
        Buffer.from(args[1]).includes(at(2)) ? fail() : writeSync(...args),
      renameSync: (from: string, to: string) => (to === path ? fail() : renameSync(from, to)),
    };
    const restore = patchFs(t, { [call]: patches[call] });
    const names = await store.update(scope, () => [use("x", 2)]);
    assert.equal(names.entries.get("x")?.usedAt, at(2));
    assert.deepEqual(await idsOf(openFileStore(folder).store), { x: "1" });
    restore();
    assert.ok(failures > 0);
    const isAdded = call === "renameSync";
    assert.equal(readFileSync(path, "utf8").length > before.length, isAdded);
    assert.deepEqual(await timesOf(openFileStore(folder).store), isAdded ? { x: at(2) } : { x: undefined });
    assert.deepEqual(
      readdirSync(namesFolderIn(folder)).filter((name) => name.startsWith(".tmp-")),
      [],
    );
  });
}

test("written anew, the file keeps what a newer version has added, and loses names that are gone", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  await store.update(scope, () => [set("x", "1"), set("gone", "2")]);
  await store.update(scope, () => [use("gone", 1)]);
  await store.update(scope, () => [{ op: "remove", name: "gone", reason: "remove" }, set("y", "3")]);
  const kept = { name: "y", sessionId: "3", usedAt: at(2), after: createdAt, turnId: "t" };
  appendFileSync(usesIn(folder), `${JSON.stringify(kept)}\n`);
  for (let n = 3; linesOf(usesIn(folder)).length !== 2 || n === 3; n += 1) {
    assert.ok(n < 50, "it only grows");
    await store.update(scope, () => [use("x", n)]);
  }
  const [first, second] = linesOf(usesIn(folder)).map((line): unknown => JSON.parse(line));
  assert.deepEqual(first, kept);
  assert.equal((second as { name?: string }).name, "x");
});

test("of many names, the file has no more than a thousand lines more than names", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  const names = Array.from({ length: 200 }, (_, index) => `n${index}`);
  await store.update(scope, () => names.map((name) => set(name, name)));
  for (let n = 1; n <= 6; n += 1) await store.update(scope, () => names.map((name) => use(name, n)));
  assert.equal(linesOf(usesIn(folder)).length, 1_200);
  await store.update(scope, () => [use("n7", 7)]);
  assert.equal(linesOf(usesIn(folder)).length, 200);
  const times = await timesOf(openFileStore(folder).store);
  assert.deepEqual([times.n6, times.n7], [at(6), at(7)]);
});

test("of a long file, the time of one name is found by itself", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  const names = Array.from({ length: 3_000 }, (_, index) => `n${index}`);
  await store.update(scope, () => names.map((name, index) => set(name, `${index}-${"x".repeat(80)}`)));
  await store.update(scope, () => names.map((name, index) => use(name, index)));
  assert.ok(statSync(usesIn(folder)).size > 300_000);
  const fresh = () => openFileStore(folder).store;
  for (const n of [0, 7, 2_999]) assert.equal((await fresh().find(scope, `n${n}`)).entry?.usedAt, at(n));
  assert.equal((await fresh().list(scope)).entries.get("n7")?.usedAt, at(7));
});

test("a conversation that was only used counts as one with turns of ours", async (t) => {
  const { store } = openFileStore(tempFolder(t));
  const found: NameEdit = { op: "set", entry: { name: "x", sessionId: "1" }, reason: "adopt" };
  await store.update(scope, () => [found]);
  assert.equal(hasHadTurns(await store.log(scope), "1"), false);
  await store.update(scope, () => [use("x", 1)]);
  assert.equal(hasHadTurns(await store.log(scope), "1"), true);
  await store.update(scope, () => [set("x", "2")]);
  assert.equal(hasHadTurns(await store.log(scope), "1"), true);
});

test("processes that use the same names at once lose no time, and no move of anybody", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  const all = ["a", "b", "c", "d"];
  await store.update(scope, () => all.map((name, index) => set(name, String(index))));
  const [node = "", ...worker] = workerArgv("use");
  const exits = await Promise.all(
    all.map((name) =>
      once(spawn(node, [...worker, folder, name, "40"], { stdio: ["ignore", "inherit", "inherit"] }), "exit"),
    ),
  );
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0, 0, 0],
  );
  const times = await timesOf(openFileStore(folder).store);
  const last = new Date(Date.UTC(2027, 0, 1, 0, 0, 39)).toISOString();
  assert.deepEqual(
    all.map((name) => times[name]),
    [last, last, last, last],
  );
  const ids = await idsOf(store);
  for (const name of all) assert.equal(ids[`${name}-other`], "39", "what it moved last");
  assert.ok(linesOf(usesIn(folder)).length <= 40);
});

for (const [what, open] of [
  ["with a mapping file", (folder: string) => openFileStore(folder).store],
  ["without a mapping file", openUnshownStore],
] as const) {
  test(`among many names, the end of a turn reads none but its own, ${what}`, async (t) => {
    const folder = tempFolder(t);
    const many = Array.from({ length: 3_000 }, (_, index) => set(`n${index}`, String(index)));
    await open(folder).update(scope, () => many);
    // One line holds one name, as if each had been created by itself.
    const path = join(namesFolderIn(folder), "log.jsonl");
    const [header = "", line = ""] = readFileSync(path, "utf8").split("\n");
    const { edits, ...rest } = JSON.parse(line) as { edits: NameEdit[] };
    const lines = edits.map((edit) => JSON.stringify({ ...rest, edits: [edit] }));
    writeFileSync(path, `${[header, ...lines].join("\n")}\n`);
    await open(folder).list(scope);

    let calls = 0;
    const end = (name: string, sessionId: string, n: number) => {
      const change = () => {
        calls += 1;
        return [use(name, n)];
      };
      const used = {
        name,
        usedAt: at(n),
        isSame: (entry: { sessionId: string }) => entry.sessionId === sessionId,
      };
      const turn = {
        turnId: `t${n}`,
        at: at(n),
        startedAt: at(n),
        outcome: "succeeded",
        continuity: "native",
        prompt: "p",
        text: "a",
      } as const;
      const session = open(folder).session({ agent: "claude", sessionId });
      return session.end(turn, { names: { scope, change, used } });
    };
    await end("n7", "7", 1);
    assert.equal(calls, 1, "the file begins with a look at all of them");
    await end("n7", "7", 2);
    await end("n8", "8", 3);
    assert.equal(calls, 1);
    await end("n9", "of another conversation", 4);
    assert.equal(calls, 2, "it is not what was expected");
    const { entries } = await open(folder).list(scope);
    const times = ["n7", "n8", "n10"].map((name) => entries.get(name)?.usedAt);
    assert.deepEqual(times, [at(2), at(3), undefined]);
    const uses = usesIn(folder);
    const last = JSON.parse(linesOf(uses).at(-1) ?? "{}");
    const padded = (length: number) => `${JSON.stringify({ ...last, pad: "x".repeat(length) })}\n`;
    appendFileSync(uses, padded(64 * 1024 - 50 - statSync(uses).size - padded(0).length));
    await end("n7", "7", 5);
    assert.equal(calls, 3, "it has grown, so all of them are looked at");
    await end("n7", "7", 6);
    assert.equal(calls, 3);
    assert.equal((await open(folder).find(scope, "n7")).entry?.usedAt, at(6));
  });
}
