// Forks without a turn; with the real claude in test/real-agents/fork.test.ts.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openSessions } from "../../src/index.ts";
import { StateHome } from "../../src/stores/file/home.ts";
import { listStoredSessions } from "../../src/stores/file/sessions/stored.ts";
import { sayBare } from "../support/cli/bare-agent.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { openWithSettings } from "../support/cli/settings-files.ts";
import { start, until } from "../support/run.ts";

const shown = async (cli: FakeCli, name: string) => (await cli.here(["show", name, "--json"])).json;

test("a fork without a prompt starts no agent, begins with what was said by then, and has its parent's settings", async (t) => {
  const cli = openFakeCli(t);
  writeFileSync(join(cli.sandbox.workspace, "role.md"), "Be brief.\n");
  await cli.run(["create", "x", "--model", "big", "--role", "role.md", cli.say({}, "one")]);
  const before = cli.records().length;
  const forked = await cli.here(["fork", "x", "y", "--json"]);
  const parent = await shown(cli, "x");
  const { session_id: id, ...others } = forked.json;
  assert.deepEqual(others, {
    type: "agent_sessions.forked",
    name: "y",
    agent: "claude",
    workspace: cli.sandbox.workspace,
    parent_session_id: parent.session_id,
  });
  assert.notEqual(id, parent.session_id);
  await cli.run(["send", "x", cli.say({}, "two, in the parent alone")]);
  const y = await shown(cli, "y");
  assert.deepEqual(
    [y.session_id, y.parent_session_id, y.turns, y.model, y.role],
    [id, parent.session_id, 0, "big", "Be brief.\n"],
  );
  const { names } = (await cli.here(["list", "--tree", "--json"])).json as {
    names: Record<string, unknown>[];
  };
  assert.deepEqual(names.find(({ name }) => name === "y")?.parent, {
    name: "x",
    workspace: cli.sandbox.workspace,
    session_id: parent.session_id,
  });
  const sent = await cli.run(["send", "y", "--json", cli.say({}, "three")]);
  assert.deepEqual(
    [sent.json.continuity, sent.json.text],
    ["native", "You said: three [prompts: 2]"],
    sent.stdout,
  );
  assert.equal(cli.records().length, before + 2, "one for each send");
  assert.match((await cli.run(["send", "x", cli.say({}, "four")])).stdout, /\[prompts: 3\]/);

  const again = await cli.here(["fork", "x", "y", "--json"]);
  assert.deepEqual([again.code, again.json.error?.code], [2, "name_exists"]);
  const text = await cli.here(["fork", "x", "z"]);
  assert.deepEqual([text.code, text.stdout], [0, ""]);
  assert.equal(text.stderr, `Forked "x" as "z". Continue with: agent-sessions send z '…'\n`);
});

test("where only a turn can fork, or a turn is asked for, one is run", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  await cli.run(["create", "c", "-a", "codex"]);
  const codex = await cli.run(["fork", "c", "d", "--json"]);
  assert.equal(codex.json.continuity, "forked", codex.stdout);
  const detached = await cli.run(["fork", "x", "later", "--detach", "--json"]);
  assert.equal(detached.json.type, "agent_sessions.accepted");
  assert.equal((await cli.run(["wait", "later", "--json"])).json.continuity, "forked");
  const other = await cli.run(["fork", "x", "other", "--model", "new", "--json"]);
  assert.deepEqual([other.json.continuity, other.json.model], ["forked", "new"], other.stdout);
  writeFileSync(join(cli.sandbox.workspace, "role.md"), "Be brief.\n");
  assert.equal((await cli.here(["role", "set", "x", "role.md"])).code, 0);
  const changed = await cli.run(["fork", "x", "changed", "--json"]);
  assert.equal(changed.json.continuity, "forked", changed.stdout);
  const repeatable = await cli.run(["fork", "x", "once", "--request-id", "r", "--json"]);
  assert.equal(repeatable.json.continuity, "forked", repeatable.stdout);
});

test("a fork without a turn waits for the turn that runs in its parent", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "one")]);
  const gate = join(cli.sandbox.folder, "gate");
  const running = cli.start([
    "send",
    "x",
    cli.say({ waitForFile: gate, pidTo: join(cli.sandbox.folder, "pid") }, "two"),
  ]);
  await until(() => cli.records().length === 2, { what: "the turn" });
  const forking = start(cli.argv(["fork", "x", "y"]), { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
  await forking.waitFor((_, stderr) => stderr.includes('"x" is busy'), { what: "the fork to wait" });
  // Without a deadline it would wait for the end of the turn, and succeed.
  const end = setTimeout(() => writeFileSync(gate, ""), 10_000);
  const late = await cli.here(["fork", "x", "late", "--deadline", "100ms", "--json"]);
  clearTimeout(end);
  assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout);
  assert.match(late.json.error?.message ?? "", /deadline of 0\.1 s has passed/);
  assert.equal((await cli.here(["show", "late"])).code, 4);
  writeFileSync(gate, "");
  assert.deepEqual([(await running.exited).code, (await forking.exited).code], [0, 0]);
  assert.match((await cli.run(["send", "y", cli.say({}, "three")])).stdout, /\[prompts: 3\]/);
});

test("an on-end setting does not make a fork a turn; the option does", async (t) => {
  const { turn, config, records, writeUser, sandbox } = openWithSettings(t);
  await turn(["create", "x"]);
  writeUser('on-end = "true"\n');
  const before = records().length;
  const forked = await config(["fork", "x", "y", "--json"]);
  assert.equal(forked.json.type, "agent_sessions.forked", forked.stdout);
  const sessions = await openSessions({ workspace: sandbox.workspace, env: sandbox.env });
  const fork = await (await sessions.get("x")).fork("z");
  assert.deepEqual([fork.firstTurn, records().length], [undefined, before]);
  const asked = await config(["fork", "x", "asked", "--on-end", "true", "--json"]);
  assert.equal(asked.json.continuity, "forked", asked.stdout);
});

test("of two forks with one name, the one that comes too late leaves nothing behind", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "one")]);
  const gate = join(cli.sandbox.folder, "gate");
  const running = cli.start(["send", "x", cli.say({ waitForFile: gate }, "two")]);
  await until(() => cli.records().length === 2, { what: "the turn" });
  const waiting: string[] = [];
  const fork = async () => {
    const sessions = await openSessions({
      workspace: cli.sandbox.workspace,
      env: cli.sandbox.env,
      notify: (message) => waiting.push(message),
    });
    return (await sessions.get("x")).fork("y");
  };
  const forks = Promise.allSettled([fork(), fork()]);
  await until(() => waiting.length === 2, { what: "both forks to wait" });
  writeFileSync(gate, "");
  await running.exited;
  const [lost, ...others] = (await forks).flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  assert.deepEqual([lost?.code, others], ["name_exists", []]);
  const { session_id: id } = await shown(cli, "y");
  const kept = listStoredSessions(new StateHome(cli.sandbox.env.AGENT_SESSIONS_HOME ?? ""))
    .filter((session) => !session.isEmpty())
    .map((session) => session.key()?.sessionId);
  assert.deepEqual(kept.sort(), [id, (await shown(cli, "x")).session_id].sort());
  const projects = join(cli.sandbox.home, ".claude/projects");
  const transcripts = readdirSync(projects, { recursive: true, encoding: "utf8" });
  assert.equal(transcripts.filter((path) => path.endsWith(".jsonl")).length, 2);
});

test("what others say in a fork without a turn is told apart from what was said before it", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "one")]);
  const { session_id: id } = (await cli.here(["fork", "x", "y", "--json"])).json;
  await sayBare(cli, "claude", "by others", { resume: String(id) });
  await cli.run(["send", "y", cli.say({}, "mine")]);
  const sessions = await openSessions({ workspace: cli.sandbox.workspace, env: cli.sandbox.env });
  const left = await (await sessions.get("y")).leftOut();
  assert.deepEqual(
    left.map(({ kind, said, at }) => [kind, said?.map(({ prompt }) => prompt.split("\n").at(-1)), at]),
    [
      ["before_fork", ["one"], 0],
      ["outside", ["by others"], 0],
    ],
  );
});

test("a last line that is not whole is not copied, and every other line only names another conversation", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", cli.say({}, "one")]);
  const { transcript, session_id: parent } = await shown(cli, "x");
  const lines = readFileSync(String(transcript), "utf8");
  writeFileSync(String(transcript), `${lines}no JSON\n{"sessionId":"half of a li`);
  const sessions = await openSessions({ workspace: cli.sandbox.workspace, env: cli.sandbox.env });
  const fork = await (await sessions.get("x")).fork("y");
  assert.equal(fork.firstTurn, undefined);
  const y = await fork.show();
  const copied = readFileSync(String(y.transcriptPath), "utf8");
  assert.equal(copied.replaceAll(y.sessionId, String(parent)), `${lines}no JSON\n`);
  assert.notEqual(y.sessionId, parent);
});
