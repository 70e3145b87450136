import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout } from "node:timers/promises";
import { FileWriters } from "../../../src/system/processes/file-writers.ts";
import { identifyProcess, type ProcessIdentity } from "../../../src/system/processes/identity.ts";
import { listProcesses, parseRows } from "../../../src/system/processes/list.ts";
import { endTree, findTree } from "../../../src/system/processes/tree.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

const options = { gentle: "SIGTERM", graceMs: 200 } as const;
const mark = "AGENT_SESSIONS_TURN=process-tree-test";

/** A shell in a group of its own that says the pids of what it starts. */
async function startShell(
  t: TestContext,
  script: string,
): Promise<{ shell: ChildProcess; leader: ProcessIdentity; pids: number[] }> {
  const shell = spawn("/bin/sh", ["-c", script], {
    detached: true,
    env: { PATH: process.env.PATH, AGENT_SESSIONS_TURN: "process-tree-test" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const leader = identifyProcess(shell.pid ?? 0);
  assert.ok(leader);
  t.after(() => {
    for (const { pid } of findTree({ leader, mark })) process.kill(pid, "SIGKILL");
  });
  const [said] = (await once(shell.stdout ?? shell, "data")) as [Buffer];
  return { shell, leader, pids: said.toString("utf8").trim().split(/\s+/).map(Number) };
}

const isAlive = (pid: number) => identifyProcess(pid) !== undefined;

test("a tree has its group, its sessions of their own and its daemons, and all of it ends", async (t) => {
  const script = `
    trap "" TERM
    setsid sh -c 'trap "" TERM; sleep 300; :' & one=$!
    two=$(setsid sh -c '(sh -c "trap \\"\\" TERM; sleep 300; :" >/dev/null 2>&1 & echo $!)')
    echo $one $two
    sleep 300
    :`;
  const { leader, pids } = await startShell(t, script);
  const found = new Set(findTree({ leader, mark }).map(({ pid }) => pid));
  for (const pid of [leader.pid, ...pids]) assert.ok(found.has(pid), `${pid} of ${[...found]}`);
  assert.equal(pids.length, 2);
  assert.deepEqual(await endTree({ leader, mark }, options), []);
  for (const pid of found) assert.equal(isAlive(pid), false);
});

test("a chain of processes of which each starts the next one and is gone at once ends too", async (t) => {
  const folder = tempFolder(t);
  const links = join(folder, "links");
  const link = join(folder, "link.sh");
  // It ends by itself in the end, in case that nothing else ends it.
  writeFileSync(
    link,
    `trap "" TERM\nprintf . >>'${links}'\n[ $1 -eq 0 ] || setsid sh '${link}' $(($1 - 1)) &\n`,
  );
  const { leader } = await startShell(t, `sh '${link}' 2000 & echo $!; sleep 300`);
  const length = () => statSync(links, { throwIfNoEntry: false })?.size ?? 0;
  await until(() => length() > 10, { what: "the chain to run" });
  assert.deepEqual(await endTree({ leader, mark }, options), []);
  const ended = length();
  assert.ok(ended < 2000, "it was there to be ended");
  for (let look = 0; look < 20; look += 1) {
    await setTimeout(20);
    assert.equal(length(), ended, "nobody is left to go on with it");
  }
});

test("a process that becomes another program again and again is found at each look", async (t) => {
  const link = join(tempFolder(t), "link.sh");
  writeFileSync(link, `[ $1 -eq 0 ] || exec sh '${link}' $(($1 - 1))\n`);
  const { leader } = await startShell(t, `(setsid sh '${link}' 5000 &); echo 1; sleep 300`);
  const pids = () => findTree({ leader, mark }).filter(({ pid }) => pid !== leader.pid);
  await until(() => pids().length === 2, { what: "both to run" });
  for (let look = 0; look < 50; look += 1) assert.equal(pids().length, 2, `look ${look}`);
});

test("a process that has got the number of a dead leader is left alone, with its group and children", async (t) => {
  const { leader, pids } = await startShell(t, "sleep 300 & echo $!; wait");
  // As if the turn's leader had died and its number had come round again.
  const dead = { ...leader, start: `${Number(leader.start) - 1}` };
  const stranger = { leader: dead, mark: "AGENT_SESSIONS_TURN=another-turn" };
  assert.deepEqual(findTree(stranger), []);
  assert.deepEqual(await endTree(stranger, options), []);
  for (const pid of [leader.pid, ...pids]) assert.ok(isAlive(pid));
});

test("what a dead leader left in its group is found and ended", async (t) => {
  const { shell, leader, pids } = await startShell(t, "sleep 300 & echo $!; read line");
  shell.stdin?.end();
  await until(() => shell.exitCode !== null, { what: "the leader to end" });
  assert.equal(isAlive(leader.pid), false);
  assert.deepEqual(
    findTree({ leader, mark }).map(({ pid }) => pid),
    pids,
  );
  assert.deepEqual(await endTree({ leader, mark }, options), []);
  assert.equal(isAlive(pids[0] ?? 0), false);
});

test("numbers from before a restart of the machine mean nobody", async (t) => {
  const { leader } = await startShell(t, "echo 1; sleep 300");
  assert.deepEqual(findTree({ leader: { ...leader, boot: "an earlier one" }, mark }), []);
});

test("ps tells the same of this machine as /proc does", () => {
  const text = execFileSync("ps", ["-axo", "pid=,ppid=,pgid=,stat=,lstart="], { encoding: "utf8" });
  const rows = new Map(parseRows(text).map((row) => [row.pid, row]));
  const mine = rows.get(process.pid);
  assert.equal(mine?.parent, process.ppid);
  assert.ok(Date.parse(mine?.start ?? "") > 0);
  const here = listProcesses().find(({ pid }) => pid === process.pid);
  assert.deepEqual([here?.parent, here?.group], [mine?.parent, mine?.group]);
  assert.deepEqual(parseRows("  12  1  12 Z    Sat Nov 21 11:01:55 2026\n\nPID what\n"), []);
});

test("a group whose number has come round to strangers is nobody's of ours, even when its leader is gone", async (t) => {
  const { shell, leader, pids } = await startShell(t, "sleep 300 & echo $!; read line");
  shell.stdin?.end();
  await until(() => shell.exitCode !== null, { what: "the stranger to end" });
  const ours = { leader: { ...leader, start: "1" }, mark: "AGENT_SESSIONS_TURN=another-turn" };
  assert.deepEqual(findTree(ours), []);
  assert.deepEqual(await endTree(ours, options), []);
  assert.ok(isAlive(pids[0] ?? 0));
  assert.equal(findTree({ leader, mark }).length, 1, "with its own mark it is found");
});

test("who of a tree can still write into a file is found in whatever session, and who only reads it is not", async (t) => {
  const path = join(tempFolder(t), "out");
  closeSync(openSync(path, "w"));
  const script = `
    setsid sh -c 'sleep 300; :' >>'${path}' & one=$!
    setsid sh -c 'sleep 300; :' <'${path}' & two=$!
    sleep 300 & three=$!
    sleep 0.2; echo $one $two $three; read line`;
  const { shell, leader, pids } = await startShell(t, script);
  shell.stdin?.end();
  await until(() => shell.exitCode !== null, { what: "the leader to end" });
  const writers = new FileWriters({ leader, mark }, path);
  const writing = writers.left().map(({ pid }) => pid);
  assert.ok(writing.includes(pids[0] ?? 0), `${pids[0]} of ${writing}`);
  for (const pid of pids.slice(1)) assert.ok(!writing.includes(pid), `${pid} of ${writing}`);
  for (const pid of writing) process.kill(pid, "SIGKILL");
  await until(() => writers.left().length === 0, { what: "nobody to be left" });
  assert.equal(findTree({ leader, mark }).length > 0, true, "of the tree somebody is");
});
