import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
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
