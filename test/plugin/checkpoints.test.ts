import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { BUNDLE, OTHER, openPlugin, SESSION } from "../support/cli/open-plugin.ts";
import { run } from "../support/run.ts";

test("a prompt is saved before it is answered, and its answer when there is one", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  assert.equal(existsSync(join(plugin.project, ".claude")), false, "nothing was typed, nothing is made");
  await plugin.prompt("port the parser");
  assert.equal(plugin.saved().last_task, "port the parser");
  assert.equal(plugin.saved().session_id, SESSION);
  assert.deepEqual(
    plugin.saved().automatic.exchanges.map((one) => [one.prompt, one.answer]),
    [["port the parser", undefined]],
  );
  await plugin.stop("half of it is ported");
  assert.equal(plugin.saved().automatic.exchanges[0]?.answer, "half of it is ported");
  assert.equal(plugin.saved().ended_at, undefined);
  await plugin.hook("SessionEnd", { reason: "other" });
  assert.match(plugin.saved().ended_at ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  await plugin.prompt("go on");
  assert.equal(plugin.saved().ended_at, undefined, "the conversation goes on, so it has not ended");
});

test("files are private, and git does not see them", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("hello");
  assert.equal(statSync(plugin.sessionsFolder).mode & 0o777, 0o700);
  assert.equal(statSync(plugin.fileOf(SESSION)).mode & 0o777, 0o600);
  const status = execFileSync("git", ["status", "--porcelain", "-uall"], {
    cwd: plugin.project,
    env: plugin.sandbox.env,
    encoding: "utf8",
  });
  assert.equal(status, "");
  rmSync(join(plugin.sessionsFolder, ".gitignore"));
  await plugin.prompt("hello again");
  assert.equal(readFileSync(join(plugin.sessionsFolder, ".gitignore"), "utf8"), "*\n");
  assert.deepEqual(readdirSync(plugin.sessionsFolder).sort(), [".gitignore", ".lock", `${SESSION}.json`]);
});

test("what was saved by hand stays, whatever is saved automatically after it", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("port the parser");
  await plugin.stop("done with the lexer");
  const asked = await plugin.prompt("/session-persist:session-save the lexer, please");
  assert.match(asked.context, /word for word/);
  const told = await plugin.stop("Task: port the parser\n\nThe lexer is done; “quotes” and $(x) stay.");
  assert.match(told.message, new RegExp(SESSION));
  const saved = plugin.saved();
  assert.deepEqual(
    [saved.last_task, saved.summary],
    ["port the parser", "The lexer is done; “quotes” and $(x) stay."],
  );
  assert.equal(
    saved.automatic.exchanges.at(-1)?.answer,
    "done with the lexer",
    "the summary is no answer to it",
  );
  await plugin.prompt("now the printer");
  await plugin.stop("printed");
  await plugin.hook("PreCompact", { trigger: "auto" });
  await plugin.hook("SessionEnd", { reason: "other" });
  const later = plugin.saved();
  assert.deepEqual(
    [later.last_task, later.summary, later.saved_at],
    [saved.last_task, saved.summary, saved.saved_at],
  );
  const { context } = await plugin.prompt(`/session-resume ${SESSION.slice(0, 6)}`, OTHER);
  for (const part of ["The lexer is done", "now the printer", "printed", "port the parser"]) {
    assert.ok(context.includes(part), `${part} is missing in ${context}`);
  }
});

test("a request for a summary that got no answer is forgotten with the next prompt", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("port the parser");
  await plugin.prompt("/session-save");
  await plugin.prompt("no, go on");
  await plugin.stop("I went on.");
  assert.equal(plugin.saved().summary, "");
  assert.equal(plugin.saved().automatic.exchanges.at(-1)?.answer, "I went on.");
});

test("talk about our commands is not taken for an answer to the user's prompt", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("port the parser");
  await plugin.stop("ported");
  const { context, message } = await plugin.prompt("/session-list");
  assert.match(context, new RegExp(SESSION));
  assert.equal(message, "", "claude -p shows nobody what hooks say: the model passes it on");
  await plugin.stop("There is one session.");
  assert.equal(plugin.saved().automatic.exchanges.at(-1)?.answer, "ported");
  assert.equal(plugin.saved().last_task, "port the parser");
  const seen = await plugin.hook(
    "UserPromptSubmit",
    { prompt: "/session-list" },
    { CLAUDE_CODE_ENTRYPOINT: "cli" },
  );
  assert.match(seen.message, /port the parser/);
});

test("the original's sessions are read, and what others put into a file survives", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant("sess_20260102_030405_77", { colour: "green", ended_at: "2026-01-02T04:00:00.000001Z" });
  const { context } = await plugin.prompt("/session-resume sess_2026");
  assert.match(context, /summary of sess_20260102_030405_77/);
  assert.match(context, /task of sess_20260102_030405_77/);
  await plugin.prompt("go on", "sess_20260102_030405_77");
  const { colour, summary, last_task, automatic } = plugin.saved("sess_20260102_030405_77");
  assert.deepEqual([colour, summary], ["green", "summary of sess_20260102_030405_77"]);
  assert.equal(last_task, "task of sess_20260102_030405_77");
  assert.equal(automatic.exchanges[0]?.prompt, "go on");
});

test("git's branch, commit and changed files are noted, with blanks and renames in their names", async (t) => {
  const plugin = openPlugin(t);
  const env = { ...plugin.sandbox.env, GIT_CONFIG_GLOBAL: "/dev/null" };
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@y.example", ...args], {
      cwd: plugin.project,
      env,
    });
  rmSync(join(plugin.project, ".git"), { recursive: true });
  git("init", "-q", "-b", "topic/one");
  writeFileSync(join(plugin.project, "old name"), "x\n".repeat(50));
  writeFileSync(join(plugin.project, "kept"), "x");
  git("add", ".");
  git("commit", "-qm", "first");
  git("mv", "old name", "new name");
  writeFileSync(join(plugin.project, "kept"), "y");
  writeFileSync(join(plugin.project, "extra file"), "z");
  await plugin.prompt("hello");
  const { branch, commit, changed_files } = plugin.saved().automatic.git;
  assert.equal(branch, "topic/one");
  assert.match(commit, /^[0-9a-f]{40}$/);
  assert.deepEqual(changed_files.sort(), ["extra file", "kept", "new name"]);
});

test("the transcript is kept by a hard link that outlives the agent's own, and can be put back", async (t) => {
  const plugin = openPlugin(t);
  const transcript = plugin.transcriptOf(SESSION);
  mkdirSync(dirname(transcript), { recursive: true });
  const todos = [
    { content: "write the parser", status: "completed" },
    { content: "write the printer", status: "pending" },
  ];
  const call = { type: "tool_use", name: "TodoWrite", input: { todos } };
  writeFileSync(transcript, `${JSON.stringify({ message: { content: [call] } })}\n`);
  await plugin.prompt("hello");
  await plugin.stop("hi");
  const kept = join(plugin.sessionsFolder, `${SESSION}.jsonl`);
  assert.equal(statSync(kept).ino, statSync(transcript).ino);
  rmSync(transcript);
  const { context, message } = await plugin.prompt(`/session-resume ${SESSION}`, OTHER);
  assert.match(context, /- write the printer/);
  assert.doesNotMatch(context, /- write the parser/);
  assert.ok(message.includes(`cd ${plugin.project} && claude --resume ${SESSION}`), message);
  assert.equal(statSync(kept).ino, statSync(transcript).ino);
});

test("a window that was killed in its first turn leaves its latest to-dos, and its transcript is kept then", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("port the parser");
  // No hook sees what the agent writes after it.
  const transcript = plugin.transcriptOf(SESSION);
  mkdirSync(dirname(transcript), { recursive: true });
  const task = { id: "1", subject: "write the printer" };
  writeFileSync(transcript, `${JSON.stringify({ type: "user", toolUseResult: { task } })}\n`);
  plugin.plantTrigger("latest");
  assert.match((await plugin.start(OTHER)).context, /- write the printer/);
  assert.equal(statSync(join(plugin.sessionsFolder, `${SESSION}.jsonl`)).ino, statSync(transcript).ino);
});

test("claude puts a transcript of codex back where codex looks for it", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("hello");
  const saved = plugin.saved();
  const transcript = join(plugin.sandbox.home, ".codex/sessions/2026/11/21", `rollout-${SESSION}.jsonl`);
  plugin.plant(SESSION, {
    ...saved,
    automatic: { ...saved.automatic, agent: "codex", transcript_path: transcript },
  });
  writeFileSync(join(plugin.sessionsFolder, `${SESSION}.jsonl`), "{}\n");
  const { message } = await plugin.prompt(`/session-resume ${SESSION}`, OTHER);
  assert.match(message, new RegExp(`codex resume ${SESSION} \\(its transcript had been deleted`));
  assert.equal(readFileSync(transcript, "utf8"), "{}\n");
});

test("a git that is slow is not asked at every prompt and answer, but before anything ends", async (t) => {
  const plugin = openPlugin(t);
  const bin = join(plugin.sandbox.folder, "bin");
  const asked = join(plugin.sandbox.folder, "asked");
  mkdirSync(bin);
  const { PATH = "" } = plugin.sandbox.env;
  const script = `#!/bin/sh\necho >> '${asked}'\nsleep 0.1\nPATH='${PATH}' exec git "$@"\n`;
  writeFileSync(join(bin, "git"), script, { mode: 0o755 });
  const env = { PATH: `${bin}:${PATH}` };
  const times = () => readFileSync(asked, "utf8").length;
  await plugin.hook("UserPromptSubmit", { prompt: "hello" }, env);
  assert.equal(plugin.saved().automatic.git.branch, "main");
  await plugin.hook("Stop", { last_assistant_message: "hi" }, env);
  await plugin.hook("UserPromptSubmit", { prompt: "again" }, env);
  assert.equal(times(), 1);
  assert.equal(plugin.saved().automatic.git.branch, "main");
  await plugin.hook("SessionEnd", {}, env);
  assert.equal(times(), 2);
  const saved = plugin.saved();
  plugin.plant(SESSION, {
    ...saved,
    automatic: { ...saved.automatic, git_rests_until: "2026-01-01T00:00:00Z" },
  });
  await plugin.hook("Stop", {}, env);
  assert.equal(times(), 3);
});

test("a checkpoint can't have a file put anywhere but among the agent's transcripts", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("hello");
  const target = join(plugin.sandbox.home, `planted-${SESSION}.jsonl`);
  const saved = plugin.saved();
  saved.automatic.transcript_path = target;
  plugin.plant(SESSION, saved);
  writeFileSync(join(plugin.sessionsFolder, `${SESSION}.jsonl`), "planted");
  await plugin.prompt(`/session-resume ${SESSION}`, OTHER);
  saved.automatic.transcript_path = join(
    plugin.sandbox.home,
    ".claude/projects/../../",
    `planted-${SESSION}.jsonl`,
  );
  plugin.plant(SESSION, saved);
  await plugin.prompt(`/session-resume ${SESSION}`, OTHER);
  assert.equal(existsSync(target), false);
});

test("corrupt and foreign files are named and left as they are", async (t) => {
  const plugin = openPlugin(t);
  for (const content of [
    "{ torn",
    "[]",
    '{"session_id": "another"}',
    `{"session_id":"${SESSION}","automatic":7}`,
  ]) {
    plugin.plant(SESSION, content);
    for (const answer of [await plugin.prompt("hello"), await plugin.hook("SessionEnd", {})]) {
      assert.equal(answer.code, 0);
      assert.ok(answer.message.includes(plugin.fileOf(SESSION)), answer.message);
    }
    assert.equal(readFileSync(plugin.fileOf(SESSION), "utf8"), content);
    const resumed = await plugin.prompt(`/session-resume ${SESSION}`, OTHER);
    assert.ok(`${resumed.message}${resumed.context}`.includes(plugin.fileOf(SESSION)));
    assert.doesNotMatch(resumed.context, /restored-context/);
  }
  assert.match((await plugin.prompt("/session-list", OTHER)).context, /contains no checkpoint/);
});

test("nothing is written or read through links, and a pipe holds nobody up", async (t) => {
  const plugin = openPlugin(t);
  const outside = plugin.sandbox.addWorkspace("outside");
  mkdirSync(join(plugin.project, ".claude"));
  symlinkSync(outside, plugin.sessionsFolder);
  const refused = await plugin.prompt("hello");
  assert.deepEqual([refused.code, existsSync(join(outside, `${SESSION}.json`))], [0, false]);
  assert.match(refused.message, /not a folder/);
  rmSync(plugin.sessionsFolder);
  await plugin.prompt("hello");
  rmSync(plugin.fileOf(SESSION));
  symlinkSync(join(outside, "target.json"), plugin.fileOf(SESSION));
  assert.match((await plugin.prompt("hello")).message, /ELOOP/);
  assert.equal(existsSync(join(outside, "target.json")), false);
  await run(["mkfifo", plugin.fileOf(OTHER), plugin.trigger], {
    cwd: plugin.project,
    env: plugin.sandbox.env,
  });
  assert.match((await plugin.prompt("hello", OTHER)).message, /not a regular file/);
  assert.match((await plugin.start(OTHER)).message, /not a regular file/);
});

test("saving by itself is switched off by one setting, saving by hand is not", async (t) => {
  const plugin = openPlugin(t);
  const off = { SESSION_PERSIST: "off" };
  await plugin.hook("UserPromptSubmit", { prompt: "hello" }, off);
  await plugin.hook("Stop", { last_assistant_message: "hi" }, off);
  assert.equal(existsSync(join(plugin.project, ".claude")), false);
  await plugin.hook("UserPromptSubmit", { prompt: "/session-save" }, off);
  await plugin.hook("Stop", { last_assistant_message: "Task: greet\nWe said hello." }, off);
  assert.deepEqual([plugin.saved().summary, plugin.saved().automatic], ["We said hello.", undefined]);
  // Nor does a conversation leave anything that was only started from it.
  plugin.plantTrigger(SESSION);
  const next = { source: "startup", session_id: OTHER };
  assert.match((await plugin.hook("SessionStart", next, off)).context, /We said hello/);
  await plugin.hook("UserPromptSubmit", { prompt: "go on", session_id: OTHER }, off);
  assert.equal(existsSync(plugin.fileOf(OTHER)), false);
});

test("hooks stand aside in a turn of agent-sessions", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER);
  plugin.plantTrigger(OTHER);
  const env = { AGENT_SESSIONS_TURN: "t1" };
  assert.equal((await plugin.hook("SessionStart", { source: "startup" }, env)).stdout, "");
  assert.equal((await plugin.hook("UserPromptSubmit", { prompt: "hello" }, env)).stdout, "");
  const during = { ...env, AGENT_SESSIONS_TURN_FOLDER: plugin.sandbox.folder };
  assert.equal((await plugin.hook("UserPromptSubmit", { prompt: "hello" }, during)).stdout, "");
  assert.equal(existsSync(plugin.fileOf(SESSION)), false);
  assert.equal(existsSync(plugin.trigger), true);
});

test("hooks work in a window that an ended turn has left its variables to, as by a tmux that it started", async (t) => {
  const plugin = openPlugin(t);
  const ended = {
    AGENT_SESSIONS_TURN: "t1",
    AGENT_SESSIONS_TURN_FOLDER: join(plugin.sandbox.folder, "no turn any more"),
  };
  await plugin.hook("UserPromptSubmit", { prompt: "hello" }, ended);
  assert.equal(plugin.saved().last_task, "hello");
});

test("a CLAUDE_CONFIG_DIR that is set to nothing is none", async (t) => {
  const plugin = openPlugin(t);
  const transcript = plugin.transcriptOf(SESSION);
  mkdirSync(dirname(transcript), { recursive: true });
  writeFileSync(transcript, "{}\n");
  await plugin.hook("UserPromptSubmit", { prompt: "hello" }, { CLAUDE_CONFIG_DIR: "" });
  assert.equal(statSync(join(plugin.sessionsFolder, `${SESSION}.jsonl`)).ino, statSync(transcript).ino);
});

test("whatever a hook is given, it ends with 0 and says nothing to the model", async (t) => {
  const plugin = openPlugin(t);
  const odd = [
    { session_id: "../../outside" },
    { session_id: "" },
    { session_id: 7 },
    { session_id: "a;touch pwned" },
    { hook_event_name: "__defineGetter__" },
    { cwd: 3 },
  ];
  for (const fields of odd) {
    const { code, stdout } = await plugin.hook("UserPromptSubmit", { prompt: "hello", ...fields });
    assert.deepEqual([code, stdout], [0, ""], JSON.stringify(fields));
    if ("cwd" in fields) rmSync(plugin.sessionsFolder, { recursive: true });
  }
  assert.equal(existsSync(plugin.sessionsFolder), false);
  const env = plugin.sandbox.with({ CLAUDE_PROJECT_DIR: "/proc/1/nowhere" });
  for (const input of [
    "",
    "null",
    "{",
    JSON.stringify({ session_id: SESSION, hook_event_name: "UserPromptSubmit", prompt: "x" }),
  ]) {
    assert.equal((await run([process.execPath, BUNDLE], { cwd: plugin.project, env, input })).code, 0);
  }
});

test("prompts and answers of any size leave a small file, and no half characters", async (t) => {
  const plugin = openPlugin(t);
  for (let at = 0; at < 6; at += 1) {
    await plugin.prompt(`${at} ${"😀".repeat(100_000)}`);
    await plugin.stop("ü".repeat(300_000));
  }
  const size = statSync(plugin.fileOf(SESSION)).size;
  assert.ok(size < 80_000, `${size} bytes`);
  assert.ok(readFileSync(plugin.fileOf(SESSION), "utf8").isWellFormed());
  assert.doesNotMatch(readFileSync(plugin.fileOf(SESSION), "utf8"), /\\ud[89a-f]|\ufffd/i);
  const { exchanges, first_prompt } = plugin.saved().automatic;
  assert.deepEqual(
    exchanges.map(({ prompt }) => prompt[0]),
    ["3", "4", "5"],
  );
  assert.equal(first_prompt?.[0], "0");
});

test("checkpoints written at once by many lose no summary", async (t) => {
  const plugin = openPlugin(t);
  await plugin.prompt("hello");
  await plugin.prompt("/session-save");
  await Promise.all([
    plugin.stop("Task: greet\nThe summary."),
    ...Array.from({ length: 6 }, () => plugin.hook("PreCompact", {})),
  ]);
  assert.equal(plugin.saved().summary, "The summary.");
});
