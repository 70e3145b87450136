import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  identifyProcess,
  identifySelf,
  type ProcessIdentity,
  parseStat,
} from "../../src/system/processes/identity.ts";
import { CLI, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { start, until } from "../support/run.ts";
import { openFileStore, scope } from "../support/stores/open-file-store.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { workerArgv } from "../support/worker.ts";

const isLinux = { skip: process.platform !== "linux" };

function inState(cli: FakeCli, ...parts: string[]): string {
  return join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", ...parts);
}

async function pidFrom(path: string): Promise<number> {
  // A file that is there and still empty would be 0: the process group of this test, for `process.kill`.
  const text = await until(() => (existsSync(path) && readFileSync(path, "utf8")) || undefined, {
    what: `a number in ${path}`,
  });
  return Number(text);
}

/** Rewrites what a file of ours says. */
function edit(path: string, change: (value: Record<string, unknown>) => object): void {
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
}

/** Makes `owner` hold a lock, as if it had died or stopped with it. */
function leaveLock(folder: string, owner: ProcessIdentity): void {
  mkdirSync(folder, { recursive: true });
  const taken = readdirSync(folder).map(Number).filter(Number.isInteger);
  const next = Math.max(0, ...taken) + 1;
  const since = "2026-11-21T00:00:00.000Z";
  writeFileSync(join(folder, String(next)), JSON.stringify({ v: 1, process: owner, since }));
}

/** The folder of the one conversation, or of the one scope, there is. */
function only(folder: string): string {
  const [name = "", ...others] = readdirSync(folder);
  assert.deepEqual(others, []);
  return join(folder, name);
}

/** A process that lives and leads a group with somebody in it, as a number that came round again may. */
async function startStranger(t: TestContext): Promise<ProcessIdentity> {
  const shell = spawn("/bin/sh", ["-c", "sleep 300 & echo; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  // Zero would be the group of this very file: it would end without a word.
  t.after(() => process.kill(-(shell.pid ?? Number.NaN), "SIGKILL"));
  await once(shell.stdout, "data");
  const identity = identifyProcess(shell.pid ?? 0);
  assert.ok(identity);
  return identity;
}

/** A turn whose command and agent have been killed. */
async function cutTurn(cli: FakeCli): Promise<string> {
  const pidFile = join(cli.sandbox.folder, "pid");
  const sending = cli.start(["send", "x", cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "cut")]);
  const pid = await pidFrom(pidFile);
  sending.kill("SIGKILL");
  await sending.exited;
  process.kill(pid, "SIGKILL");
  await until(() => identifyProcess(pid) === undefined, { what: "the agent to be gone" });
  return only(inState(cli, "turns"));
}

for (const [what, pretend] of Object.entries({
  "have other numbers' processes now": (stranger: ProcessIdentity) => ({ ...stranger, start: "1" }),
  "were of an earlier start of the machine": (stranger: ProcessIdentity) => ({ ...stranger, boot: "before" }),
})) {
  test(`caller, agent and lock owners that ${what} hold nothing, and nobody is hurt`, isLinux, async (t) => {
    const cli = openFakeCli(t);
    await cli.run(["create", "x"]);
    const folder = await cutTurn(cli);
    const stranger = await startStranger(t);
    const gone = pretend(stranger);
    edit(join(folder, "turn.json"), (plan) => ({ ...plan, caller: gone }));
    edit(join(folder, "agent.json"), (agent) => ({ ...agent, ...gone }));
    leaveLock(join(only(inState(cli, "sessions", "claude")), "lock"), gone);
    leaveLock(join(only(inState(cli, "names")), "lock"), gone);
    const next = await cli.run(["send", "x", "--if-busy", "fail", "--json", cli.say({}, "next")]);
    assert.deepEqual([next.code, next.json.outcome, next.stderr], [0, "succeeded", ""], next.stdout);
    const { turns } = (await cli.run(["history", "x", "--json"])).json as { turns?: { outcome: string }[] };
    assert.deepEqual(
      turns?.map(({ outcome }) => outcome),
      ["succeeded", "interrupted", "succeeded"],
    );
    assert.ok(identifyProcess(stranger.pid), "the stranger lives");
  });

  test(
    `a queued turn whose attendant is one of those that ${what} is given to another process`,
    isLinux,
    async (t) => {
      const cli = openFakeCli(t);
      await cli.run(["create", "x"]);
      const gate = join(cli.sandbox.folder, "go");
      const running = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "one")]);
      await until(() => cli.records().length === 1, { what: "the first turn" });
      const queued = String(
        (await cli.run(["send", "x", "--detach", "--json", cli.say({}, "two")])).json.turn_id,
      );
      const path = inState(cli, "turns", queued, "attendant.json");
      process.kill(JSON.parse(readFileSync(path, "utf8")).pid, "SIGKILL");
      const gone = pretend(await startStranger(t));
      edit(path, (attendant) => ({ ...attendant, ...gone }));
      const line = join(only(inState(cli, "sessions", "claude")), "queue");
      edit(only(line), (ticket) => ({ ...ticket, process: gone }));
      const waiting = cli.start(["wait", "x", "--turn", queued, "--json"]);
      const attendant = () => (existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).pid : gone.pid);
      await until(() => attendant() !== gone.pid, { what: "another process to see to it" });
      writeFileSync(gate, "");
      assert.equal(JSON.parse((await running.result).stdout).outcome, "succeeded");
      assert.equal(JSON.parse((await waiting.result).stdout).outcome, "succeeded");
      const next = await cli.run(["send", "x", "--json", cli.say({}, "three")]);
      assert.match(String(next.json.text), /three \[prompts: 4\]/, "two was said once");
    },
  );
}

test(
  "a stopped command keeps its turn, others say whose it is, and when it goes on nothing is lost",
  isLinux,
  async (t) => {
    const cli = openFakeCli(t);
    await cli.run(["create", "x"]);
    const gate = join(cli.sandbox.folder, "go");
    const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "one")]);
    await until(() => cli.records().length === 1, { what: "the agent" });
    sending.kill("SIGSTOP");
    await until(() => stateOf(sending.pid) === "T", { what: "the command to be stopped" });
    const turnId = only(inState(cli, "turns")).split("/").at(-1) ?? "";
    const refused = await cli.run(["send", "x", "--if-busy", "fail", "--json", "hi"]);
    assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
    assert.match(refused.json.error?.message ?? "", new RegExp(turnId));
    const waiting = cli.start(["send", "x", "--json", cli.say({}, "two")]);
    await waiting.waitFor((_, stderr) => stderr.includes(`waiting for its end`), { what: "the notice" });
    // The agent ends while nobody reads it: its command is only stopped, and will.
    writeFileSync(gate, "");
    const ended = () => readFileSync(join(cli.sandbox.folder, "records.jsonl"), "utf8").includes('"end"');
    await until(ended, { what: "the agent's end" });
    assert.equal((await cli.run(["status", "--json"])).json.type, "agent_sessions.status");
    sending.kill("SIGCONT");
    const [one, two] = (await Promise.all([sending.result, waiting.result])).map(({ stdout }) =>
      JSON.parse(stdout),
    );
    assert.match(one.text, /one \[prompts: 2\]/);
    assert.match(two.text, /two \[prompts: 3\]/);
    const { turns } = (await cli.run(["history", "x", "--json"])).json as { turns?: { prompt: string }[] };
    assert.deepEqual(
      turns?.slice(1).map(({ prompt }) => prompt.split("\n").at(-1)),
      ["one", "two"],
    );
  },
);

test(
  "names locked by a stopped process stay as they are until it goes on or is ended",
  isLinux,
  async (t) => {
    const cli = openFakeCli(t);
    await cli.run(["create", "x"]);
    // From now on the mapping file is known, and reading takes no lock.
    await cli.run(["list"]);
    const names = only(inState(cli, "names"));
    const worker = workerArgv("lock");
    const holder = start([...worker, "hold", join(names, "lock")], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
    });
    await holder.waitFor((stdout) => stdout.includes("held"), { what: "the lock" });
    holder.kill("SIGSTOP");
    await until(() => stateOf(holder.pid) === "T", { what: "the holder to be stopped" });
    const log = readFileSync(join(names, "log.jsonl"), "utf8");
    const removing = cli.start(["remove", "x", "--json"]);
    assert.equal((await cli.run(["list", "--json"])).json.count, 1);
    assert.equal((await cli.run(["show", "x", "--json"])).code, 0);
    assert.equal(readFileSync(join(names, "log.jsonl"), "utf8"), log);
    assert.ok(identifyProcess(removing.pid), "it waits");
    holder.kill("SIGKILL");
    assert.equal((await removing.result).code, 0);
    assert.equal((await cli.run(["list", "--json"])).json.count, 0);
  },
);

test("names that stay locked are reported with the process that has them", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  const entry = { name: "x", sessionId: "s", createdAt: "", usedAt: "" };
  await store.update(scope, () => [{ op: "set", entry, reason: "create" }]);
  leaveLock(join(only(join(folder, "state/names")), "lock"), identifySelf());
  const nowMs = performance.now();
  let looks = 0;
  t.mock.method(performance, "now", () => nowMs + 20_000 * looks++);
  await assert.rejects(
    store.update(scope, () => [{ op: "remove", name: "x", reason: "remove" }]),
    { code: "busy", message: new RegExp(`locked by process ${process.pid} for 30 seconds`) },
  );
});

/** The state of a process as `/proc` names it: T is stopped. */
function stateOf(pid: number): string | undefined {
  return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"))?.state;
}

const UNSHARE = ["unshare", ...(process.getuid?.() === 0 ? [] : ["-r"]), "-p", "-f", "--mount-proc"];
const canUnshare = spawnSync(UNSHARE[0] ?? "", [...UNSHARE.slice(1), "true"]).status === 0;
const namespaces = { skip: canUnshare ? false : "pid namespaces can't be made here" };

test(
  "a turn in another pid namespace is busy and never waited for, also when nobody can see that it is gone",
  namespaces,
  async (t) => {
    const cli = openFakeCli(t);
    await cli.run(["create", "x"]);
    await cli.run(["create", "other"]);
    const pidFile = join(cli.sandbox.folder, "pid");
    const prompt = cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "inside");
    const send = [process.execPath, CLI, "send", "--agent-cmd", FAKE_AGENT, "x", prompt];
    const inside = start([...UNSHARE, ...send], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
      ownGroup: true,
    });
    await pidFrom(pidFile);
    const plan = JSON.parse(readFileSync(join(only(inState(cli, "turns")), "turn.json"), "utf8"));
    assert.notEqual(plan.caller.namespace, identifySelf().namespace);
    const isRefused = async () => {
      const refused = await cli.run(["send", "x", "--if-busy", "wait", "--json", "hi"]);
      assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"], refused.stdout);
      assert.match(refused.json.error?.message ?? "", /in another container/);
    };
    await isRefused();
    // With its first process a namespace ends as a whole.
    inside.killGroup("SIGKILL");
    await inside.exited;
    await isRefused();
    const others = await cli.run(["send", "other", "--if-busy", "fail", "--json", cli.say({}, "hi")]);
    assert.deepEqual([others.code, others.json.outcome], [0, "succeeded"], "nobody else is concerned");
  },
);
