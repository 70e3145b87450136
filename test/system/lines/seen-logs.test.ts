import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SeenLogs } from "../../../src/system/lines/seen-logs.ts";
import { until } from "../../support/until.ts";

/** A log, and how often it was read. */
function logIn(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "seen-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "log.jsonl");
  const seen = new SeenLogs();
  let reads = 0;
  const look = () =>
    seen.of(path, () => {
      reads += 1;
      return { count: reads, last: undefined };
    })?.count;
  return { path, look };
}

test("a log that has not changed for a while is read once", async (t) => {
  const { path, look } = logIn(t);
  // What has just changed may change again under the same stamp. A machine may be too busy to look in time.
  const [first = 0, second = 0] = await until(
    () => {
      const begin = Date.now();
      writeFileSync(path, "a\n");
      const seen = [look(), look()];
      return Date.now() - begin < 500 && seen;
    },
    { what: "two looks at a new log" },
  );
  assert.equal(second, first + 1);
  await sleep(1100);
  const third = look();
  assert.deepEqual([third, look(), look()], [second + 1, third, third]);
});

test("a log that has grown, or has another in its place, is read again, whatever its times say", async (t) => {
  const { path, look } = logIn(t);
  const at = new Date("2026-01-01T00:00:00Z");
  writeFileSync(path, "a\n");
  utimesSync(path, at, at);
  await sleep(1100);
  assert.deepEqual([look(), look()], [1, 1]);
  appendFileSync(path, "b\n");
  utimesSync(path, at, at);
  assert.equal(look(), 2);
  writeFileSync(`${path}.new`, "c\nd\n");
  utimesSync(`${path}.new`, at, at);
  renameSync(`${path}.new`, path);
  await sleep(1100);
  assert.deepEqual([look(), look()], [3, 3]);
  rmSync(path);
  assert.equal(look(), 4);
});

test("of more logs than are remembered, some are still not read again", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "seen-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const paths = Array.from({ length: 15 }, (_, at) => join(folder, `${at}.jsonl`));
  for (const path of paths) writeFileSync(path, "a\n");
  await sleep(1100);
  const seen = new SeenLogs(10);
  const readsOfPass = () => {
    let reads = 0;
    for (const path of paths)
      seen.of(path, () => {
        reads += 1;
        return { count: 1, last: path };
      });
    return reads;
  };
  assert.equal(readsOfPass(), 15);
  const later = [readsOfPass(), readsOfPass(), readsOfPass(), readsOfPass()];
  assert.ok(Math.max(...later) <= 10, `${later} of 15 were read again`);
  for (const path of paths) assert.equal(seen.of(path, () => ({ count: 1, last: path }))?.last, path);
});
