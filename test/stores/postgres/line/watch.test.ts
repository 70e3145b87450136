import assert from "node:assert/strict";
import test, { mock } from "node:test";
import type { Connection } from "../../../../src/stores/postgres/connection.ts";
import { Watch } from "../../../../src/stores/postgres/line/watch.ts";

const LEASE_MS = 30_000;

/** A watch whose clock goes when the test says so, on a database that started so long ago. */
async function watching(serverAgeMs: number) {
  const database = { isAway: false, isSilent: false, passedOn: 0 };
  const query = async () => {
    if (database.isAway) throw new Error("away");
    while (database.isSilent) await new Promise((resolve) => setTimeout(resolve, 100));
    return [{ age_ms: serverAgeMs }];
  };
  const connection = { query, within: () => ({ query }) } as unknown as Connection;
  const watch = new Watch(connection, LEASE_MS, async () => {
    database.passedOn += 1;
  });
  await watch.start();
  /** Returns how often what has lapsed was passed on in so many seconds. */
  const pass = async (seconds: number) => {
    const before = database.passedOn;
    for (let at = 0; at < seconds * 10; at += 1) {
      mock.timers.tick(100);
      nowMs += 100;
      for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
    }
    return database.passedOn - before;
  };
  return { watch, database, pass };
}

let nowMs = 0;

test.beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout"] });
  mock.method(performance, "now", () => nowMs);
});
test.afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

test("what has lapsed is passed on each second", async () => {
  const { watch, pass } = await watching(3_600_000);
  assert.equal(await pass(10), 10);
  watch.stop();
  assert.equal(await pass(10), 0);
});

for (const how of ["isAway", "isSilent"] as const)
  test(`whoever was cut off (${how}) judges nobody for a whole lease`, async () => {
    const { watch, database, pass } = await watching(3_600_000);
    await pass(5);
    database[how] = true;
    assert.equal(await pass(60), 0);
    database[how] = false;
    assert.equal(await pass(29), 0, "the others have a lease to be heard again");
    assert.ok((await pass(10)) >= 7);
    watch.stop();
  });

test("a moment's silence is no reason to wait", async () => {
  const { watch, database, pass } = await watching(3_600_000);
  database.isAway = true;
  await pass(5);
  database.isAway = false;
  assert.ok((await pass(10)) >= 9);
  watch.stop();
});

test("whoever comes when the server has just started waits for those who were there before", async () => {
  const { watch, pass } = await watching(10_000);
  assert.equal(await pass(19), 0);
  assert.ok((await pass(10)) >= 8);
  watch.stop();
});
