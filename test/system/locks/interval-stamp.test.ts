import assert from "node:assert/strict";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { IntervalStamp } from "../../../src/system/locks/interval-stamp.ts";
import { start } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { workerArgv } from "../../support/worker.ts";

const HOUR_MS = 3_600_000;

function stampAt(path: string, ageMs: number): void {
  const then = new Date(Date.now() - ageMs);
  utimesSync(path, then, then);
}

test("a stamp is claimed once in an interval", (t) => {
  const path = join(tempFolder(t), "stamp");
  const claim = () => new IntervalStamp(path, HOUR_MS).claim(new Date()) !== undefined;
  assert.deepEqual([claim(), claim()], [true, false]);
  stampAt(path, HOUR_MS - 60_000);
  assert.equal(claim(), false);
  stampAt(path, HOUR_MS + 1);
  assert.deepEqual([claim(), claim()], [true, false]);
  stampAt(path, -2 * HOUR_MS);
  assert.deepEqual([claim(), claim()], [true, false], "a stamp from the future");
});

for (const isFirst of [true, false]) {
  test(`of eight processes one claims ${isFirst ? "a new stamp" : "an old one"}`, async (t) => {
    const folder = tempFolder(t);
    const [path, gate] = [join(folder, "stamp"), join(folder, "go")];
    if (!isFirst) {
      writeFileSync(path, "");
      stampAt(path, 2 * HOUR_MS);
    }
    const worker = workerArgv("stamp");
    const argv = [...worker, path, gate];
    const place = { cwd: folder, env: { PATH: process.env.PATH ?? "" } };
    const workers = Array.from({ length: 8 }, () => start(argv, place));
    for (const one of workers) await one.waitFor((stdout) => stdout.includes("ready"), { what: "a worker" });
    writeFileSync(gate, "");
    const results = await Promise.all(workers.map((one) => one.result));
    assert.equal(results.filter(({ stdout }) => stdout.endsWith("claimed\n")).length, 1);
    assert.equal(results.filter(({ stdout }) => stdout.endsWith("left alone\n")).length, 7);
  });
}
