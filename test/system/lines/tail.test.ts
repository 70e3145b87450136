import assert from "node:assert/strict";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Tail } from "../../../src/system/lines/tail.ts";
import { until } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("lines come as they are written, each once, and a flood leaves room for other work", async (t) => {
  const path = join(tempFolder(t), "log");
  writeFileSync(path, "one\ntwo\nthr");
  const lines: string[] = [];
  const tail = new Tail(path, (line) => lines.push(line.toString()), assert.fail);
  t.after(() => tail.close());
  assert.equal(tail.look(), true);
  assert.deepEqual(lines, ["one", "two"]);
  appendFileSync(path, "ee\n");
  await until(() => lines.length === 3, { what: "the line to be seen without a look" });
  assert.equal(lines[2], "three");
  const flood = "x\n".repeat(1_000_000);
  appendFileSync(path, flood);
  assert.equal(tail.look(), false, "there is more");
  assert.ok(tail.position < flood.length);
  await until(() => lines.length === 1_000_003, { what: "all of it" });
  tail.close();
  appendFileSync(path, "late\n");
  assert.equal(tail.look(), true);
  assert.equal(lines.length, 1_000_003);
});

test("what goes wrong with a line is told, and thrown at nobody", (t) => {
  const path = join(tempFolder(t), "log");
  writeFileSync(path, "one\n");
  let failures = 0;
  const fail = () => {
    throw new Error("no");
  };
  const tail = new Tail(path, fail, () => {
    failures += 1;
  });
  tail.look();
  assert.equal(failures, 1);
});
