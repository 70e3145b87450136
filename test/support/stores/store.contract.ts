import assert from "node:assert/strict";
import { join } from "node:path";
import nodeTest, { type TestContext } from "node:test";
import { addTurns, NOTHING_SPENT } from "../../../src/domain/budget/spent.ts";
import { movesOf } from "../../../src/domain/names/moves.ts";
import type { NameEdit, NameScope } from "../../../src/domain/names/name.ts";
import { entrySince } from "../../../src/domain/names/renames.ts";
import type { TurnEnded } from "../../../src/domain/session/session.ts";
import type { SessionStore } from "../../../src/domain/store.ts";
import { identifySelf } from "../../../src/system/processes/identity.ts";
import { tempFolder } from "../temp-folder.ts";

const scope = { workspace: "/srv/ws", agent: "claude" };
export const createdAt = "2026-11-21T06:29:48.722474+00:00";

export function set(name: string, sessionId: string): NameEdit {
  return { op: "set", entry: { name, sessionId, createdAt }, reason: "create" };
}

function ended(turnId: string, prompt: string): TurnEnded {
  return {
    turnId,
    at: createdAt,
    startedAt: createdAt,
    name: "x",
    outcome: "succeeded",
    continuity: "native",
    prompt,
    text: "a",
  };
}

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const value of values) found.push(value);
  return found;
}

/** A store that is tested. */
export interface StoreInTest {
  store: SessionStore;
  /** The same store once more, as another process opens it. */
  another(): SessionStore;
  /**
   * Lets the store write so many times, and then nothing more until `mend`. Returns whether it was kept from writing. Absent
   * where nothing can come between.
   */
  cutAt?(writes: number): { mend(): boolean };
  /** Whether the end of a turn is recorded as a whole or not at all. */
  isAtomic?: boolean;
}

/** What every store has to do. `open` gives a new, empty store; undefined if the test was skipped. */
export function testStore(
  title: string,
  opening: (t: TestContext) => StoreInTest | undefined | Promise<StoreInTest | undefined>,
): void {
  const test = (what: string, work: (opened: StoreInTest, t: TestContext) => Promise<void>): void => {
    nodeTest(`${title}: ${what}`, async (t) => {
      const opened = await opening(t);
      if (opened !== undefined) await work(opened, t);
    });
  };

  test(`names are set, found, moved and removed`, async ({ store }) => {
    assert.equal((await store.find(scope, "x")).entry, undefined);
    await store.update(scope, () => [set("x", "1"), set("y", "2")]);
    assert.equal((await store.find(scope, "x")).entry?.sessionId, "1");
    await store.update(scope, () => [set("x", "3"), { op: "remove", name: "y", reason: "remove" }]);
    assert.deepEqual([...(await store.list(scope)).entries.keys()], ["x"]);
    assert.equal((await store.find(scope, "x")).entry?.sessionId, "3");
  });

  test(`workspaces and agents do not see each other's names`, async ({ store }) => {
    await store.update(scope, () => [set("x", "1")]);
    assert.equal((await store.find({ ...scope, agent: "codex" }, "x")).entry, undefined);
    assert.equal((await store.find({ ...scope, workspace: "/srv/other" }, "x")).entry, undefined);
  });

  test(`a mapping file of its own has its own names, whatever workspace they are asked for from`, async ({
    store,
  }, t) => {
    const folder = tempFolder(t);
    const apart = { ...scope, mappingFile: join(folder, "names.json") };
    await store.update(scope, () => [set("x", "1")]);
    await store.update(apart, () => [set("y", "2")]);
    const names = async (of: NameScope) => [...(await store.list(of)).entries.keys()];
    assert.deepEqual([await names(scope), await names(apart)], [["x"], ["y"]]);
    assert.equal((await store.find(apart, "x")).entry, undefined);
    assert.deepEqual(await names({ ...apart, workspace: "/srv/other" }), ["y"]);
    assert.deepEqual(await names({ ...apart, mappingFile: join(folder, "others.json") }), []);
  });

  test(`a change that throws changes nothing`, async ({ store }) => {
    await store.update(scope, () => [set("x", "1")]);
    await assert.rejects(
      store.update(scope, () => {
        throw new Error("no");
      }),
      /no/,
    );
    assert.deepEqual([...(await store.list(scope)).entries.keys()], ["x"]);
  });

  test(`a change sees the names as they are, and concurrent changes all count`, async ({ store }) => {
    await store.update(scope, () => [set("n", "0")]);
    const add = () =>
      store.update(scope, (names) => [set("n", String(Number(names.entries.get("n")?.sessionId) + 1))]);
    await Promise.all(Array.from({ length: 20 }, add));
    assert.equal((await store.find(scope, "n")).entry?.sessionId, "20");
  });

  test(`reservations are kept beside the names`, async ({ store }) => {
    await store.update(scope, () => [{ op: "reserve", name: "x", turnId: "t1" }]);
    assert.equal((await store.list(scope)).reserved.get("x"), "t1");
    assert.equal((await store.find(scope, "x")).entry, undefined);
    await store.update(scope, () => [{ op: "unreserve", name: "x" }]);
    assert.equal((await store.list(scope)).reserved.size, 0);
  });

  test(`the last use of a name is told with it and by the log, until it is another one`, async ({
    store,
  }) => {
    const usedAt = "2026-11-22T06:29:48.722Z";
    const told = async () => {
      const { entries } = await store.list(scope);
      assert.equal((await store.find(scope, "x")).entry?.usedAt, entries.get("x")?.usedAt);
      return [
        entries.get("x")?.usedAt,
        movesOf(await store.log(scope), "x").map(({ entry }) => entry?.usedAt),
      ];
    };
    await store.update(scope, () => [set("x", "1")]);
    const after = await store.update(scope, () => [{ op: "used", name: "x", usedAt }]);
    assert.equal(after.entries.get("x")?.usedAt, usedAt);
    assert.deepEqual(await told(), [usedAt, [usedAt]]);
    await store.update(scope, () => [set("x", "2")]);
    assert.deepEqual(await told(), [undefined, [usedAt, undefined]]);
    await store.update(scope, () => [{ op: "remove", name: "x", reason: "remove" }]);
    assert.deepEqual(await told(), [undefined, [usedAt, undefined, undefined]]);
  });

  test(`names of any kind`, async ({ store }) => {
    const names = ["проект", "9", "__proto__", "constructor", "🦊", "../../x", 'a"b\\'];
    await store.update(scope, () => names.map((name) => set(name, name)));
    const { entries } = await store.list(scope);
    assert.deepEqual([...entries.keys()].sort(), [...names].sort());
    for (const name of names) assert.equal(entries.get(name)?.sessionId, name);
  });

  test(`records and journals belong to their conversation`, async ({ store }) => {
    const session = store.session({ agent: "claude", sessionId: "../../etc/passwd" });
    assert.equal(await session.record(), undefined);
    assert.equal(await session.journal.last(), undefined);
    assert.equal(await session.journal.size(), 0);
    await session.saveRecord({ ...session.key, workspace: "/srv/ws", createdAt, roleText: "r" });
    assert.equal((await session.record())?.roleText, "r");
    const grow = () => session.changeRecord((record) => ({ ...record, roleText: `${record.roleText}r` }));
    await Promise.all(Array.from({ length: 20 }, grow));
    assert.equal((await session.record())?.roleText, "r".repeat(21), "changes at the same time all count");
    await session.changeRecord(({ roleText: _, ...others }) => others);
    assert.equal((await session.record())?.roleText, undefined);
    const turn = (turnId: string) => ended(turnId, "p\u2028q");
    await session.journal.append(turn("t1"));
    const before = await session.journal.size();
    await session.journal.append(turn("t2"));
    assert.ok(before > 0 && (await session.journal.size()) > before);
    assert.deepEqual(
      (await session.journal.read()).map(({ turnId }) => turnId),
      ["t1", "t2"],
    );
    assert.deepEqual(await session.journal.last(), turn("t2"));
    assert.deepEqual(await store.session({ agent: "claude", sessionId: "other" }).journal.read(), []);
  });

  test(`what the turns of a journal have used is kept with the size that it is for`, async ({ store }) => {
    const session = store.session({ agent: "claude", sessionId: "1" });
    const { journal, tally } = session;
    assert.equal(await tally.read(), undefined);
    assert.deepEqual(await journal.since(0), { turns: [], from: 0, size: 0 });
    await journal.append(ended("t1", "p"));
    const first = await journal.since(0);
    assert.deepEqual([first.turns.map(({ turnId }) => turnId), first.size], [["t1"], await journal.size()]);
    const kept = { size: first.size ?? 0, spent: addTurns(NOTHING_SPENT, first.turns) };
    await tally.save(kept);
    assert.deepEqual(await tally.read(), kept);
    await journal.append(ended("t2", "p"));
    const added = await journal.since(kept.size);
    assert.deepEqual(
      [added.turns.map(({ turnId }) => turnId), added.from, added.size],
      [["t2"], kept.size, await journal.size()],
    );
  });

  test(`one turn is found among many, by its id alone`, async ({ store }) => {
    const { journal } = store.session({ agent: "claude", sessionId: "1" });
    assert.equal(await journal.find("t1"), undefined);
    for (let at = 0; at < 400; at += 1)
      await journal.append(ended(`t${at}`, `t7 and "t8", ${"x".repeat(1_000)}`));
    assert.equal((await journal.find("t7"))?.turnId, "t7");
    assert.equal((await journal.find("t399"))?.turnId, "t399");
    assert.equal(await journal.find("t400"), undefined);
  });

  test(`a glance tells how many turns there are, the newest, and whether anybody was told of its end`, async ({
    store,
  }) => {
    const session = store.session({ agent: "claude", sessionId: "1" });
    const turn = (turnId: string) => ended(turnId, "p");
    const glance = async () => (await store.glances("claude", ["0", "1", "2"])).get("1");
    assert.equal(await glance(), undefined);
    await session.unread.set("t1");
    await session.journal.append(turn("t1"));
    assert.deepEqual(await glance(), { turns: 1, last: turn("t1"), isUnread: true });
    await session.unread.clear("t0");
    assert.equal((await glance())?.isUnread, true);
    await session.unread.clear("t1");
    await session.unread.clear("t1");
    assert.equal((await glance())?.isUnread, false);
    await session.unread.set("t1");
    for (let at = 2; at <= 40; at += 1)
      await session.journal.append(ended(`t${at}`, "long and long ".repeat(1_000)));
    const { turns, last, isUnread } = (await glance()) ?? {};
    assert.deepEqual([turns, last?.turnId, isUnread], [40, "t40", false], "another turn has ended since");
    assert.deepEqual([...(await store.glances("claude", ["0", "1"])).keys()], ["1"]);
    assert.equal((await store.glances("codex", ["1"])).size, 0);
  });

  test(`the end of a turn is in its conversation and in its name`, async ({ store }) => {
    const session = store.session({ agent: "claude", sessionId: "1" });
    const record = { ...session.key, workspace: "/srv/ws", createdAt };
    const names = { scope, change: () => [set("x", "1")] };
    await session.end(ended("t1", "hello"), { record, names });
    assert.equal((await session.record())?.workspace, "/srv/ws");
    assert.equal((await session.journal.last())?.turnId, "t1");
    assert.equal((await store.find(scope, "x")).entry?.sessionId, "1");
    await session.end(ended("t2", "again"));
    assert.deepEqual(
      (await session.journal.read()).map(({ turnId }) => turnId),
      ["t1", "t2"],
    );
    const failing = {
      scope,
      change: () => {
        throw new Error("no");
      },
    };
    await assert.rejects(session.end(ended("t3", "third"), { names: failing }), /no/);
  });

  test(`what it has can be listed`, async ({ store }) => {
    const other = { ...scope, agent: "codex" };
    const list = async () => ({
      scopes: await all(store.scopes((error) => assert.fail(error))),
      sessions: await all(store.sessions()),
    });
    assert.deepEqual(await list(), { scopes: [], sessions: [] });
    await store.update(scope, () => [set("x", "1")]);
    await store.update(other, () => [set("x", "2")]);
    await store.update(other, () => [{ op: "remove", name: "x", reason: "remove" }]);
    const key = { agent: "claude", sessionId: "1" };
    await store.session(key).saveRecord({ ...key, workspace: "/srv/ws", createdAt });
    await store.session({ ...key, sessionId: "2" }).record();
    const { scopes, sessions } = await list();
    assert.deepEqual(scopes.map(({ agent }) => agent).toSorted(), ["claude", "codex"]);
    assert.deepEqual(sessions, [key]);
  });

  test(`a conversation's lock has one holder`, async ({ store }) => {
    const { lock } = store.session({ agent: "claude", sessionId: "1" });
    const held = await lock.tryTake("t1");
    assert.ok(held);
    const state = await lock.state();
    assert.equal(state.state === "held" && state.holder.turnId, "t1");
    assert.equal(await store.session({ agent: "claude", sessionId: "1" }).lock.tryTake("t2"), undefined);
    const changed = lock.changed(60_000);
    await held.release();
    await changed;
    assert.equal((await lock.state()).state, "free");
  });

  test(`who waits stands in order of arrival, whoever came to write it down first`, async ({ store }) => {
    const queue = () => store.session({ agent: "claude", sessionId: "1" }).queue;
    const waiter = (turnId: string, arrival: string) => ({
      turnId,
      arrival,
      process: identifySelf(),
      calledBy: "a test",
      since: createdAt,
    });
    assert.deepEqual(await queue().waiting(), []);
    const third = await queue().join(waiter("t3", "003"));
    const first = await queue().join(waiter("t1", "001"));
    await queue().join(waiter("t2", "002"));
    await queue().join(waiter("t2", "002"));
    const turns = async () => (await queue().waiting()).map(({ turnId }) => turnId);
    assert.deepEqual(await turns(), ["t1", "t2", "t3"]);
    await first.leave();
    assert.deepEqual(await turns(), ["t2", "t3"]);
    await third.leave();
    await third.leave();
    assert.deepEqual(await turns(), ["t2"]);
    assert.deepEqual(await store.session({ agent: "claude", sessionId: "2" }).queue.waiting(), []);
  });

  test("two that opened it see each other's changes, and all of them count", async ({ store, another }) => {
    const other = another();
    await store.update(scope, () => [set("n", "0")]);
    assert.equal((await other.find(scope, "n")).entry?.sessionId, "0");
    const add = (one: SessionStore) => () =>
      one.update(scope, (names) => [set("n", String(Number(names.entries.get("n")?.sessionId) + 1))]);
    const adds = Array.from({ length: 10 }, () => [add(store)(), add(other)()]).flat();
    await Promise.all(adds);
    for (const one of [store, other]) {
      assert.equal((await one.list(scope)).entries.get("n")?.sessionId, "20");
      assert.equal((await one.find(scope, "n")).entry?.sessionId, "20");
    }
    await other.update(scope, () => [
      set("m", "20"),
      { op: "remove", name: "n", reason: "rename", renamedTo: "m" },
    ]);
    const names = await store.list(scope);
    assert.deepEqual([...names.entries.keys()], ["m"]);
    assert.equal(entrySince(names, "n", "20")?.name, "m");
    const key = { agent: "claude", sessionId: "1" };
    await store.session(key).end(ended("t1", "p"));
    await other.session(key).end(ended("t2", "p"));
    assert.deepEqual(
      (await store.session(key).journal.read()).map(({ turnId }) => turnId),
      ["t1", "t2"],
    );
    const held = await store.session(key).lock.tryTake("t3");
    assert.equal(await other.session(key).lock.tryTake("t4"), undefined);
    await held?.release();
    assert.ok(await other.session(key).lock.tryTake("t4"));
  });

  test("any text is kept as it is: NUL, lone surrogates, what is no line", async ({ store, another }) => {
    const texts = [
      "a\0b",
      "\ud800",
      "x\udfff\ud83e",
      "\u2028\u0085\r\n",
      "\\u0000 \\0 '';--",
      "\ufeff\uffff",
    ];
    const key = { agent: "claude", sessionId: "1\0\ud800" };
    for (const text of texts) {
      const turn = { ...ended(`t${text}`, text), text, name: text };
      const record = { ...key, workspace: "/srv/ws", createdAt, roleText: text };
      await store.update(scope, () => [set(text, text), { op: "reserve", name: `${text}r`, turnId: text }]);
      await store.session(key).end(turn, { record });
      const seen = another();
      assert.deepEqual(await seen.session(key).journal.last(), turn);
      assert.deepEqual(await seen.session(key).journal.find(turn.turnId), turn);
      assert.equal((await seen.session(key).record())?.roleText, text);
      assert.equal((await seen.find(scope, text)).entry?.sessionId, text);
      const names = await seen.list(scope);
      assert.deepEqual([names.entries.get(text)?.name, names.reserved.get(`${text}r`)], [text, text]);
    }
    assert.equal(
      (await another().glances("claude", [key.sessionId])).get(key.sessionId)?.turns,
      texts.length,
    );
    assert.deepEqual(await all(another().sessions()), [key]);
  });

  test("ten thousand names", async ({ store, another }) => {
    const names = Array.from({ length: 10_000 }, (_, at) => `name-${at}`);
    await store.update(scope, () => names.map((name) => set(name, `id of ${name}`)));
    const other = another();
    assert.equal((await other.list(scope)).entries.size, names.length);
    assert.equal((await other.find(scope, "name-9999")).entry?.sessionId, "id of name-9999");
    await other.update(scope, () => [{ op: "remove", name: "name-0", reason: "remove" }]);
    const after = await store.update(scope, () => [set("one more", "1")]);
    assert.deepEqual([after.entries.size, after.entries.has("name-0")], [names.length, false]);
  });

  test("the end of a turn that was cut off leaves nothing half", async ({
    store,
    another,
    cutAt,
    isAtomic,
  }, t) => {
    if (cutAt === undefined) return t.skip("Nothing can come between.");
    await store.update(scope, () => [set("before", "0")]);
    let wasCut = true;
    let at = 0;
    for (; wasCut; at += 1) {
      const key = { agent: "claude", sessionId: `s${at}` };
      const record = { ...key, workspace: "/srv/ws", createdAt };
      const names = { scope, change: () => [set(`n${at}`, key.sessionId)] };
      const cut = cutAt(at);
      const failed = await store
        .session(key)
        .end(ended("t1", "p"), { record, names })
        .then(
          () => false,
          () => true,
        );
      wasCut = cut.mend();
      const seen = another();
      const parts = [
        (await seen.find(scope, `n${at}`)).entry !== undefined,
        (await seen.session(key).journal.last()) !== undefined,
        (await seen.session(key).record()) !== undefined,
      ];
      // The name comes last, and the record first.
      const isInOrder = parts.every((isThere, place) => !isThere || parts.slice(place).every(Boolean));
      assert.ok(isInOrder, `${at}: ${parts}`);
      if (isAtomic) assert.equal(new Set(parts).size, 1, `${at}: ${parts}`);
      if (!failed) assert.deepEqual(parts, [true, true, true], `${at}`);
      assert.equal((await seen.find(scope, "before")).entry?.sessionId, "0");
      await store.session(key).end(ended("t2", "p"), { record, names });
      assert.equal((await another().session(key).journal.last())?.turnId, "t2");
      assert.equal((await another().find(scope, `n${at}`)).entry?.sessionId, key.sessionId);
    }
    assert.ok(at > 3, `It was cut off at ${at} writes.`);
  });
}
