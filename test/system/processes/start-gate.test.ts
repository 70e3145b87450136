import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess, livenessOf, parseStat } from "../../../src/system/processes/identity.ts";
import { listProcesses } from "../../../src/system/processes/list.ts";
import { spawnGated } from "../../../src/system/processes/start-gate.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

function files(folder: string, input = "") {
  const paths = {
    stdinPath: join(folder, "in"),
    stdoutPath: join(folder, "out"),
    stderrPath: join(folder, "err"),
    markPath: join(folder, "mark"),
  };
  writeFileSync(paths.stdinPath, input);
  writeFileSync(paths.stdoutPath, "");
  writeFileSync(paths.stderrPath, "");
  writeFileSync(paths.markPath, "");
  return { cwd: folder, env: { PATH: process.env.PATH }, ...paths };
}

test("nothing runs before the gate opens; then the command reads its prompt and writes its files", async (t) => {
  const folder = tempFolder(t);
  const options = files(folder, "hello");
  const child = await spawnGated({ file: "/bin/sh", args: ["-c", "cat; echo talk >&2; exit 7"] }, options);
  assert.equal(livenessOf(child.identity), "alive");
  assert.equal(readFileSync(options.stdoutPath, "utf8"), "");
  assert.equal(readFileSync(options.markPath, "utf8"), "");
  child.open();
  assert.deepEqual(await child.exited, { code: 7 });
  assert.equal(readFileSync(options.stdoutPath, "utf8"), "hello");
  assert.equal(readFileSync(options.stderrPath, "utf8"), "talk\n");
  assert.notEqual(readFileSync(options.markPath, "utf8"), "");
  assert.equal(livenessOf(child.identity), "gone");
});

test("of a command whose gate is given up nothing runs", async (t) => {
  const options = files(tempFolder(t), "hello");
  const child = await spawnGated({ file: "/bin/sh", args: ["-c", "cat; exit 7"] }, options);
  child.giveUp();
  assert.deepEqual(await child.exited, { code: 125 });
  assert.equal(readFileSync(options.stdoutPath, "utf8"), "");
  assert.equal(readFileSync(options.markPath, "utf8"), "");
});

test("the command becomes the identified process itself, leader of its own group", async (t) => {
  const folder = tempFolder(t);
  const options = files(folder);
  const child = await spawnGated({ file: "/bin/sh", args: ["-c", "echo $$; sleep 60 & wait"] }, options);
  child.open();
  await until(() => readFileSync(options.stdoutPath, "utf8") !== "", { what: "the command's first line" });
  assert.equal(readFileSync(options.stdoutPath, "utf8").trim(), String(child.identity.pid));
  const members = () => listProcesses().filter(({ group }) => group === child.identity.pid);
  await until(() => members().length === 2, { what: "its child in the group" });
  process.kill(-child.identity.pid, "SIGKILL");
  assert.deepEqual(await child.exited, { signal: "SIGKILL" });
});

test("a folder that does not exist is an error, not a crash", async (t) => {
  const folder = tempFolder(t);
  const options = { ...files(folder), cwd: join(folder, "missing") };
  await assert.rejects(spawnGated({ file: "/bin/true", args: [] }, options), { code: "agent_failed" });
});

test("a program's name with spaces and parentheses does not shift the fields of its stat", () => {
  const fields = Array.from({ length: 49 }, (_, index) => String(index + 4));
  assert.deepEqual(parseStat(`42 (evil) name) S ${fields.join(" ")}`), {
    state: "S",
    parent: 4,
    group: 5,
    session: 6,
    start: "22",
  });
  assert.equal(parseStat(`42 (x) Z ${fields.join(" ")}`), undefined);
});

test("a process that is not there has no identity", () => {
  assert.equal(identifyProcess(2 ** 22 + 1), undefined);
  assert.ok(existsSync("/proc/self") || process.platform === "darwin");
});
