import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { AGENT_SESSIONS } from "../../src/cli/surface/surface.ts";
import { CLI } from "../support/cli/fake-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { REPOSITORY } from "../support/environment.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { run } from "../support/run.ts";

const SKILL = join(REPOSITORY, "dist/carried/skills/agent-sessions");
const PROGRAM = join(SKILL, "scripts/agent-sessions.mjs");
const read = (path: string) => readFileSync(join(SKILL, path), "utf8");

test("agents may use the skill of their own accord, strict readers can read it, and it is short", () => {
  const text = read("SKILL.md");
  const matter = /^---\n(.*?)\n---\n/s.exec(text)?.[1] ?? "";
  assert.match(matter, /^name: agent-sessions$/m);
  assert.match(matter, /^description: (?:(?!: ).){40,1024}$/m);
  assert.doesNotMatch(matter, /disable-model-invocation/);
  assert.match(read("agents/openai.yaml"), /^policy:\n {2}allow_implicit_invocation: true$/m);
  assert.ok(text.split("\n").length <= 120, "an agent reads it whole");
  const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
  assert.equal(links.length, 2);
  for (const path of links) assert.ok(existsSync(join(SKILL, path)), path);
  assert.ok(statSync(PROGRAM).size < 768 * 1024);
});

test("its program has every command but those that need more than one file, and says so", async () => {
  const call = (...args: string[]) => run([process.execPath, PROGRAM, ...args], { cwd: SKILL, env: {} });
  const { stdout: help } = await call("--help");
  const elsewhere = ["completion", "mcp", "skills", "store", "worker"];
  const offered = AGENT_SESSIONS.commands.map(({ name }) => name).filter(AGENT_SESSIONS.groupOf ?? Boolean);
  const lacking = offered.filter((name) => !new RegExp(`^ {2}${name}[ ,]`, "m").test(help));
  assert.deepEqual(
    lacking.sort(),
    elsewhere.filter((name) => offered.includes(name)),
  );
  const more = read("references/more.md");
  for (const verb of elsewhere) {
    const { code, stderr } = await call(verb, "install");
    assert.equal(code, 2);
    assert.equal(
      stderr,
      `error: This file does not contain the command "${verb}".\nUse the installed program: agent-sessions ${verb}\n`,
    );
    assert.ok(more.includes(`\`${verb}\``), verb);
  }
  const sent = await call("send", "--help");
  assert.match(sent.stdout, /^ {2}node agent-sessions\.mjs send /m);
  assert.doesNotMatch(sent.stdout, / agent-sessions send/);
  assert.match((await call("help", "exit-codes")).stdout, /still_running/);
});

test("its commands run as they stand, from where it was copied to, up to the gate that a person opens", async (t) => {
  const { model, env, workspace, sandbox, close } = await openLoopback();
  t.after(close);
  const copied = join(sandbox.folder, "another name");
  cpSync(SKILL, copied, { recursive: true });
  const git = (...args: string[]) => run(["git", ...args], { cwd: workspace, env });
  mkdirSync(join(workspace, "src"));
  writeFileSync(join(workspace, "src/a.js"), "1;\n");
  await git("init", "--quiet");
  await git("add", ".");
  writeFileSync(join(workspace, "src/a.js"), "2;\n");

  const blocks = ["SKILL.md", "references/more.md"].flatMap((path) =>
    codeBlocks(join("skills/agent-sessions", path))
      .filter(({ language }) => language === "sh")
      .map(({ text }) => text.replaceAll("<this folder>", `"${copied}"`)),
  );
  const [agents, ask, long, several, adopt, gate = "", look, more, ...none] = blocks;
  assert.deepEqual(none, []);
  const shell = async (...parts: (string | undefined)[]) => {
    const define = `agent-sessions() { node "${copied}/scripts/agent-sessions.mjs" "$@"; }`;
    const lines = parts.map((part) => `echo ===\n${part}`);
    const ran = await run(["bash", "-c", ["set -eo pipefail", define, ...lines].join("\n")], {
      cwd: workspace,
      env,
    });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return ran.stdout.split("===\n").slice(1);
  };
  const outputs = await shell(agents, ask, long, several, "claude -p 'In a window.'", adopt, gate);
  const objects = (output = "") =>
    output
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line));
  assert.match(outputs[0] ?? "", /claude[\s\S]*codex/);
  const [created, sent, once] = objects(outputs[1]);
  assert.deepEqual([created.agent, created.name, created.outcome], ["codex", "review", "succeeded"]);
  assert.equal(sent.text, "You said: Which one would you fix first?");
  // The model says the last line of the difference.
  assert.deepEqual([once.agent, once.text], ["claude", "You said: +2;"]);
  assert.equal(objects(outputs[2])[0].text, "You said: Check the whole history.");
  assert.deepEqual(
    objects(outputs[3])
      .map(({ agent, text }) => [agent, text])
      .sort(),
    [
      ["claude", "You said: Propose the careful way."],
      ["codex", "You said: Propose the bold way."],
    ],
  );
  assert.equal(objects(outputs[5]).at(-1).text, "You said: Where were we?");
  assert.deepEqual(
    model.requests().findLast(({ userMessages }) => userMessages.at(-1) === "Where were we?")?.userMessages,
    ["In a window.", "Where were we?"],
  );

  assert.equal(outputs[6], "exit code 20\n");
  const asked = model.requests().length;
  await run([process.execPath, CLI, "gate", "approve", "review/plan", "Go."], { cwd: workspace, env });
  assert.deepEqual(await shell(gate), ["Go.\n"]);
  assert.equal(model.requests().length, asked, "the plan is not asked for again");

  const [looked, rest] = await shell(look, more);
  assert.match(looked ?? "", /Check the whole history\./);
  assert.match(looked ?? "", /codex/);
  assert.equal(objects(rest).find(({ name }) => name === "attempt")?.text, "You said: Try it with a queue.");
});

for (const agent of ["claude", "codex"]) {
  test(`the real ${agent} offers the skill to its model`, async (t) => {
    const { model, env, workspace, close } = await openLoopback();
    t.after(close);
    await run([process.execPath, CLI, "skills", "install", "--agent", agent], { cwd: workspace, env });
    const ask = agent === "claude" ? ["claude", "-p", "hello"] : ["codex", "exec", "hello"];
    const asked = await run(ask, { cwd: workspace, env });
    assert.equal(asked.code, 0, asked.stderr);
    const bodies = model.requests().map(({ body }) => JSON.stringify(body));
    assert.ok(bodies.some((body) => body.includes("Talk with other coding agents")));
  });
}
