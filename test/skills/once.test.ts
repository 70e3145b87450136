import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { agents } from "../../src/agents/index.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { REPOSITORY } from "../support/environment.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { whyNoCopilot } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";

const SKILLS = {
  claude: "claude-code-invoke-once",
  codex: "codex-cli-invoke-once",
  copilot: "copilot-invoke-once",
};

test("the three have one program: a file beside it says whose skill it is, under any name of the folder", async (t) => {
  const { env, sandbox, workspace, close } = await openLoopback();
  t.after(close);
  const programs = Object.values(SKILLS).map((name) =>
    readFileSync(join(REPOSITORY, "dist/carried/skills", name, "scripts/invoke_once.mjs"), "utf8"),
  );
  assert.equal(new Set(programs).size, 1);
  const copied = join(sandbox.folder, "claude-code-invoke-once");
  cpSync(join(REPOSITORY, "dist/carried/skills", SKILLS.codex), copied, { recursive: true });
  const help = async () => {
    const line = [process.execPath, join(copied, "scripts/invoke_once.mjs"), "once", "--help"];
    return run(line, { cwd: workspace, env });
  };
  assert.match((await help()).stdout, /\(default: codex\)/);
  const file = join(copied, "scripts/agent");
  for (const spoil of [() => writeFileSync(file, "\n"), () => rmSync(file)]) {
    spoil();
    const { code, stderr } = await help();
    assert.equal(code, 2);
    assert.equal(
      stderr,
      `error: The file ${file} does not say which agent this skill asks.\nCopy the whole folder of the skill, or write the agent's name into that file, such as: echo codex > ${file}\n`,
    );
  }
});

for (const [agent, name] of Object.entries(SKILLS)) {
  const skill = join(REPOSITORY, "dist/carried/skills", name);

  test(`${name}: agents may use it of their own accord, and strict readers can read it`, () => {
    const matter = /^---\n(.*?)\n---\n/s.exec(readFileSync(join(skill, "SKILL.md"), "utf8"))?.[1] ?? "";
    assert.match(matter, new RegExp(`^name: ${name}$`, "m"));
    assert.match(matter, /^description: (?:(?!: ).){40,1024}$/m);
    assert.doesNotMatch(matter, /disable-model-invocation/);
    const manifest = readFileSync(join(skill, "agents/openai.yaml"), "utf8");
    assert.match(manifest, /^policy:\n {2}allow_implicit_invocation: true$/m);
    assert.ok(statSync(join(skill, "scripts/invoke_once.mjs")).size < 512 * 1024);
  });

  test(`${name}: it names the efforts that its agent takes, and its help the program that there is`, async () => {
    const text = readFileSync(join(skill, "SKILL.md"), "utf8");
    const sentence = /`--effort [^.:;]*/.exec(text)?.[0] ?? "";
    const words = [...sentence.matchAll(/`(?:--effort )?([a-z]+)`/g)].map(([, word]) => word);
    assert.deepEqual(words, agents[agent as keyof typeof agents].can.efforts);
    const program = join(skill, "scripts/invoke_once.mjs");
    for (const verb of ["once", "send", "wait"]) {
      const { stdout } = await run([process.execPath, program, verb, "--help"], { cwd: skill, env: {} });
      assert.match(stdout, new RegExp(`^ +(?:.* \\| )?node invoke_once\\.mjs ${verb} `, "m"));
      assert.doesNotMatch(stdout, /agent-sessions (?:once|send|wait)/);
    }
  });

  const skip = agent === "copilot" ? whyNoCopilot() : false;
  test(`${name}: its commands run as they stand, from where it was copied to, and go on by id`, {
    skip,
  }, async (t) => {
    const { model, env, workspace, sandbox, close } = await openLoopback();
    t.after(close);
    const copied = join(sandbox.folder, "copied");
    cpSync(skill, copied, { recursive: true });
    const blocks = codeBlocks(join("skills", name, "SKILL.md"))
      .filter(({ language }) => language === "sh")
      .map(({ text }) => text.replaceAll("<this folder>", copied));
    assert.equal(blocks.length, 2);
    const script = ["set -e", ...blocks].join("\n");
    const ran = await run(["bash", "-c", script], { cwd: workspace, env });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    const printed = ran.stdout.trimEnd().split("\n");
    const [once, kept, waited] = [printed[0], printed[1], printed.at(-1)].map((line) =>
      JSON.parse(line ?? ""),
    );
    assert.deepEqual([once.agent, once.outcome, once.name], [agent, "succeeded", null]);
    assert.deepEqual([kept.agent, kept.name], [agent, "review"]);
    assert.equal(waited.text, "You said: Review the last commit.");

    const ask = async (...args: string[]) => {
      const program = join(copied, "scripts/invoke_once.mjs");
      const { stdout } = await run([process.execPath, program, "once", "--json", ...args], {
        cwd: workspace,
        env,
      });
      return JSON.parse(stdout);
    };
    const { session_id } = await ask("--resumable", "--effort", "low", "one");
    const second = await ask("--resume", session_id, "--effort", "high", "two");
    assert.deepEqual([second.outcome, second.session_id], ["succeeded", session_id]);
    assert.deepEqual(model.requests().at(-1)?.userMessages, ["one", "two"]);
    assert.match(JSON.stringify(model.requests().at(-1)?.body), /"high"/, "the effort reaches the model");
  });
}
