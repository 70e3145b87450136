import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SeenLogs } from "../../../src/system/lines/seen-logs.ts";

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
  writeFileSync(path, "a\n");
  // What has just changed may change again under the same stamp.
  assert.deepEqual([look(), look()], [1, 2]);
  await sleep(1100);
  assert.deepEqual([look(), look(), look()], [3, 3, 3]);
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
