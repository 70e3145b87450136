import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { agents } from "../../src/agents/index.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import { StateHome } from "../../src/stores/file/home.ts";
import { makeOld } from "../support/age.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";

interface Check {
  check: string;
  status: "ok" | "warning" | "problem";
  message: string;
  hint: string | null;
  optional?: true;
}

/** Agents that only tell their version, before everything else on PATH. */
function addAgents(cli: FakeCli, scripts: Record<string, string>): { PATH: string } {
  const folder = join(cli.sandbox.folder, "bin");
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts))
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin` };
}

/** What is examined are the files of this machine, also while a store is set that machines share. */
const FILES = { AGENT_SESSIONS_STORE: undefined };

const ANSWERING = { claude: "echo 9.9.9 '(Claude Code)'", codex: "echo codex-cli 8.8.8" };

interface Examined {
  code: number | null;
  checks: Check[];
  /** What is not `ok`, as `check: status`; what a store says of itself is another test's. */
  wrong: string[];
  of(check: string): Check[];
}

async function doctor(
  cli: FakeCli,
  env: Record<string, string | undefined> = addAgents(cli, ANSWERING),
  ...flags: string[]
): Promise<Examined> {
  const { code, json, stdout, stderr } = await cli.here(["doctor", "--json", ...flags], { env });
  assert.equal(json.type, "agent_sessions.doctor", stdout + stderr);
  const checks = json.checks as Check[];
  const wrong = checks
    .filter(({ check, status }) => check !== "store" && status !== "ok")
    .map(({ check, status }) => `${check}: ${status}`);
  return { code, checks, wrong, of: (check) => checks.filter((one) => one.check === check) };
}

const withProgram = Object.values(agents).filter(({ executable }: Agent) => executable !== "");

function stateOf(cli: FakeCli): string {
  return cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
}

test("a healthy state: every check in one line, exit 0, and the versions of the agents", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  await cli.here(["create", "y", "-a", "codex"]);
  const examined = await doctor(cli);
  assert.deepEqual([examined.code, examined.wrong], [0, []]);
  assert.deepEqual(
    examined.of("agents").map(({ message }) => message.replace(/: .*\/bin\//, ": ")),
    [
      "Claude Code: claude, 9.9.9 (Claude Code)",
      "Codex: codex, codex-cli 8.8.8",
      ...withProgram
        .slice(2)
        .map(({ title, executable }) => `${title} is not installed: there is no ${executable} on PATH.`),
    ],
  );
  assert.match(
    examined.of("state_home")[0]?.message ?? "",
    /agent-sessions-state, because AGENT_SESSIONS_HOME is set/,
  );
  const people = await cli.here(["doctor"], { env: addAgents(cli, ANSWERING) });
  const hints = examined.checks.filter(({ hint }) => hint !== null).length;
  const told = examined.of("store");
  const isFlawless = told.every(({ status }) => status === "ok");
  const lines = people.stdout.trimEnd().split("\n");
  assert.equal(lines.length, examined.checks.length + hints + (isFlawless ? 2 : 1));
  assert.equal(told.length > 0, cli.sandbox.env.AGENT_SESSIONS_STORE !== undefined);
  assert.match(
    people.stdout,
    isFlawless
      ? /\nNo problems\.\nNext: agent-sessions create NAME '…'\n$/
      : /\nwarning store: pg-boss, .*asks for Node[\s\S]*\n0 problems, 1 warning\.\n$/,
  );
  assert.match(people.stdout, /^optional agents: GitHub Copilot is not installed: .*\n {3}Install it with/m);
  assert.doesNotMatch(people.stdout, /^ok .*not installed/m);
});

test("agents: missing, broken, silent, and none at all", async (t) => {
  const cli = openFakeCli(t);
  const broken = await doctor(cli, addAgents(cli, { claude: "exit 3", codex: ANSWERING.codex }));
  assert.deepEqual([broken.code, broken.wrong], [7, ["agents: problem"]]);
  assert.match(broken.of("agents")[0]?.hint ?? "", /npm install -g @anthropic/);
  const none = await doctor(cli, { PATH: "/nowhere" });
  assert.deepEqual([none.code, none.wrong], [7, ["agents: problem"]]);
  const [told, ...others] = none.of("agents");
  assert.deepEqual([told?.message, others], ["No agent is installed. Install one of these:", []]);
  for (const { title, installHint } of withProgram)
    assert.ok(told?.hint?.includes(`${title}: ${installHint}`), told?.hint ?? "");
  rmSync(join(cli.sandbox.folder, "bin", "claude"));
  const one = await doctor(cli, addAgents(cli, { codex: ANSWERING.codex }));
  assert.deepEqual([one.code, one.wrong], [0, []], "nobody needs them all");
  assert.match(one.of("agents")[0]?.hint ?? "", /npm install -g @anthropic/);
  assert.deepEqual(
    one.of("agents").map(({ optional }) => optional),
    withProgram.map(({ name }) => (name === "codex" ? undefined : true)),
  );
});

test("signed in: by a variable, a file or a configured variable, none of which is read out", async (t) => {
  const cli = openFakeCli(t);
  const path = addAgents(cli, ANSWERING);
  const out = { ...path, ANTHROPIC_API_KEY: undefined, LOOPBACK_API_KEY: undefined };
  const none = await doctor(cli, out);
  assert.deepEqual([none.code, none.wrong], [0, ["sign_in: warning", "sign_in: warning"]]);
  assert.match(none.of("sign_in")[0]?.hint ?? "", /\/login/);
  assert.match((await doctor(cli, path)).of("sign_in")[1]?.message ?? "", /LOOPBACK_API_KEY is set/);
  const secret = "marked-secret-in-a-file";
  for (const file of [".claude/.credentials.json", ".codex/auth.json"]) {
    mkdirSync(dirname(join(cli.sandbox.home, file)), { recursive: true });
    // A fifo-like trap would hang whoever reads it; unreadable content would be told, were it read.
    writeFileSync(join(cli.sandbox.home, file), secret, { mode: 0o000 });
  }
  const files = await doctor(cli, out);
  assert.deepEqual(files.wrong, []);
  assert.doesNotMatch(JSON.stringify(files.checks), new RegExp(`${secret}|sk-test`));
  const copilot = addAgents(cli, { copilot: "echo GitHub Copilot CLI 7.7.7." });
  const unseen = await doctor(cli, { ...out, ...copilot, COPILOT_PROVIDER_BASE_URL: undefined });
  assert.match(unseen.of("sign_in").at(-1)?.message ?? "", /^GitHub Copilot: .* may be in the keychain/);
});

test("modes are told of and mended with --fix; the agent's own file keeps its mode", async (t) => {
  const cli = openFakeCli(t);
  const id = String((await cli.here(["create", "x", "--json"], { env: FILES })).json.session_id);
  const home = new StateHome(stateOf(cli));
  const names = home.namesFolder({ workspace: cli.sandbox.workspace, agent: "claude" });
  const transcript = join(home.transcriptFolder({ agent: "claude", sessionId: id }), `${id}.jsonl`);
  chmodSync(names, 0o755);
  chmodSync(join(names, "log.jsonl"), 0o644);
  chmodSync(transcript, 0o644);
  // As a worker keeps a conversation, in a home of its own.
  const [theirs = new StateHome(join(home.workersFolder, "1"))] = home.workerHomes();
  const kept = theirs.transcriptFolder({ agent: "codex", sessionId: "of a worker" });
  mkdirSync(kept, { recursive: true, mode: 0o700 });
  writeFileSync(join(kept, "rollout.jsonl"), "");
  chmodSync(join(kept, "rollout.jsonl"), 0o644);
  writeFileSync(join(names, ".tmp-0123456789abcdef"), "half");
  makeOld(join(names, ".tmp-0123456789abcdef"), 2);
  const told = await doctor(cli);
  assert.deepEqual([told.code, told.wrong], [0, ["privacy: warning"]]);
  assert.match(told.of("privacy")[0]?.message ?? "", /and 2 more|and 1 more/);
  assert.equal((await doctor(cli, undefined, "--fix")).wrong.length, 0);
  assert.equal(statSync(names).mode & 0o777, 0o700);
  assert.equal(statSync(join(names, "log.jsonl")).mode & 0o777, 0o600);
  for (const path of [transcript, join(kept, "rollout.jsonl")])
    assert.equal(statSync(path).mode & 0o777, 0o644, path);
  assert.ok(!existsSync(join(names, ".tmp-0123456789abcdef")));
});

test("what is broken is a problem with its path, exit 8, and the other checks go on", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"], { env: FILES });
  const home = new StateHome(stateOf(cli));
  const other = join(home.namesRoot, "0".repeat(64));
  mkdirSync(other, { mode: 0o700 });
  writeFileSync(join(other, "log.jsonl"), '{"v":2,"kind":"names"}\n', { mode: 0o600 });
  const session = join(home.sessionsRoot, "claude", "1".repeat(64));
  mkdirSync(session, { mode: 0o700 });
  writeFileSync(join(session, "record.json"), "{", { mode: 0o600 });
  symlinkSync("/etc/hostname", join(session, "journal.jsonl"));
  const examined = await doctor(cli);
  assert.equal(examined.code, 8);
  assert.match(examined.of("names")[0]?.message ?? "", /0000\/log\.jsonl has format 2/);
  assert.match(examined.of("records")[0]?.message ?? "", /1111\/record\.json/);
  assert.match(examined.of("privacy")[0]?.message ?? "", /journal\.jsonl is a symbolic link/);
  assert.equal(examined.of("clock").length, 1);
});

test("a state home that can't be opened is one problem, and the machine is still looked at", async (t) => {
  const cli = openFakeCli(t);
  const examined = await doctor(cli, { ...addAgents(cli, ANSWERING), AGENT_SESSIONS_HOME: "/dev/null/x" });
  assert.deepEqual([examined.code, examined.wrong], [8, ["state_home: problem"]]);
  assert.equal(examined.of("agents").length, withProgram.length);
});

test("a name whose conversation is gone, and one that the agent is about to sweep", async (t) => {
  const cli = openFakeCli(t);
  const home = new StateHome(stateOf(cli));
  const ids = new Map<string, string>();
  for (const name of ["gone", "old", "kept"])
    ids.set(name, String((await cli.here(["create", name, "--json"], { env: FILES })).json.session_id));
  const projects = join(cli.sandbox.home, ".claude/projects");
  const [project = ""] = readdirSync(projects);
  const theirs = (name: string) => join(projects, project, `${ids.get(name)}.jsonl`);
  const ours = (name: string) => home.transcriptFolder({ agent: "claude", sessionId: ids.get(name) ?? "" });
  rmSync(theirs("gone"));
  for (const name of ["gone", "old"]) rmSync(ours(name), { recursive: true });
  const then = new Date(Date.now() - 27 * 86_400_000);
  for (const name of ["old", "kept"]) utimesSync(theirs(name), then, then);
  const examined = await doctor(cli);
  assert.deepEqual(
    [examined.code, examined.wrong],
    [0, ["conversations: warning", "conversations: warning"]],
  );
  const [gone, old] = examined.of("conversations");
  assert.match(gone?.message ?? "", /^"gone" .*Claude Code has no conversation/);
  assert.match(gone?.hint ?? "", /agent-sessions history gone --workspace/);
  assert.match(old?.message ?? "", /^"old" .*in about 3 days/);
  rmSync(theirs("kept"));
  assert.equal((await doctor(cli)).of("conversations").length, 2, "our copy will do");
});

test("mapping files that are corrupt or can't be read cost no name", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"], { env: FILES });
  const root = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  const [folder = ""] = readdirSync(root);
  const file = join(root, folder, "claude-code-alias-mapping.json");
  writeFileSync(file, "{");
  assert.match((await doctor(cli)).of("mapping_files")[0]?.message ?? "", /is corrupt; no name is lost/);
  rmSync(file);
  mkdirSync(file);
  assert.match((await doctor(cli)).of("mapping_files")[0]?.message ?? "", /EISDIR.*no name is lost/);
  assert.equal((await cli.here(["list", "--json"], { env: FILES })).json.count, 1);
});

test("a second state home, which shares names and no lock, is told of", async (t) => {
  const cli = openFakeCli(t);
  const env = { ...addAgents(cli, ANSWERING), AGENT_SESSIONS_HOME: undefined };
  await cli.here(["create", "x"], { env: { AGENT_SESSIONS_HOME: undefined, ...FILES } });
  assert.deepEqual((await doctor(cli, env)).wrong, []);
  await cli.here(["create", "y"], { env: FILES });
  const { wrong, of } = await doctor(cli);
  assert.deepEqual(wrong, ["state_home: warning"]);
  const [, told] = of("state_home");
  assert.match(told?.message ?? "", /\/agent-sessions is another state home with some of your names/);
  assert.match(told?.hint ?? "", /agent-sessions-state .* agent-sessions list --all$/);
});

test("a clock that was set back", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"], { env: FILES });
  const home = new StateHome(stateOf(cli));
  const log = join(home.namesFolder({ workspace: cli.sandbox.workspace, agent: "claude" }), "log.jsonl");
  writeFileSync(log, readFileSync(log, "utf8").replace(/"at":"20/g, '"at":"21'));
  assert.deepEqual((await doctor(cli)).wrong, ["clock: warning"]);
});

test("--fix and --break-lock contradict each other", async (t) => {
  const cli = openFakeCli(t);
  const refused = await cli.here(["doctor", "--json", "--fix", "--break-lock", "x"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"]);
});
