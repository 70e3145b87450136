import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { run } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { workerArgv } from "../../support/worker.ts";

/** The streams of the worker, and which of them are terminals. The shell that starts it is at a terminal itself. */
const STREAMS: readonly (readonly [redirections: string, expected: boolean[]])[] = [
  ["", [true, true, true]],
  ["</dev/null >/dev/null 2>/dev/null", [false, false, false]],
  ["</dev/tty >/dev/null", [true, false, true]],
  ["</dev/zero 2>/dev/full", [false, true, false]],
  [">file", [true, false, true]],
  ["| cat", [true, false, true]],
  ["<. 2>&1", [false, true, true]],
  ["<&-", [false, true, true]],
];

test("a stream is a terminal exactly where Node says so: a pipe, a file, a folder and a closed one are none", async (t) => {
  const folder = tempFolder(t);
  const argv = workerArgv("terminals");
  for (const [at, [redirections, expected]] of STREAMS.entries()) {
    const file = join(folder, String(at));
    const command = `'${[...argv, file].join("' '")}' ${redirections}`;
    const { code, stdout } = await run(["script", "-qefc", command, "/dev/null"], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? "" },
    });
    assert.equal(code, 0, `${redirections}: ${stdout}`);
    const { told, asNodeTells } = JSON.parse(readFileSync(file, "utf8"));
    assert.deepEqual([told, asNodeTells], [expected, expected], redirections);
  }
});
