// Agents that are known by their command alone, and what becomes of a turn where one misbehaves: one result, which is true.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { after } from "node:test";
import { listProcesses, wordsOfProcess } from "../../src/system/processes/list.ts";
import { REPOSITORY } from "../support/environment.ts";
import { eventLinesOf, requireFormat } from "../support/event-lines.ts";
import { run } from "../support/run.ts";
import { openSandbox } from "../support/sandbox.ts";

const CLI = join(REPOSITORY, "dist/cli.cjs");
const AGENT = join(REPOSITORY, "test/support/fake-agent/acp.mjs");

const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
after(() => sandbox.remove());

let folders = 0;

/** A folder of conversations, and the command of an agent that does `what` in it. */
function newFolder(): { folder: string; commandOf(what: string): string } {
  folders += 1;
  const folder = join(sandbox.folder, `conversations-${folders}`);
  mkdirSync(folder);
  return { folder, commandOf: (what) => `${AGENT} ${what} ${folder}` };
}

async function cli(...args: string[]) {
  const { code, stdout, stderr } = await run([process.execPath, CLI, ...args], {
    cwd: sandbox.workspace,
    env: sandbox.env,
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) };
}

async function create(name: string, command: string, ...more: string[]) {
  return cli("create", name, "first", "--agent", "acp", "--agent-cmd", command, "--json", ...more);
}

/** What the first turn comes to: the exit code, the code of the error, and words of its message. */
const FIRST_TURNS: readonly [what: string, exit: number, code?: string, words?: RegExp, more?: string[]][] = [
  ["plain", 0],
  ["floods", 0],
  ["no-load", 2, "unsupported", /neither session\/load nor session\/resume/],
  ["other-version", 3, "agent_failed", /speaks ACP 7/],
  ["no-id", 3, "agent_failed", /without an id/],
  ["bad-id", 3, "agent_failed", /without an id/],
  ["dies", 3, "agent_failed", /out of cheese/],
  ["killed", 3, "agent_failed", /has ended in the middle of its turn/],
  ["silent-success", 3, "agent_failed", /without a word/],
  ["error-as-text", 7, "not_signed_in", /HTTP 401/],
  ["unsigned", 7, "not_signed_in", /Authentication required/],
  ["refuses", 3, "agent_failed", /"status":500/],
  ["stops-early", 3, "agent_failed", /max_tokens/],
  ["elsewhere", 3, "conversation_changed", /in 2 instead of 1/],
  ["never-ends", 6, "deadline", /./, ["--deadline", "4s"]],
  ["deaf", 6, "deadline", /./, ["--deadline", "4s"]],
];

for (const [what, exit, code, words = /./, more = []] of FIRST_TURNS) {
  test(`a first turn by an agent that is "${what}" exits with ${exit}`, async () => {
    const { folder, commandOf } = newFolder();
    const ended = await create(`first-${what}`, commandOf(what), ...more);
    assert.equal(ended.code, exit, ended.stdout + ended.stderr);
    const { outcome, text, error, session_id } = ended.json();
    assert.equal(error?.code, code);
    if (code === undefined)
      assert.deepEqual([outcome, text, session_id], ["succeeded", "1 prompts", "1@fake"]);
    else assert.match(error.message, words);
    const left = listProcesses().filter(({ pid }) => wordsOfProcess(pid).includes(folder));
    assert.deepEqual(left, []);
  });
}

/** The same for a second turn, of a conversation that has begun well. */
const LATER_TURNS: readonly [what: string, exit: number, code: string | undefined, knownBy?: string][] = [
  ["plain", 0, undefined, "history"],
  ["only-resume", 0, undefined, "id"],
  ["empty-load", 4, "conversation_lost"],
  ["new-instead", 4, "conversation_lost"],
  ["other-name", 3, "conversation_changed"],
  ["no-load", 2, "unsupported"],
];

test("a later turn continues the conversation or is refused, and never begins another", async (t) => {
  for (const [what, exit, code, knownBy] of LATER_TURNS) {
    await t.test(what, async () => {
      const { commandOf } = newFolder();
      const name = `later-${what}`;
      // Each conversation has its own state: all of these agents call theirs 1.
      const env = sandbox.with({ AGENT_SESSIONS_HOME: join(sandbox.folder, `state-${what}`) });
      const options = { cwd: sandbox.workspace, env };
      const node = [process.execPath, CLI];
      const agent = ["--agent", "acp", "--agent-cmd"];
      await run([...node, "create", name, "first", ...agent, commandOf("plain")], options);
      const { code: exitCode, stdout } = await run(
        [
          ...node,
          "send",
          name,
          "second",
          "--json",
          ...(what === "plain" ? [] : agent.slice(2)),
          ...(what === "plain" ? [] : [commandOf(what)]),
        ],
        options,
      );
      const { error, text, continuity, continuity_known_by } = JSON.parse(stdout);
      assert.equal(exitCode, exit, stdout);
      assert.equal(error?.code, code);
      if (code !== undefined) return;
      assert.deepEqual([text, continuity, continuity_known_by], ["2 prompts", "native", knownBy]);
    });
  }
});

test("what the agent asks for is answered by the access", async (t) => {
  const ROWS: Record<string, string[]> = {
    "": [],
    "read-only": ["read"],
    edit: ["read", "edit f.txt"],
    full: ["read", "edit", "edit f.txt", "edit /etc/f.txt", "execute", "switch_mode"],
  };
  for (const [access, allowed] of Object.entries(ROWS)) {
    await t.test(access || "none", async () => {
      const { commandOf } = newFolder();
      const env = sandbox.with({ AGENT_SESSIONS_HOME: join(sandbox.folder, `state-access-${access}`) });
      // Who does not say which files it means may mean any.
      for (const kind of ["read", "edit", "edit f.txt", "edit /etc/f.txt", "execute", "switch_mode"]) {
        const { stdout } = await run(
          [
            ...[
              process.execPath,
              CLI,
              "once",
              `ask ${kind}`,
              "--agent",
              "acp",
              "--agent-cmd",
              commandOf("plain"),
            ],
            ...(access === "" ? [] : ["--access", access]),
          ],
          { cwd: sandbox.workspace, env },
        );
        assert.equal(stdout.trim(), `answered ${allowed.includes(kind) ? "yes" : "no"}`, kind);
      }
    });
  }
});

test("an agent of the user's own has a name, which needs no settings later", async () => {
  const { folder, commandOf } = newFolder();
  const other = newFolder();
  const config = join(sandbox.home, ".config/agent-sessions/config.toml");
  mkdirSync(join(config, ".."), { recursive: true });
  const settings = `[agents.goose]\nacp = "${commandOf("plain")}"\n[agents.duck]\nacp = "${other.commandOf("plain")}"\n`;
  writeFileSync(config, settings, { mode: 0o600 });
  const unknown = await cli("create", "x", "first", "--agent", "swan", "--json");
  assert.equal(unknown.code, 2);
  assert.match(unknown.json().error.hint, /\[agents\.swan\] acp = /);
  const listed = (await cli("agents", "--json")).json().agents;
  const goose = listed.find(({ name }: { name: string }) => name === "goose");
  assert.deepEqual([goose.costs, goose.can.asks_for_access, goose.can.restore], ["unknown", true, false]);
  for (const agent of ["goose", "duck"])
    assert.equal((await cli("create", `by-${agent}`, "first", "--agent", agent)).stdout.trim(), "1 prompts");
  rmSync(config);
  assert.equal((await cli("send", "by-goose", "second")).stdout.trim(), "2 prompts");
  assert.match((await cli("list")).stdout, /by-duck/);
  assert.equal((await cli("send", "by-duck", "second")).stdout.trim(), "2 prompts");
  rmSync(join(folder, "1.txt"));
  const lost = await cli("send", "by-goose", "third", "--json");
  assert.deepEqual([lost.code, lost.json().error.code], [4, "conversation_lost"]);
  assert.equal(existsSync(join(folder, "1.txt")), false);
});

test("a repository can't define an agent", async () => {
  const path = join(sandbox.workspace, ".agent-sessions.toml");
  writeFileSync(path, '[agents.goose]\nacp = "goose acp"\n');
  try {
    const refused = await cli("create", "x", "first", "--agent", "goose", "--json");
    assert.equal(refused.code, 2);
    assert.match(refused.json().error.message, /in your own settings file alone/);
  } finally {
    rmSync(path);
  }
});

test("its turn has the events of any agent", async () => {
  const { commandOf } = newFolder();
  const agent = ["--agent", "acp", "--agent-cmd", commandOf("plain"), "--access", "full"];
  const { stdout, code } = await cli("once", "ask execute", ...agent, "--events");
  assert.equal(code, 0, stdout);
  const lines = eventLinesOf(stdout);
  requireFormat(lines, "acp");
  const told = lines.slice(1, -1).map(({ type, phase, text }) => [type, phase ?? text].join(" ").trim());
  assert.deepEqual(told, ["session", "tool start", "tool end", "text answered yes", "end"]);
});

test("without a command, there is no agent to run", async () => {
  const refused = await cli("create", "x", "first", "--agent", "acp", "--json");
  assert.equal(refused.code, 2);
  assert.match(refused.json().error.hint, /--agent-cmd/);
});
