import { createHash } from "node:crypto";
import { applyEdits } from "../../domain/names/log.ts";
import type { NameEdit, NameEntry, NamePlace, NameScope, NameTable } from "../../domain/names/name.ts";
import { placeKey } from "../../domain/names/renames.ts";
import type { AfterTurn, FoundName, NameUse } from "../../domain/store.ts";
import type { Connection, Queries, Transaction } from "./connection.ts";
import { keyText } from "./key-text.ts";

/** What a row of `name` says. */
interface NameRow {
  spelling: string;
  entry: NameEntry | null;
  reserved_by: string | null;
  used_at: string | null;
}

/** The names of a scope after so many changes. */
interface KnownNames {
  changes: number;
  table: NameTable;
}

/** The scope's row, locked. */
interface LockedScope {
  scope: string;
  changes: number;
}

/** The names of all scopes. Whoever changes one has its scope's row locked, so changes are in one order. */
export class PostgresNames {
  /** By scope: what was read last, so that only what has changed since is read. */
  private readonly known = new Map<string, KnownNames>();

  constructor(
    private readonly connection: Connection,
    private readonly now: () => Date,
  ) {}

  async find(scope: NameScope, name: string): Promise<FoundName> {
    const [row] = await this.connection.query<NameRow>(
      "select entry, reserved_by, used_at from name where scope = (select scope from scope where team = my_team() and place_sha = $1) and name = $2",
      [digestOf(scope), keyText(name)],
    );
    return row === undefined ? {} : { entry: entryOf(row), reservedBy: reservedBy(row) };
  }

  async list(scope: NameScope): Promise<NameTable> {
    return await this.connection.transaction(async (queries) => {
      // Names and moves of the same moment.
      await queries.query("set transaction isolation level repeatable read, read only");
      const [row] = await queries.query<LockedScope>(
        "select scope, changes from scope where team = my_team() and place_sha = $1",
        [digestOf(scope)],
      );
      return row === undefined ? emptyTable() : this.read(queries, row, true);
    });
  }

  /** The lines as they were written, and behind them when each name was used last. */
  async log(scope: NameScope): Promise<readonly unknown[]> {
    const [lines, uses] = await Promise.all([
      this.connection.query<{ line: unknown }>(
        "select line from name_line where scope = (select scope from scope where team = my_team() and place_sha = $1) order by n",
        [digestOf(scope)],
      ),
      this.connection.query<NameRow>(
        "select entry, used_at from name where scope = (select scope from scope where team = my_team() and place_sha = $1) and used_at is not null and entry is not null",
        [digestOf(scope)],
      ),
    ]);
    const edits = uses.flatMap(({ entry, used_at }) => useOf(entry, used_at));
    const written = lines.map(({ line }) => line);
    return edits.length === 0 ? written : [...written, { at: this.now().toISOString(), edits }];
  }

  async update(scope: NameScope, change: (names: NameTable) => NameEdit[]): Promise<NameTable> {
    return await this.connection.transaction((queries) => this.updateIn(queries, scope, change, true));
  }

  /**
   * As `update`, as a part of a transaction, with which it takes effect. `isFirst` says that the transaction has changed no
   * names before.
   */
  async updateIn(
    queries: Transaction,
    scope: NameScope,
    change: (names: NameTable) => NameEdit[],
    isFirst = false,
  ): Promise<NameTable> {
    const locked = await lockScope(queries, scope);
    const before = await this.read(queries, locked, isFirst);
    const edits = change(before);
    if (edits.length === 0) return before;
    this.write(queries, locked, before, edits);
    return applyEdits(before, edits);
  }

  /** Reads what a turn changes of names, and returns what writes it, as a part of the transaction of its end. */
  async afterTurn(
    queries: Transaction,
    { scope, change, used }: NonNullable<AfterTurn["names"]>,
  ): Promise<() => Promise<void>> {
    const use = used && (await this.useIn(queries, scope, used));
    return async () => {
      const isUsed = use !== undefined && (await use());
      if (!isUsed) await this.updateIn(queries, scope, change);
    };
  }

  /**
   * Returns what writes down one use without reading the other names, and returns false if the name is not what is expected.
   * It locks the scope only with the statement that writes, as turns of all its names end by it.
   */
  private async useIn(
    queries: Transaction,
    scope: NameScope,
    { name, usedAt, isSame }: NameUse,
  ): Promise<(() => Promise<boolean>) | undefined> {
    const [row] = await queries.query<NameRow & { scope: string; written: string }>(
      `select scope, entry, entry::text as written, used_at from name
       where scope = (select scope from scope where team = my_team() and place_sha = $1) and name = $2`,
      [digestOf(scope), keyText(name)],
    );
    const entry = row && entryOf(row);
    if (row === undefined || entry === undefined || !isSame(entry)) return undefined;
    // Whoever has changed the name meanwhile had the scope locked: then its entry is another, and nothing is written.
    return async () => {
      const used = await queries.query(
        `with changed as (update scope set changes = changes + 1 where scope = $1 returning changes)
         update name set used_at = $3, changed = changes from changed where scope = $1 and name = $2 and entry::text = $4 returning 1`,
        [row.scope, keyText(name), usedAt, row.written],
      );
      return used.length > 0;
    };
  }

  async *scopes(): AsyncGenerator<NameScope> {
    const rows = await this.connection.query<{ place: NameScope }>(
      "select place from scope where exists (select from name_line where name_line.scope = scope.scope)",
    );
    for (const { place } of rows) yield place;
  }

  /** Reads what has changed since it was read last. `keeps`: what it finds is committed, and may be known from now on. */
  private async read(queries: Queries, { scope, changes }: LockedScope, keeps: boolean): Promise<NameTable> {
    const known = this.known.get(scope) ?? { changes: 0, table: emptyTable() };
    if (known.changes === changes) return known.table;
    const since = known.changes < changes ? known : { changes: -1, table: emptyTable() };
    const [rows, moves] = await Promise.all([
      queries.query<NameRow>(
        "select spelling, entry, reserved_by, used_at from name where scope = $1 and changed > $2",
        [scope, since.changes],
      ),
      queries.query<{ moved_from: NamePlace; moved_to: NamePlace }>(
        "select moved_from, moved_to from name_move where scope = $1 and changed > $2 order by n",
        [scope, since.changes],
      ),
    ]);
    const entries = new Map(since.table.entries);
    const reserved = new Map(since.table.reserved);
    const moved = new Map(since.table.moved);
    for (const row of rows) {
      setOrDelete(entries, row.spelling, entryOf(row));
      setOrDelete(reserved, row.spelling, reservedBy(row));
    }
    for (const { moved_from, moved_to } of moves) moved.set(placeKey(moved_from), moved_to);
    const table = { entries, reserved, moved };
    if (keeps) this.known.set(scope, { changes, table });
    return table;
  }

  private write(
    queries: Transaction,
    locked: LockedScope,
    before: NameTable,
    edits: readonly NameEdit[],
  ): void {
    const names = new Set(edits.map((edit) => (edit.op === "set" ? edit.entry.name : edit.name)));
    const part = { entries: pick(before.entries, names), reserved: pick(before.reserved, names) };
    const after = applyEdits({ ...part, moved: new Map() }, edits);
    const used = new Map<string, string | undefined>();
    for (const edit of edits) {
      if (edit.op === "used") used.set(edit.name, edit.usedAt);
      else if (edit.op === "set") used.set(edit.entry.name, undefined);
    }
    const change = locked.changes + 1;
    this.addLine(queries, locked, before, edits);
    const rows = [...names].map((name) => {
      const entry = after.entries.get(name);
      const usedAt = used.has(name) ? used.get(name) : entry?.usedAt;
      return { name, entry, reserved: after.reserved.get(name), usedAt };
    });
    queries.send(
      `insert into name (scope, name, spelling, entry, reserved_by, used_at, changed)
       select $1, one.name, one.spelling::json, one.entry::json, one.reserved_by, one.used_at, $2
       from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
         as one (name, spelling, entry, reserved_by, used_at)
       on conflict (scope, name) do update set entry = excluded.entry, reserved_by = excluded.reserved_by,
         used_at = excluded.used_at, changed = excluded.changed`,
      [
        locked.scope,
        change,
        rows.map(({ name }) => keyText(name)),
        rows.map(({ name }) => JSON.stringify(name)),
        rows.map(({ entry }) => (entry === undefined ? null : JSON.stringify(entry))),
        rows.map(({ reserved }) => (reserved === undefined ? null : JSON.stringify(reserved))),
        rows.map(({ usedAt }) => usedAt ?? null),
      ],
    );
    addMoves(queries, locked.scope, change, edits, part.entries, after.moved);
    countChange(queries, locked);
  }

  /** Uses are kept beside the names; one that a move ends is written down with that, for whoever asks what was. */
  private addLine(
    queries: Transaction,
    { scope }: LockedScope,
    before: NameTable,
    edits: readonly NameEdit[],
  ): void {
    const moves = edits.filter(({ op }) => op !== "used");
    if (moves.length === 0) return;
    const ended = moves.flatMap((edit) => {
      if (edit.op !== "set" && edit.op !== "remove") return [];
      const entry = before.entries.get(edit.op === "set" ? edit.entry.name : edit.name);
      return useOf(entry ?? null, entry?.usedAt ?? null);
    });
    const line = { at: this.now().toISOString(), edits: [...ended, ...moves] };
    queries.send("insert into name_line (scope, line) values ($1, $2::json)", [scope, JSON.stringify(line)]);
  }
}

function addMoves(
  queries: Transaction,
  scope: string,
  change: number,
  edits: readonly NameEdit[],
  entries: ReadonlyMap<string, NameEntry>,
  moved: ReadonlyMap<string, NamePlace>,
): void {
  if (moved.size === 0) return;
  // Where a name can have come from: what it was before, and what these edits have made of it in between.
  const places = [...entries.values(), ...edits.flatMap((edit) => (edit.op === "set" ? [edit.entry] : []))];
  const from = new Map(
    places.map(({ name, sessionId }) => [placeKey({ name, sessionId }), { name, sessionId }]),
  );
  for (const [key, { name, sessionId }] of moved)
    queries.send(
      `insert into name_move (scope, place, moved_from, moved_to, changed) values ($1, $2, $3::json, $4::json, $5)
       on conflict (scope, place) do update set moved_to = excluded.moved_to, changed = excluded.changed`,
      [scope, keyText(key), JSON.stringify(from.get(key)), JSON.stringify({ name, sessionId }), change],
    );
}

async function lockScope(queries: Queries, scope: NameScope): Promise<LockedScope> {
  const digest = digestOf(scope);
  const lock = () =>
    queries.query<LockedScope>(
      "select scope, changes from scope where team = my_team() and place_sha = $1 for update",
      [digest],
    );
  const [found] = await lock();
  if (found !== undefined) return found;
  await queries.query(
    "insert into scope (place_sha, place) values ($1, $2::json) on conflict (team, place_sha) do nothing",
    [digest, JSON.stringify(scope)],
  );
  const [made] = await lock();
  if (made === undefined) throw new Error("The row of the scope is gone.");
  return made;
}

function countChange(queries: Transaction, { scope, changes }: LockedScope): void {
  queries.send("update scope set changes = $2 where scope = $1", [scope, changes + 1]);
}

/** A mapping file has names of its own, whatever the workspace of the scope is. */
function digestOf({ agent, workspace, mappingFile }: NameScope): Buffer {
  const place = JSON.stringify([agent, mappingFile === undefined ? { workspace } : { mappingFile }]);
  return createHash("sha256").update(place).digest();
}

function entryOf({ entry, used_at }: Pick<NameRow, "entry" | "used_at">): NameEntry | undefined {
  if (entry === null) return undefined;
  return used_at === null ? entry : { ...entry, usedAt: used_at };
}

function reservedBy({ reserved_by }: NameRow): string | undefined {
  return reserved_by === null ? undefined : (JSON.parse(reserved_by) as string);
}

function useOf(entry: NameEntry | null, usedAt: string | null): NameEdit[] {
  return entry === null || usedAt === null ? [] : [{ op: "used", name: entry.name, usedAt }];
}

function emptyTable(): NameTable {
  return { entries: new Map(), reserved: new Map(), moved: new Map() };
}

function pick<V>(map: ReadonlyMap<string, V>, keys: Iterable<string>): Map<string, V> {
  const part = new Map<string, V>();
  for (const key of keys) {
    const value = map.get(key);
    if (value !== undefined) part.set(key, value);
  }
  return part;
}

function setOrDelete<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
