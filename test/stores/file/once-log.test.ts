import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { StateHome } from "../../../src/stores/file/home.ts";
import { OnceLog } from "../../../src/stores/file/once-log.ts";
import { start } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { workerArgv } from "../../support/worker.ts";

test("of many first turns without a conversation that end together one writes the header", async (t) => {
  const home = tempFolder(t);
  const gate = join(home, "gate");
  const worker = workerArgv("once");
  const ids = ["1", "2", "3", "4", "5", "6"];
  const rounds: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const env = { PATH: process.env.PATH ?? "" };
    const workers = ids.map((id) => start([...worker, home, gate, id], { cwd: process.cwd(), env }));
    await Promise.all(workers.map((one) => one.waitFor((out) => out !== "", { timeoutMs: 60_000 })));
    writeFileSync(gate, "");
    for (const { result } of workers) assert.equal((await result).code, 0, (await result).stderr);
    const log = new OnceLog(new StateHome(home));
    assert.deepEqual(
      log
        .read()
        .map(({ turnId }) => turnId)
        .sort(),
      ids,
    );
    const path = join(home, "once.jsonl");
    rounds.push(readFileSync(path, "utf8").match(/"kind":"once"/g)?.length ?? 0);
    for (const file of [path, gate]) rmSync(file);
  }
  assert.deepEqual(rounds, [1, 1]);
});

test("more than one header, as 0.1 could leave, is no turn", (t) => {
  const home = new StateHome(tempFolder(t));
  const header = '{"v":1,"kind":"once"}';
  writeFileSync(
    home.onceLogPath,
    [header, header, '{"turnId":"1"}', header, '{"turnId":"2"}', ""].join("\n"),
  );
  assert.deepEqual(
    new OnceLog(home).read().map(({ turnId }) => turnId),
    ["1", "2"],
  );
});
