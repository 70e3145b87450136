import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { OTHER, openPlugin, PLUGIN, type Plugin, SESSION } from "../support/cli/open-plugin.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";

// The numbers are those of the weaknesses of the original plugin in docs/session-persist.md: each of these tests fails
// on what it did. Those of its slash commands are in test/real-agents/plugin.test.ts.

const CLI = join(REPOSITORY, "dist/cli.cjs");

/** What the shell of the agent knows of the conversation. */
const ID = `printf %s "$CLAUDE_PERSIST_SESSION_ID"`;

/** A file beside the project's own, where no id may lead. */
function plantOutside(project: string): { path: string; content: string } {
  const path = join(project, "outside.json");
  const content = JSON.stringify({ session_id: "../../outside", summary: "SECRET" });
  writeFileSync(path, content);
  return { path, content };
}

test("(2) a trigger that leads out of the folder brings nothing of there to the model", async (t) => {
  const plugin = openPlugin(t);
  plantOutside(plugin.project);
  plugin.plantTrigger("../../outside");
  assert.doesNotMatch((await plugin.start(SESSION)).stdout, /SECRET/);
});

test("(2) nothing out of the folder is stamped at the end", async (t) => {
  const plugin = openPlugin(t);
  const { path, content } = plantOutside(plugin.project);
  mkdirSync(plugin.sessionsFolder, { recursive: true });
  await plugin.hook("SessionEnd", { session_id: "../../outside" });
  await plugin.hook("SessionEnd", {}, { CLAUDE_PERSIST_SESSION_ID: "../../outside" });
  assert.equal(readFileSync(path, "utf8"), content);
});

test("(3) what a trigger says is never run by the shell of the agent", async (t) => {
  const plugin = openPlugin(t);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's, not ours
  const id = "a;touch${IFS}pwned";
  plugin.plant(id);
  plugin.plantTrigger(id);
  await plugin.start(SESSION);
  await plugin.inShell(":");
  assert.equal(existsSync(join(plugin.project, "pwned")), false);
});

test("(4) the end is stamped though no variable tells a hook which conversation it is of", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  const id = await plugin.inShell(ID);
  plugin.plant(id);
  await plugin.hook("SessionEnd", { reason: "other" });
  assert.ok(Date.parse(plugin.saved(id).ended_at ?? "") > 0);
});

test("(5) programs that the agent's shell starts know the id, too", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  assert.equal(await plugin.inShell(`sh -c '${ID}'`), SESSION);
});

for (const name of ["CLAUDE_ENV_FILE", "CLAUDE_PROJECT_DIR"]) {
  test(`(5) without ${name} a session starts, is restored and ends`, async (t) => {
    const plugin = openPlugin(t);
    plugin.plant(OTHER);
    plugin.plantTrigger(OTHER);
    const { code, stderr, context } = await plugin.hook(
      "SessionStart",
      { source: "startup" },
      { [name]: undefined },
    );
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(context, /summary of/);
    assert.equal((await plugin.hook("SessionEnd", {}, { [name]: undefined })).code, 0);
  });
}

/** A folder for PATH with what a plugin of scripts needs, but neither Node nor Python. */
function withoutInterpreter({ sandbox }: Plugin): string {
  const bin = join(sandbox.folder, "bin");
  mkdirSync(bin);
  for (const tool of ["bash", "cat", "date", "git", "mkdir", "rm", "sh", "tr"]) {
    const { stdout } = spawnSync("/bin/sh", ["-c", `command -v ${tool}`], { encoding: "utf8" });
    if (stdout !== "") symlinkSync(stdout.trim(), join(bin, tool));
  }
  return bin;
}

test("(6) without its interpreter no hook fails, and one line says so at the start", async (t) => {
  const plugin = openPlugin(t);
  const PATH = withoutInterpreter(plugin);
  for (const event of ["SessionStart", "UserPromptSubmit", "Stop", "PreCompact", "SessionEnd"] as const) {
    const answer = await plugin.hook(event, { source: "startup", prompt: "hello" }, { PATH });
    assert.deepEqual([answer.code, answer.stderr], [0, ""], event);
    assert.match(answer.message, event === "SessionStart" ? /Node\.js is not on the PATH/ : /^$/);
  }
});

test("(6) without its interpreter no trigger is lost", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER);
  plugin.plantTrigger(OTHER);
  await plugin.hook("SessionStart", { source: "startup" }, { PATH: withoutInterpreter(plugin) });
  assert.equal(existsSync(plugin.trigger), true);
});

test("(7) a trigger with a wrong id is reported", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER);
  plugin.plantTrigger("beefbeet");
  assert.match((await plugin.start(SESSION)).message, /"beefbeet"/);
});

test("(7) what a trigger with a wrong id said is kept", async (t) => {
  const plugin = openPlugin(t);
  plugin.plantTrigger("beefbeet");
  await plugin.start(SESSION);
  const left = readdirSync(join(plugin.project, ".claude")).filter((name) =>
    name.startsWith(".session-resume"),
  );
  assert.deepEqual(
    left.map((name) => readFileSync(join(plugin.project, ".claude", name), "utf8")),
    ["beefbeet"],
  );
});

test("(7) of two windows that open at once one gets the trigger, fifty times", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER);
  const third = OTHER.replace(/.$/, "3");
  const takers: number[] = [];
  const losers: string[] = [];
  for (let round = 0; round < 50; round += 1) {
    plugin.plantTrigger(OTHER);
    const answers = await Promise.all([plugin.start(SESSION), plugin.start(third)]);
    takers.push(answers.filter(({ context }) => context.includes("summary of")).length);
    losers.push(...answers.map(({ stdout }) => stdout).filter((words) => !words.includes("summary of")));
  }
  assert.deepEqual(
    takers,
    takers.map(() => 1),
  );
  // There was nothing for them, and nothing to tell.
  assert.equal(losers.join(""), "");
  assert.deepEqual(readdirSync(join(plugin.project, ".claude")), ["sessions"]);
});

test("(8) the id stays the same when a conversation is compacted, resumed or cleared", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  const id = await plugin.inShell(ID);
  for (const source of ["compact", "resume", "clear"]) {
    await plugin.start(SESSION, source);
    assert.equal(await plugin.inShell(ID), id, source);
  }
});

test("(8) only a start-up takes the trigger", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER);
  plugin.plantTrigger(OTHER);
  for (const source of ["compact", "resume", "clear", "fork", "unheard-of"]) {
    assert.equal((await plugin.start(SESSION, source)).stdout, "", source);
    assert.equal(existsSync(plugin.trigger), true, source);
  }
  assert.match((await plugin.start(SESSION)).context, /summary of beefbeef/);
});

test("(9) the id is the one that the agent gave the conversation", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  assert.equal(await plugin.inShell(ID), SESSION);
});

/** A process that is number 1 to itself, as in a container of its own. */
const IN_CONTAINER = ["unshare", ...(process.getuid?.() === 0 ? [] : ["-r"]), "-pf"];
const hasContainers = spawnSync(IN_CONTAINER[0] ?? "", [...IN_CONTAINER.slice(1), "true"]).status === 0;

test("(9) windows of two containers on one project never have the same id", {
  skip: hasContainers ? false : "unshare can't make one here",
}, async (t) => {
  const plugin = openPlugin(t);
  for (let round = 0; round < 5; round += 1) {
    const windows = [SESSION, OTHER];
    const start = (session_id: string) =>
      plugin.hook("SessionStart", { session_id, source: "startup" }, {}, IN_CONTAINER);
    await Promise.all(windows.map(start));
    const [one, two] = await Promise.all(windows.map((session) => plugin.inShell(ID, session)));
    assert.notEqual(one, two);
  }
});

test("(9) a project that is only looked at stays clean", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  await plugin.hook("PreCompact", {});
  await plugin.stop("hi");
  await plugin.hook("SessionEnd", {});
  assert.equal(existsSync(join(plugin.project, ".claude")), false);
});

test("(10) a window that is killed has left where it stood, whenever that was", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  const moments = [
    () => plugin.prompt("port the parser"),
    () => plugin.stop("half of it is ported"),
    () => plugin.hook("PreCompact", { trigger: "auto" }),
    () => plugin.hook("SessionEnd", { reason: "other" }),
  ];
  const seen: unknown[] = [];
  for (const moment of moments) {
    await moment();
    // It is killed here, and this is the next one.
    plugin.plantTrigger("latest");
    const { context } = await plugin.start(OTHER);
    const { event } = existsSync(plugin.fileOf(SESSION)) ? plugin.saved().automatic : {};
    seen.push([event, /port the parser/.test(context), /half of it is ported/.test(context)]);
  }
  assert.deepEqual(seen, [
    ["UserPromptSubmit", true, false],
    ["Stop", true, true],
    ["PreCompact", true, true],
    ["SessionEnd", true, true],
  ]);
});

test("(11) a disk that is full at the end costs no checkpoint", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(SESSION);
  const before = readFileSync(plugin.fileOf(SESSION), "utf8");
  const env = { CLAUDE_PERSIST_SESSION_ID: SESSION };
  const full = ["sh", "-c", `ulimit -f 0; exec "$@"`, "sh"];
  const { code, message } = await plugin.hook("SessionEnd", { reason: "other" }, env, full);
  assert.equal(readFileSync(plugin.fileOf(SESSION), "utf8"), before);
  assert.equal(code, 0);
  assert.match(message, /EFBIG/);
});

test("(11) who reads a checkpoint while it is written sees all of the old one or of the new one", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(SESSION);
  const before = readFileSync(plugin.fileOf(SESSION), "utf8");
  // What was there stays as it was, under its other name: the new one is a file of its own, put in its place.
  const reader = join(plugin.sandbox.folder, "reader.json");
  linkSync(plugin.fileOf(SESSION), reader);
  await plugin.hook("SessionEnd", { reason: "other" }, { CLAUDE_PERSIST_SESSION_ID: SESSION });
  assert.ok(plugin.saved().ended_at);
  assert.equal(readFileSync(reader, "utf8"), before);
});

test("(11) a conversation that was started from a checkpoint saves under its own id", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER);
  const before = readFileSync(plugin.fileOf(OTHER), "utf8");
  plugin.plantTrigger(OTHER);
  await plugin.start(SESSION);
  assert.notEqual(await plugin.inShell(ID), OTHER, "a save by hand would overwrite what was restored");
  await plugin.prompt("go on");
  await plugin.prompt("/session-save");
  await plugin.stop("Task: more\nMore is done.");
  await plugin.hook("SessionEnd", {});
  assert.deepEqual([plugin.saved().summary, plugin.saved().resumed_from], ["More is done.", OTHER]);
  assert.equal(readFileSync(plugin.fileOf(OTHER), "utf8"), before);
});

test("(11) a conversation that goes on is not shown as ended", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER, { ended_at: "2026-01-02T04:00:00Z" });
  plugin.plantTrigger(OTHER);
  await plugin.start(SESSION);
  await plugin.prompt("go on");
  assert.equal(plugin.saved(await plugin.inShell(ID)).ended_at, undefined);
});

test("(12) a corrupt checkpoint is not said to be restored: the file is named, and the trigger waits", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER, "{ torn");
  plugin.plantTrigger(OTHER);
  const { message, context } = await plugin.start(SESSION);
  assert.equal(context, "");
  assert.ok(message.includes(plugin.fileOf(OTHER)), message);
  assert.equal(existsSync(plugin.trigger), true);
  plugin.plant(OTHER);
  assert.match((await plugin.start(SESSION)).context, /summary of/);
});

test("(12) a corrupt checkpoint of its own fails no session at its end, and is left as it is", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(SESSION, "{ torn");
  const env = { CLAUDE_PERSIST_SESSION_ID: SESSION };
  const { code, stderr, message } = await plugin.hook("SessionEnd", { reason: "other" }, env);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.ok(message.includes(plugin.fileOf(SESSION)), message);
  assert.equal(readFileSync(plugin.fileOf(SESSION), "utf8"), "{ torn");
});

test("(13) what is given to the model stays below what claude passes on whole", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(OTHER, { summary: `${"é😀<b>\n".repeat(40_000)}`, last_task: "t".repeat(5000) });
  plugin.plantTrigger(OTHER);
  const { context } = await plugin.start(SESSION);
  assert.ok(context.length <= 9500 && context.length > 3000, `${context.length}`);
  assert.ok(context.isWellFormed());
  assert.ok(context.endsWith("</restored-context>"));
});

test("(13) a checkpoint can be deleted, as the plugin's README says", async (t) => {
  const plugin = openPlugin(t);
  const readme = readFileSync(join(PLUGIN, "README.md"), "utf8");
  const [, verb = "", flag = ""] = /`agent-sessions (\S+) (--remove) <id>`/.exec(readme) ?? [];
  plugin.plant(OTHER);
  await run([process.execPath, CLI, verb, flag, OTHER.slice(0, 4)], {
    cwd: plugin.project,
    env: plugin.sandbox.env,
  });
  assert.equal(existsSync(plugin.fileOf(OTHER)), false);
});

test("(13) who looks at the repository finds the plugin", () => {
  assert.match(
    readFileSync(join(REPOSITORY, "README.md"), "utf8"),
    /\]\(plugins\/session-persist\/README\.md\)/,
  );
  const { plugins } = JSON.parse(readFileSync(join(REPOSITORY, ".claude-plugin/marketplace.json"), "utf8"));
  assert.deepEqual(
    plugins.map(({ source }: { source: string }) => source),
    readdirSync(join(REPOSITORY, "plugins")).map((name) => `./plugins/${name}`),
  );
});

test("(14) what is saved does not get into a commit by accident", async (t) => {
  const plugin = openPlugin(t);
  await plugin.start(SESSION);
  await plugin.prompt("hello");
  plugin.plant(await plugin.inShell(ID));
  const status = execFileSync("git", ["status", "--porcelain", "-uall"], {
    cwd: plugin.project,
    env: plugin.sandbox.env,
    encoding: "utf8",
  });
  assert.equal(status, "");
});
