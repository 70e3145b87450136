import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { StateHome } from "../../src/stores/file/home.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { CLI, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { start, until } from "../support/run.ts";

/** A command in a pid namespace of its own, as in a container; all of it ends with the first process. */
const PID_NAMESPACE = [
  "unshare",
  ...(process.getuid?.() === 0 ? [] : ["-r"]),
  "-pf",
  "--kill-child",
  "--mount-proc",
];
const canMakePidNamespace =
  spawnSync(PID_NAMESPACE[0] ?? "", [...PID_NAMESPACE.slice(1), "true"]).status === 0;

const ELSEWHERE = { boot: "another boot", host: "another-host" };

function homeOf(cli: FakeCli): StateHome {
  return new StateHome(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "");
}

/** Makes what a file says of a process look as if it were one of another machine. */
function moveAway(path: string, key?: string): void {
  const value = JSON.parse(readFileSync(path, "utf8"));
  const moved =
    key === undefined ? { ...value, ...ELSEWHERE } : { ...value, [key]: { ...value[key], ...ELSEWHERE } };
  writeFileSync(path, JSON.stringify(moved));
}

function holdLock(folder: string): void {
  const [last = 0] = existsSync(folder)
    ? readdirSync(folder)
        .map((name) => Number.parseInt(name, 10))
        .sort((a, b) => b - a)
    : [];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const process = { pid: 7, start: "1", namespace: "n", ...ELSEWHERE };
  writeFileSync(
    join(folder, String(last + 1)),
    JSON.stringify({ v: 1, process, since: "2026-01-01T00:00:00.000Z" }),
  );
}

/** A send whose command and agent were killed, and which seems to have run on another machine. */
async function lose(cli: FakeCli, args: string[]): Promise<string> {
  const pidFile = join(cli.sandbox.folder, `pid-${args[0]}`);
  const prompt = cli.say({ pidTo: pidFile, waitForFile: join(cli.sandbox.folder, "never") }, "lost");
  const sending = cli.start([...args, prompt]);
  await until(() => existsSync(pidFile) && readFileSync(pidFile, "utf8") !== "", { what: "the agent" });
  sending.kill("SIGKILL");
  await sending.exited;
  const pid = Number(readFileSync(pidFile, "utf8"));
  process.kill(pid, "SIGKILL");
  await until(() => identifyProcess(pid) === undefined, { what: "the agent to be gone" });
  const [turn = ""] = readdirSync(homeOf(cli).turnsFolder);
  moveAway(join(homeOf(cli).turnsFolder, turn, "turn.json"), "caller");
  return turn;
}

test("a turn and a lock of a lost machine: send says what to type, and that frees the conversation", async (t) => {
  const cli = openFakeCli(t);
  const id = String((await cli.here(["create", "x", "--json"])).json.session_id);
  const turn = await lose(cli, ["send", "x"]);
  const lock = join(homeOf(cli).sessionFolder({ agent: "claude", sessionId: id }), "lock");
  for (const name of readdirSync(lock)) if (!name.includes(".")) moveAway(join(lock, name), "process");
  const refused = await cli.here(["send", "x", "--json", "hi"]);
  assert.equal(refused.json.error?.code, "busy");
  const command = /agent-sessions (doctor --break-lock x)/.exec(refused.json.error?.hint ?? "")?.[1] ?? "";
  const examined = (await cli.here(["doctor", "--json"])).json.checks as { check: string; hint: string }[];
  for (const check of ["turns", "locks"])
    assert.match(
      examined.find((one) => one.check === check)?.hint ?? "",
      /--break-lock x --agent claude --workspace \//,
    );

  const broken = (await cli.here([...command.split(" "), "--json"])).json as unknown as {
    locks: { what: string; host: string }[];
    turns: { turn_id: string; outcome: string; prompt_kept: boolean }[];
  };
  assert.deepEqual(
    broken.locks.map(({ what, host }) => [what, host]),
    [["conversation", "another-host"]],
  );
  assert.deepEqual(
    broken.turns.map((one) => [one.turn_id, one.outcome, one.prompt_kept]),
    [[turn, "unknown", true]],
  );
  assert.equal((await cli.here(["send", "x", "hi"])).code, 0);
  assert.equal((await cli.here(["show", "x", "--json"])).json.turns, 3);
  assert.match((await cli.here(command.split(" "))).stdout, /^There is no lock whose owner/);
});

test("a create of a lost machine: its name is freed, or kept where the conversation had begun", async (t) => {
  const cli = openFakeCli(t);
  await lose(cli, ["create", "x"]);
  assert.equal((await cli.here(["doctor", "--break-lock", "x"])).code, 0);
  assert.equal((await cli.here(["send", "x", "hi"])).code, 0, "the agent had told its id");
});

test("an owner that lives here is never put out", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const [pidFile, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
  const sending = cli.start(["send", "x", "--json", cli.say({ pidTo: pidFile, waitForFile: gate }, "hi")]);
  await until(() => existsSync(pidFile), { what: "the agent" });
  const refused = await cli.here(["doctor", "--break-lock", "x", "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
  assert.match(refused.json.error?.message ?? "", /which is still running; no lock was broken/);
  writeFileSync(gate, "");
  assert.equal((await sending.result).code, 0);
});

test("a create that runs here and has no conversation yet is not given up", async (t) => {
  const cli = openFakeCli(t);
  const [pidFile, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
  const prompt = cli.say({ noStart: true, pidTo: pidFile, waitForFile: gate }, "hi");
  const creating = cli.start(["create", "x", "--json", prompt]);
  await until(() => existsSync(pidFile), { what: "the agent" });
  assert.equal((await cli.here(["doctor", "--break-lock", "x", "--json"])).json.error?.code, "busy");
  writeFileSync(gate, "");
  assert.equal((await creating.result).code, 0);
});

test("names that a lost container locked: freed without a name", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const { workspace } = cli.sandbox;
  holdLock(join(homeOf(cli).namesFolder({ workspace, agent: "claude" }), "lock"));
  const examined = (await cli.here(["doctor", "--json"])).json.checks as { check: string; hint: string }[];
  assert.match(
    examined.find(({ check }) => check === "locks")?.hint ?? "",
    /--break-lock --agent claude --workspace \//,
  );
  const broken = await cli.here(["doctor", "--break-lock", "--agent", "claude", "--workspace", workspace]);
  assert.match(broken.stdout, /^Unlocked the names \(claude\); process 7 on another-host/);
  assert.equal((await cli.here(["remove", "x"])).code, 0);
});

test("a slip in the name is told, and nothing is broken", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "review"]);
  const refused = await cli.here(["doctor", "--break-lock", "reviev", "--json"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [4, "no_such_name"]);
});

test("a turn in another pid namespace keeps its conversation busy until a person says that it is gone", {
  skip: !canMakePidNamespace && "no pid namespace can be made here",
}, async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "hi"]);
  const [pidFile, never] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "never")];
  const prompt = cli.say({ pidTo: pidFile, waitForFile: never }, "hi");
  const send = [process.execPath, CLI, "send", "x", "--agent-cmd", FAKE_AGENT, prompt];
  const container = start([...PID_NAMESPACE, ...send], { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
  await until(() => existsSync(pidFile), { what: "the agent" });
  container.kill("SIGKILL");
  await container.exited;
  assert.equal((await cli.here(["send", "x", "--json", "hi"])).json.error?.code, "busy");
  assert.match((await cli.here(["cancel", "x", "--json"])).json.error?.hint ?? "", /--break-lock x$/);
  const broken = await cli.here(["doctor", "--break-lock", "x"]);
  assert.match(
    broken.stdout,
    /^Unlocked the conversation \(claude\).*\nGave up turn \S+ of "x": unknown\.\n$/,
  );
  assert.equal((await cli.here(["send", "x", "hi"])).code, 0);
});
