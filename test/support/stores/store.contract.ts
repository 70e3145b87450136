import assert from "node:assert/strict";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { addTurns, NOTHING_SPENT } from "../../../src/domain/budget/spent.ts";
import { movesOf } from "../../../src/domain/names/moves.ts";
import type { NameEdit, NameScope } from "../../../src/domain/names/name.ts";
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

/** What every store has to do. `open` gives a new, empty store. */
export function testStore(title: string, open: (t: TestContext) => SessionStore): void {
  test(`${title}: names are set, found, moved and removed`, async (t) => {
    const store = open(t);
    assert.equal((await store.find(scope, "x")).entry, undefined);
    await store.update(scope, () => [set("x", "1"), set("y", "2")]);
    assert.equal((await store.find(scope, "x")).entry?.sessionId, "1");
    await store.update(scope, () => [set("x", "3"), { op: "remove", name: "y", reason: "remove" }]);
    assert.deepEqual([...(await store.list(scope)).entries.keys()], ["x"]);
    assert.equal((await store.find(scope, "x")).entry?.sessionId, "3");
  });

  test(`${title}: workspaces and agents do not see each other's names`, async (t) => {
    const store = open(t);
    await store.update(scope, () => [set("x", "1")]);
    assert.equal((await store.find({ ...scope, agent: "codex" }, "x")).entry, undefined);
    assert.equal((await store.find({ ...scope, workspace: "/srv/other" }, "x")).entry, undefined);
  });

  test(`${title}: a mapping file of its own has its own names, whatever workspace they are asked for from`, async (t) => {
    const store = open(t);
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

  test(`${title}: a change that throws changes nothing`, async (t) => {
    const store = open(t);
    await store.update(scope, () => [set("x", "1")]);
    await assert.rejects(
      store.update(scope, () => {
        throw new Error("no");
      }),
      /no/,
    );
    assert.deepEqual([...(await store.list(scope)).entries.keys()], ["x"]);
  });

  test(`${title}: a change sees the names as they are, and concurrent changes all count`, async (t) => {
    const store = open(t);
    await store.update(scope, () => [set("n", "0")]);
    const add = () =>
      store.update(scope, (names) => [set("n", String(Number(names.entries.get("n")?.sessionId) + 1))]);
    await Promise.all(Array.from({ length: 20 }, add));
    assert.equal((await store.find(scope, "n")).entry?.sessionId, "20");
  });

  test(`${title}: reservations are kept beside the names`, async (t) => {
    const store = open(t);
    await store.update(scope, () => [{ op: "reserve", name: "x", turnId: "t1" }]);
    assert.equal((await store.list(scope)).reserved.get("x"), "t1");
    assert.equal((await store.find(scope, "x")).entry, undefined);
    await store.update(scope, () => [{ op: "unreserve", name: "x" }]);
    assert.equal((await store.list(scope)).reserved.size, 0);
  });

  test(`${title}: the last use of a name is told with it and by the log, until it is another one`, async (t) => {
    const store = open(t);
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

  test(`${title}: names of any kind`, async (t) => {
    const store = open(t);
    const names = ["проект", "9", "__proto__", "constructor", "🦊", "../../x", 'a"b\\'];
    await store.update(scope, () => names.map((name) => set(name, name)));
    const { entries } = await store.list(scope);
    assert.deepEqual([...entries.keys()].sort(), [...names].sort());
    for (const name of names) assert.equal(entries.get(name)?.sessionId, name);
  });

  test(`${title}: records and journals belong to their conversation`, async (t) => {
    const store = open(t);
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

  test(`${title}: what the turns of a journal have used is kept with the size that it is for`, async (t) => {
    const session = open(t).session({ agent: "claude", sessionId: "1" });
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

  test(`${title}: one turn is found among many, by its id alone`, async (t) => {
    const { journal } = open(t).session({ agent: "claude", sessionId: "1" });
    assert.equal(await journal.find("t1"), undefined);
    for (let at = 0; at < 400; at += 1)
      await journal.append(ended(`t${at}`, `t7 and "t8", ${"x".repeat(1_000)}`));
    assert.equal((await journal.find("t7"))?.turnId, "t7");
    assert.equal((await journal.find("t399"))?.turnId, "t399");
    assert.equal(await journal.find("t400"), undefined);
  });

  test(`${title}: a glance tells how many turns there are, the newest, and whether anybody was told of its end`, async (t) => {
    const store = open(t);
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

  test(`${title}: the end of a turn is in its conversation and in its name`, async (t) => {
    const store = open(t);
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

  test(`${title}: what it has can be listed`, async (t) => {
    const store = open(t);
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

  test(`${title}: a conversation's lock has one holder`, async (t) => {
    const store = open(t);
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

  test(`${title}: who waits stands in order of arrival, whoever came to write it down first`, async (t) => {
    const store = open(t);
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
}
