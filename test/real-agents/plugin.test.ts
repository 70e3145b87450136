import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { windowEnvironment } from "../support/cli/claude-window.ts";
import { PLUGIN, type SavedFile } from "../support/cli/open-plugin.ts";
import { openRealCli } from "../support/cli/real-cli.ts";
import { hasTmux } from "../support/cli/tmux-screen.ts";
import { run, start, until } from "../support/run.ts";

// The numbers are those of the weaknesses of the original plugin in docs/session-persist.md.

const MARKETPLACE = join(PLUGIN, "../..");

async function openClaude(t: TestContext) {
  const cli = await openRealCli(t);
  const { workspace: cwd } = cli;
  // Else claude 2.1.329 has no to-dos for this model.
  const env = { ...cli.env, CLAUDE_CODE_ENABLE_TODO_TOOLS: "1" };
  const folder = join(cwd, ".claude/sessions");
  return {
    ...cli,
    folder,
    trigger: join(cwd, ".claude/.session-resume"),
    claude: (...args: string[]) => run(["claude", ...args], { cwd, env }),
    /** One turn with the plugin loaded from the repository. */
    say: (prompt: string, ...args: string[]) =>
      run(["claude", "-p", "--plugin-dir", PLUGIN, ...args, prompt], { cwd, env }),
    saved: (id?: string): SavedFile => {
      const [name] =
        id === undefined ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [`${id}.json`];
      return JSON.parse(readFileSync(join(folder, name ?? ""), "utf8"));
    },
    /** What claude told the model besides prompts, in its newest request. */
    told: () =>
      cli.model
        .requests()
        .at(-1)
        ?.messages.filter(({ role }) => role === "system")
        .map(({ text }) => text)
        .join("\n") ?? "",
  };
}

test("claude takes the repository for a marketplace, installs the plugin and runs its hooks", async (t) => {
  const { claude, model, saved, folder, trigger, told, run: cli, workspace: cwd, env } = await openClaude(t);
  for (const path of [MARKETPLACE, PLUGIN]) {
    const valid = await claude("plugin", "validate", path);
    assert.equal(valid.code, 0, valid.stdout + valid.stderr);
    assert.match(valid.stdout, /Validation passed(?! with)/);
  }
  const added = await claude("plugin", "marketplace", "add", MARKETPLACE);
  assert.equal(added.code, 0, added.stdout + added.stderr);
  const installed = await claude("plugin", "install", "session-persist@agent-sessions");
  assert.equal(installed.code, 0, installed.stdout + installed.stderr);

  model.when("which session is this?", {
    toolCalls: [{ name: "Bash", args: { command: "sh -c 'echo id=$CLAUDE_PERSIST_SESSION_ID'" } }],
    next: {
      toolCalls: ["lexer", "parser"].map((subject) => ({
        name: "TaskCreate",
        args: { subject, description: subject },
      })),
      next: {
        toolCalls: [{ name: "TaskUpdate", args: { taskId: "1", status: "completed" } }],
        next: "a good one",
      },
    },
  });
  assert.equal(
    (await claude("-p", "which session is this?", "--allowedTools", "Bash")).stdout,
    "a good one\n",
  );
  const first = saved();
  assert.ok(
    model
      .requests()
      .at(-1)
      ?.messages.some(({ text }) => text.includes(`id=${first.session_id}`)),
  );
  assert.equal(first.session_id, model.requests().at(-1)?.sessionId);
  assert.deepEqual(
    first.automatic.exchanges.map(({ prompt, answer }) => [prompt, answer]),
    [["which session is this?", "a good one"]],
  );
  assert.ok(Date.parse(first.ended_at ?? "") > 0);
  assert.ok(existsSync(join(folder, `${first.session_id}.jsonl`)));

  model.when("port the parser", "never");
  const killed = start(["claude", "-p", "port the parser"], { cwd, env });
  const request = await model.received("port the parser");
  killed.kill("SIGKILL");
  await killed.result;
  const second = saved(request.sessionId);
  assert.deepEqual([second.last_task, second.ended_at], ["port the parser", undefined]);

  await Promise.all([
    cli(["checkpoint", "--resume-next"]).then(({ code, stderr }) => assert.equal(code, 0, stderr)),
    cli(["create", "bystander", "hello", "--json"]).then(({ code, stderr }) => assert.equal(code, 0, stderr)),
  ]);
  assert.ok(existsSync(trigger));
  const next = await claude("-p", "go on");
  assert.equal(next.code, 0, next.stdout + next.stderr);
  assert.ok(!existsSync(trigger));
  assert.match(told(), new RegExp(`<restored-context session="${second.session_id}"`));
  assert.match(told(), /Last prompt \(\d+ (s|min) ago\):\nport the parser/);
  assert.match(told(), /was not answered/);
  // The conversation itself can be reopened too, by the id that the checkpoint has.
  const reopened = await claude("-p", "--resume", first.session_id, "are you there?");
  assert.equal(reopened.code, 0, reopened.stdout + reopened.stderr);
  assert.deepEqual(model.requests().at(-1)?.userMessages, ["which session is this?", "are you there?"]);
  assert.doesNotMatch(told(), /restored-context/);
});

test("(10) /session-save: the words are the model's, the file is ours, and it can be listed and resumed", async (t) => {
  const { say, saved, told, model, folder } = await openClaude(t);
  const id = "0f0f0f0f-0000-4000-8000-000000000002";
  model.when(/session-save|Summarise this/, 'Task: port the parser\n\nIt\'s "half" done: $(touch pwned)');
  // The first thing in a conversation: nothing has been saved before, and no tool is called.
  await say("/session-persist:session-save it's `touch pwned` $(touch pwned)", "--session-id", id);
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  assert.deepEqual(files, [`${id}.json`]);
  assert.deepEqual(
    [saved().last_task, saved().summary],
    ["port the parser", `It's "half" done: $(touch pwned)`],
  );
  await say("now the printer", "--resume", id);
  assert.equal(saved().automatic.exchanges.at(-1)?.answer, "You said: now the printer");
  assert.equal((await say("/session-persist:session-list")).code, 0);
  assert.match(told(), new RegExp(`${id}\\n.*saved by hand`));
  await say(`/session-persist:session-resume ${id.slice(0, 8)}`);
  assert.match(told(), new RegExp(`<restored-context session="${id}"`));
  for (const part of ['It\'s "half" done', "now the printer", `claude --resume ${id}`]) {
    assert.ok(told().includes(part), part);
  }
});

test("(1) (2) arguments of a slash command are nothing but words", async (t) => {
  const { say, told, model, workspace } = await openClaude(t);
  writeFileSync(
    join(workspace, "outside.json"),
    JSON.stringify({ session_id: "outside", summary: "SECRET" }),
  );
  // Where a path of the original begins.
  mkdirSync(join(workspace, ".claude/sessions"), { recursive: true });
  const hostile = [
    "it's",
    "x'; open('pwned', 'w'); '",
    "$(touch pwned)",
    '!`touch pwned` `touch pwned` "; touch pwned; "\ntouch pwned',
    "../../outside",
  ];
  const seen = [];
  for (const argument of hostile) {
    const before = model.requests().length;
    // Claude's own permissions must not be what holds a command back.
    await say(`/session-persist:session-resume ${argument}`, "--permission-mode", "acceptEdits");
    const words = model.requests().length > before ? told() : "";
    const everything = JSON.stringify(model.requests().slice(before));
    seen.push({
      argument,
      hasRun: existsSync(join(workspace, "pwned")),
      isAnswered: /is not a session id|No session is saved under/.test(words),
      isRead: /SECRET/.test(everything),
    });
    rmSync(join(workspace, "pwned"), { force: true });
  }
  assert.deepEqual(
    seen,
    hostile.map((argument) => ({ argument, hasRun: false, isAnswered: true, isRead: false })),
  );
});

test("(8) a compaction saves where things stand, and leaves the trigger and the id alone", async (t) => {
  const { say, saved, model, trigger } = await openClaude(t);
  const id = "0f0f0f0f-0000-4000-8000-000000000001";
  await say("port the parser", "--session-id", id);
  writeFileSync(trigger, id);
  const compacted = await say("/compact", "--resume", id, "--output-format", "stream-json", "--verbose");
  assert.match(compacted.stdout, /SessionStart:compact/);
  assert.ok(existsSync(trigger));
  assert.match(compacted.stdout, /Compacted PreCompact \[.*completed successfully/);
  model.when("which session is this?", {
    toolCalls: [{ name: "Bash", args: { command: "sh -c 'echo id=$CLAUDE_PERSIST_SESSION_ID'" } }],
    next: "this one",
  });
  await say("which session is this?", "--resume", id, "--allowedTools=Bash");
  assert.ok(JSON.stringify(model.requests().at(-1)?.messages).includes(`id=${id}`));
  assert.deepEqual(
    saved(id).automatic.exchanges.map(({ prompt }) => prompt),
    ["port the parser", "which session is this?"],
  );
});

test("codex saves and resumes through its hooks as the README has them", async (t) => {
  const cli = await openRealCli(t);
  const { workspace: cwd, env, model } = cli;
  const readme = readFileSync(join(PLUGIN, "README.md"), "utf8");
  const [, hooks = ""] = /```json\n(\{\n {2}"hooks"[\s\S]*?)```/.exec(readme) ?? [];
  const bundle = join(PLUGIN, "scripts/session-persist.cjs");
  writeFileSync(
    join(cli.sandbox.home, ".codex/hooks.json"),
    hooks.replaceAll("/path/to/agent-sessions/plugins/session-persist/scripts/session-persist.cjs", bundle),
  );
  const codex = (...args: string[]) =>
    run(["codex", "exec", "--dangerously-bypass-hook-trust", ...args], { cwd, env });
  const first = await codex("port the parser");
  assert.equal(first.code, 0, first.stderr);
  const folder = join(cwd, ".claude/sessions");
  const [name = ""] = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const saved: SavedFile = JSON.parse(readFileSync(join(folder, name), "utf8"));
  assert.equal(saved.session_id, model.requests().at(-1)?.sessionId);
  assert.deepEqual(
    [saved.automatic.agent, saved.automatic.exchanges[0]?.answer],
    ["codex", "You said: port the parser"],
  );
  assert.ok(existsSync(join(folder, `${saved.session_id}.jsonl`)));
  assert.equal((await cli.run(["checkpoint", "--resume-next"])).code, 0);
  // Neither of these is the next conversation of the user.
  await codex("resume", saved.session_id, "are you there?");
  const trust = ["--agent-arg", "--dangerously-bypass-hook-trust"];
  const bystander = await cli.run(["create", "bystander", "--agent", "codex", ...trust, "hello"]);
  assert.equal(bystander.code, 0, bystander.stderr);
  assert.ok(existsSync(join(cwd, ".claude/.session-resume")));
  await codex("go on");
  const told = () =>
    model
      .requests()
      .at(-1)
      ?.messages.map(({ text }) => text)
      .join("\n") ?? "";
  assert.match(told(), new RegExp(`<restored-context session="${saved.session_id}"[\\s\\S]*port the parser`));
  assert.match(told(), new RegExp(`codex resume ${saved.session_id}`));
  model.when(/session-save/, "Task: port\nThe lexer is done.");
  await codex("/session-save");
  assert.match(told(), /your next answer becomes the summary/);
  const summaries = readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")).summary);
  assert.ok(summaries.includes("The lexer is done."));
});

test("a window in a terminal: save, close it, open another, and go on", async (t) => {
  const cli = await openRealCli(t);
  const { workspace, env, model, sandbox } = cli;
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  // What claude asks at its first start, answered.
  const key = String(env.ANTHROPIC_API_KEY).slice(-20);
  const trusted = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true };
  writeFileSync(
    join(sandbox.home, ".claude.json"),
    JSON.stringify({
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [key], rejected: [] },
      projects: { [workspace]: trusted },
    }),
  );
  mkdirSync(join(sandbox.folder, "tmux"));
  const tmuxEnv = { ...windowEnvironment(cli), TMUX_TMPDIR: join(sandbox.folder, "tmux") };
  const tmux = (...args: string[]) =>
    run(["tmux", "-f", "/dev/null", ...args], { cwd: workspace, env: tmuxEnv });
  const screen = async () => (await tmux("capture-pane", "-p", "-t", "w")).stdout;
  const see = (what: RegExp) =>
    until(async () => what.test(await screen()), {
      what: `${what} on the screen`,
      everyMs: 100,
    }).catch(async (error) => {
      throw new Error(`${error.message}\n${await screen()}`);
    });
  const open = async () => {
    const opened = await tmux(
      "new-session",
      "-d",
      "-s",
      "w",
      "-x",
      "200",
      "-y",
      "50",
      "claude",
      "--plugin-dir",
      PLUGIN,
    );
    assert.equal(opened.code, 0, opened.stderr);
    await see(/^❯/m);
  };
  const type = async (text: string) => {
    await tmux("send-keys", "-t", "w", "-l", text);
    await see(
      new RegExp(
        `^❯.${text
          .trimEnd()
          .slice(0, 30)
          .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}`,
        "m",
      ),
    );
    await tmux("send-keys", "-t", "w", "Enter");
  };
  model.when(/Summarise this conversation/, "Task: port the parser\n\nThe lexer is done.");
  await open();
  await type("port the parser");
  await see(/You said: port the parser/);
  await type("/session-persist:session-save ");
  await see(/Saved as /);
  const id = String(model.requests().at(-1)?.sessionId);
  // The window is closed with the cross: the terminal hangs up.
  await tmux("kill-session", "-t", "w");
  const file = join(workspace, ".claude/sessions", `${id}.json`);
  const saved = () => JSON.parse(readFileSync(file, "utf8")) as SavedFile;
  assert.equal(saved().summary, "The lexer is done.");
  assert.equal((await cli.run(["checkpoint", "--resume-next"])).code, 0);
  await open();
  await see(new RegExp(`Restored the context of session ${id}`));
  await type("where were we?");
  await model.received("where were we?");
  const told =
    model
      .requests()
      .at(-1)
      ?.messages.map(({ text }) => text)
      .join("\n") ?? "";
  assert.match(told, new RegExp(`<restored-context session="${id}"[\\s\\S]*The lexer is done\\.`));
  await see(/You said: where were we/);
  await type("/session-persist:session-list ");
  await see(/saved by hand/);
});
