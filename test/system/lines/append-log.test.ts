import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { AppendLog } from "../../../src/system/lines/append-log.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const HEADER = { v: 1, kind: "names" };

/** A log with two values, and somebody else who writes to it. */
function openLogs(t: TestContext) {
  const path = join(tempFolder(t), "log");
  const [log, other] = [new AppendLog(path, HEADER), new AppendLog(path, HEADER)];
  log.append([{ a: 1 }]);
  log.append([{ a: 2 }]);
  const lines = () =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(1, -1)
      .map((line): unknown => JSON.parse(line));
  return { path, log, other, lines };
}

test("values that are replaced are replaced for everybody, and the file stays private", (t) => {
  const { path, log, other, lines } = openLogs(t);
  other.read();
  log.replace([{ a: 3 }]);
  assert.deepEqual([log.read().values, other.read().values, lines()], [[{ a: 3 }], [{ a: 3 }], [{ a: 3 }]]);
  other.append([{ a: 4 }]);
  assert.deepEqual(log.read(), { header: HEADER, values: [{ a: 3 }, { a: 4 }], bytes: statSync(path).size });
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test("the values since a place are those of the lines behind it; of a torn end nobody knows where the next begins", (t) => {
  const { path, log, other } = openLogs(t);
  const start = statSync(path).size;
  assert.deepEqual(log.since(start), { values: [], from: start, next: start });
  assert.deepEqual(log.since(0), { values: [{ a: 1 }, { a: 2 }], from: 0, next: start });
  other.append([{ a: 3 }]);
  const after = statSync(path).size;
  assert.deepEqual(log.since(start), { values: [{ a: 3 }], from: start, next: after });
  // Another file, or one that became shorter, is read whole.
  for (const elsewhere of [start - 3, after + 10]) assert.equal(log.since(elsewhere).from, 0);
  writeFileSync(path, '{"a":', { flag: "a" });
  assert.deepEqual(log.since(start), { values: [{ a: 3 }], from: start, next: undefined });
  assert.equal(new AppendLog(path, HEADER).since(0).next, undefined);
  other.append([{ a: 4 }]);
  assert.deepEqual(log.since(after).values, [{ a: 4 }]);
  assert.deepEqual(new AppendLog(`${path}-none`, HEADER).since(0), { values: [], from: 0, next: 0 });
});
