import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { agents } from "../../src/agents/index.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import { CLI } from "../support/cli/fake-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { REPOSITORY } from "../support/environment.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { run } from "../support/run.ts";

const SKILLS = join(REPOSITORY, "dist/carried/skills");
const NAMES = ["claude-code-invoke-persist", "codex-cli-invoke-persist"] as const;
const ALL = readdirSync(SKILLS).sort();

for (const name of NAMES) {
  test(`${name}: front matter and manifest forbid implicit use, and every link leads somewhere`, () => {
    const text = readFileSync(join(SKILLS, name, "SKILL.md"), "utf8");
    const matter = /^---\n(.*?)\n---\n/s.exec(text)?.[1] ?? "";
    assert.match(matter, new RegExp(`^name: ${name}$`, "m"));
    // A colon and a blank would begin a mapping: copilot 1.0.102 reads strictly, and then leaves the skill out.
    assert.match(matter, /^description: (?:(?!: ).){40,1024}$/m);
    assert.match(matter, /^disable-model-invocation: true$/m);
    const manifest = readFileSync(join(SKILLS, name, "agents/openai.yaml"), "utf8");
    assert.match(manifest, /^policy:\n {2}allow_implicit_invocation: false$/m);
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, path = ""]) => path);
    assert.equal(links.length, 4);
    for (const path of links) assert.ok(existsSync(join(SKILLS, name, path)), path);
    const script = join(SKILLS, name, "scripts/invoke_persist.mjs");
    assert.ok(statSync(script).size < 320 * 1024);
    const program = readFileSync(script, "utf8");
    const isCarried = ({ installHint }: Agent) => program.includes(installHint);
    assert.equal(Object.values(agents).filter(isCarried).length, 1, "it carries its own agent and no other");
  });
}

for (const [name, idKey] of [
  [NAMES[0], "session_id"],
  [NAMES[1], "thread_id"],
] as const) {
  test(`${name}: every command it shows runs as it stands in the user's workspace, from where it was copied to`, async (t) => {
    const { env, workspace, sandbox, close } = await openLoopback();
    t.after(close);
    const folder = join(sandbox.folder, "copied");
    cpSync(join(SKILLS, name), folder, { recursive: true });
    mkdirSync(join(workspace, "roles"));
    writeFileSync(join(workspace, "roles/reviewer.md"), "You review.");
    const documents = [
      "SKILL",
      ...["creation", "invocation", "listing", "deletion"].map((one) => `references/${one}`),
    ];
    const commands = documents.flatMap((path) =>
      codeBlocks(join("skills", name, `${path}.md`))
        .filter(({ language }) => language === "sh")
        .flatMap(({ text }) => text.trimEnd().split("\n")),
    );
    assert.ok(commands.length > 10);
    for (const command of commands) {
      assert.match(command, /^node -- <skill folder>\/scripts\/invoke_persist\.mjs /);
      const line = command.replace("<skill folder>", folder).replace("<stage> …", "list-sessions");
      const ran = await run(["bash", "-c", line], {
        cwd: workspace,
        env: { ...env, CLAUDE_CMD: FAKE_AGENT, CODEX_CMD: FAKE_AGENT },
      });
      assert.equal(ran.code, 0, command + ran.stderr);
    }
    const shown = documents.map((path) => readFileSync(join(SKILLS, name, `${path}.md`), "utf8")).join("");
    assert.equal(shown.match(/invoke_persist\.mjs/g)?.length, commands.length, "it is named in no other way");
    const line = `node -- ${folder}/scripts/invoke_persist.mjs create-session --session-name x --env-file missing`;
    const missing = await run(["bash", "-c", line], { cwd: workspace, env });
    assert.deepEqual([missing.code, missing.stderr], [1, "FileNotFoundError: Env file not found: missing\n"]);
  });

  test(`${name}: its script does every stage with the real agent and Node alone`, async (t) => {
    const { model, env, workspace, close } = await openLoopback();
    t.after(close);
    const script = join(SKILLS, name, "scripts/invoke_persist.mjs");
    const stage = (...args: string[]) => run([process.execPath, script, ...args], { cwd: workspace, env });
    const created = await stage(
      "create-session",
      "--session-name",
      "x",
      "--init-prompt",
      "first",
      "--print-mapping-json",
    );
    const id = JSON.parse(created.stdout)[idKey];
    const answer = await stage("resume-json", "--session-name", "x", "--prompt", "second", "--print-result");
    assert.equal(answer.stdout, "You said: second\n", answer.stderr);
    const streamed = await stage("resume-stream", "--session-name", "x", "--prompt", "third");
    assert.equal(streamed.code, 0, streamed.stderr);
    assert.deepEqual(model.requests().at(-1)?.userMessages, ["first", "second", "third"]);
    assert.equal(JSON.parse((await stage("resolve", "--session-name", "x")).stdout)[idKey], id);
    assert.equal(JSON.parse((await stage("list-sessions")).stdout).alias_count, 1);
    assert.equal(JSON.parse((await stage("delete-session", "--session-name", "x")).stdout).removed_count, 1);
  });
}

test("skills install copies them to where each agent looks, and says so", async (t) => {
  const { env, sandbox, workspace, close } = await openLoopback();
  t.after(close);
  const install = (...args: string[]) =>
    run([process.execPath, CLI, "skills", "install", ...args], { cwd: workspace, env });
  const installed = await install("--json");
  assert.equal(installed.code, 0, installed.stdout);
  const codexFolder = join(sandbox.home, ".codex/skills");
  const folders: string[] = JSON.parse(installed.stdout).folders;
  assert.deepEqual(
    folders.filter((path) => path.startsWith(codexFolder)),
    ALL.map((name) => join(codexFolder, name)),
  );
  assert.ok(!folders.some((path) => path.includes("/.claude/")), "claude is not set up yet");
  for (const agent of ["claude", "codex"]) {
    assert.equal((await install("--agent", agent)).code, 0);
    const folder = join(sandbox.home, `.${agent}/skills`);
    assert.deepEqual(readdirSync(folder).sort(), ALL);
    const program = join(folder, NAMES[0], "scripts/invoke_persist.mjs");
    assert.deepEqual(
      readFileSync(program),
      readFileSync(join(REPOSITORY, "skills", NAMES[0], "scripts/invoke_persist.mjs")),
    );
    assert.equal(statSync(program).mode & 0o777, 0o755);
  }
  await install("--to", "here");
  assert.ok(existsSync(join(workspace, "here", NAMES[1], "SKILL.md")));
});

test("the real claude runs the skill by its name, and does not offer it to the model by itself", async (t) => {
  const { model, env, workspace, close } = await openLoopback();
  t.after(close);
  await run([process.execPath, CLI, "skills", "install", "--agent", "claude"], { cwd: workspace, env });
  const ask = (prompt: string, ...flags: string[]) =>
    run(["claude", "-p", "--output-format", "json", prompt, ...flags], { cwd: workspace, env });
  assert.equal((await ask("hello")).code, 0);
  assert.doesNotMatch(JSON.stringify(model.requests().at(-1)?.body), /claude-code-invoke-persist/);

  const script = join(env.HOME ?? "", ".claude/skills", NAMES[0], "scripts/invoke_persist.mjs");
  const command = `node ${script} list-sessions`;
  model.when(/list my sessions/, {
    toolCalls: [{ name: "Bash", args: { command, description: "list the sessions" } }],
    next: "There are none.",
  });
  const called = await ask(`/${NAMES[0]} list my sessions`, "--allowedTools", "Bash");
  assert.equal(called.code, 0, called.stdout);
  const body = JSON.stringify(model.requests().at(-1)?.body);
  assert.match(body, /Named Claude Code conversations/);
  assert.match(body, /alias_count/, "the skill's program ran");
});

test("the real codex lists the skill when it is asked for by its name", async (t) => {
  const { model, env, workspace, close } = await openLoopback();
  t.after(close);
  await run([process.execPath, CLI, "skills", "install", "--agent", "codex"], { cwd: workspace, env });
  const asked = await run(["codex", "exec", "--json", `$${NAMES[1]} list my sessions`], {
    cwd: workspace,
    env,
  });
  assert.equal(asked.code, 0, asked.stderr);
  assert.match(JSON.stringify(model.requests().at(-1)?.body), /Named Codex conversations/);
});
