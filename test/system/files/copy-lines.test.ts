import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { copyLines } from "../../../src/system/files/copy-lines.ts";

test("whole lines are copied, however many and long, and a copy that fails leaves nothing", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "as-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [source, target] = [join(folder, "source"), join(folder, "target")];
  const lines = [
    "é",
    "",
    "x".repeat(3_000_000),
    ...Array.from({ length: 2_000 }, (_, at) => `${at} ${"y".repeat(1_000)}`),
  ];
  writeFileSync(source, `${lines.join("\n")}\nno end`);
  copyLines(source, target, (line) => `> ${line}`);
  assert.equal(readFileSync(target, "utf8"), lines.map((line) => `> ${line}\n`).join(""));
  assert.equal(statSync(target).mode & 0o777, 0o600);
  const fail = () => {
    throw new Error("no");
  };
  assert.throws(() => copyLines(source, join(folder, "other"), fail), /no/);
  assert.deepEqual(readdirSync(folder).toSorted(), ["source", "target"]);
});
