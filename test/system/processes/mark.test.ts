import assert from "node:assert/strict";
import test from "node:test";
import { lineOf } from "../../../src/system/processes/list.ts";
import { canSeeMarks, hasMark, variableOf } from "../../../src/system/processes/mark.ts";
import { start } from "../../support/run.ts";

test("a process is seen with the variables that it began with, and what it descends from", async (t) => {
  const env = { PATH: process.env.PATH ?? "", ONE: "1", FOLDER: "/tmp/\u00e4 b", ALONE: "x" };
  const child = start(["sh", "-c", "unset ONE; echo up; read -r _"], { cwd: "/", env, keepStdin: true });
  t.after(() => child.kill());
  await child.waitFor((out) => out.includes("up"));
  const line = lineOf(child.pid);
  assert.deepEqual(
    line.slice(0, 3).map(({ pid }) => pid),
    [child.pid, process.pid, process.ppid],
  );
  assert.deepEqual(lineOf(2 ** 22 + 1), [], "of a process that there is not");
  if (!canSeeMarks()) return t.skip("no environment of another process can be read here");
  const seen = ["FOLDER", "ALONE", "ONE", "ON", "LONE", "NONE"].map((name) => variableOf(child.pid, name));
  assert.deepEqual(seen, ["/tmp/\u00e4 b", "x", "1", undefined, undefined, undefined]);
  assert.equal(hasMark(child.pid, "ALONE=x"), true);
});
