import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { CLI } from "../support/cli/fake-cli.ts";
import { SCRIPTS } from "../support/cli/script-cli.ts";
import { unpackState } from "../support/earlier-state/unpack-state.ts";
import { agentEnvironment, prepareHome } from "../support/environment.ts";
import { startModel } from "../support/loopback/model.ts";
import { whyNoCopilot } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";

// State that 0.1 has written is read for ever: whoever changes a format changes nothing here.

async function open(t: TestContext) {
  const state = unpackState(t);
  const model = await startModel();
  t.after(() => model.stop());
  prepareHome(state.home, model.url);
  const extra = { AGENT_SESSIONS_CALLER: "maker" };
  const env = agentEnvironment({ home: state.home, modelUrl: model.url, extra });
  const start = async (file: string, args: string[], cwd = state.workspace) => {
    const result = await run([process.execPath, file, ...args], { cwd, env });
    const isJson = result.stdout.startsWith("{");
    return { ...result, json: isJson ? JSON.parse(result.stdout) : undefined };
  };
  const must = async (args: string[], cwd = state.workspace) => {
    const result = await start(CLI, args, cwd);
    assert.equal(result.code, 0, `${args.join(" ")}: ${result.stdout}${result.stderr}`);
    return result;
  };
  /** What the model is told when a conversation is asked for something more. */
  const received = (prompt: string) => {
    const request = model.requests().find(({ userMessages }) => userMessages.at(-1) === prompt);
    return { said: request?.userMessages.slice(0, -1), system: request?.system ?? "" };
  };
  return { ...state, model, start, must, received };
}

interface Expected {
  agent: string;
  name: string;
  said: string[];
  role?: RegExp;
  isElsewhere?: boolean;
}

const BEGUN = ["Begin.", "Go on."];
const NAMES: Expected[] = [
  ...["claude", "codex"].flatMap((agent): Expected[] => [
    { agent, name: `${agent}-review`, said: BEGUN, role: /ROLE-MARKER/ },
    {
      agent,
      name: `${agent}-fork`,
      said: [...BEGUN, "Another way."],
      role: agent === "claude" ? /OTHER-MARKER/ : /ROLE-MARKER/,
    },
    { agent, name: `${agent}-new`, said: ["To be renamed."] },
    { agent, name: `${agent}-gone`, said: ["To be removed."] },
  ]),
  ...(whyNoCopilot() === false
    ? [{ agent: "copilot", name: "copilot-review", said: BEGUN, role: /ROLE-MARKER/ }]
    : []),
  { agent: "codex", name: "detached", said: ["Begin.", "Nobody has read this yet."] },
  { agent: "claude", name: "moved", said: ["The second one.", "Only once."] },
  { agent: "claude", name: "claude-review", said: ["In another workspace."], isElsewhere: true },
];

test("state of 0.1: every name goes on with all that was said in it, with its role", async (t) => {
  const { must, received, workspace, elsewhere } = await open(t);
  for (const agent of ["claude", "codex"]) await must(["restore", `${agent}-gone`, "-a", agent]);
  await Promise.all(
    NAMES.map(async ({ agent, name, said, role, isElsewhere }) => {
      const cwd = isElsewhere ? elsewhere : workspace;
      const shown = (await must(["show", name, "-a", agent, "--json"], cwd)).json;
      const told = (await must(["history", name, "-a", agent, "--json"], cwd)).json;
      assert.equal(told.turns.at(-1).prompt, said.at(-1), JSON.stringify(told));
      const prompt = `Still there, ${name} of ${cwd}?`;
      const { json } = await must(["send", name, "-a", agent, "--json", prompt], cwd);
      assert.deepEqual(
        [json.outcome, json.session_id, json.continuity, json.foreign_bytes ?? 0],
        ["succeeded", shown.session_id, "native", 0],
        `${name}: ${JSON.stringify(json)}`,
      );
      assert.deepEqual(received(prompt).said, said, name);
      if (role !== undefined) assert.match(received(prompt).system, role, name);
    }),
  );
  await must(["restore", "moved@1", "-a", "claude"]);
  await must(["send", "moved", "-a", "claude", "And the first?"]);
  assert.deepEqual(received("And the first?").said, ["The first one."]);
});

test("state of 0.1: turns that were cut off, waited, or were never read are told of", async (t) => {
  const { must, start, model, received } = await open(t);
  const { json: list } = await must(["list", "--json"]);
  assert.equal(list.count, 12);
  const { json: detached } = await must(["wait", "detached", "-a", "codex", "--json"]);
  assert.equal(detached.text, "You said: Nobody has read this yet.");

  const ended = async (...turn: string[]) => {
    const { code, json } = await start(CLI, ["wait", "claude-cut", "-a", "claude", "--json", ...turn]);
    return [code, json.outcome, json.prompt_kept];
  };
  const { json: history } = await must(["history", "claude-cut", "-a", "claude", "--json"]);
  const cut = history.turns.at(-1);
  assert.equal(cut.prompt, "Cut me off.");
  assert.deepEqual(await ended("--turn", cut.turn_id), [3, "interrupted", true]);
  // The one that was asked for last had not begun.
  assert.deepEqual(await ended(), [3, "interrupted", false]);
  await must(["continue", "Is it over?"]);
  assert.deepEqual(received("Is it over?").said, ["Begin.", "Cut me off."]);

  const asked = model.requests().length;
  const again = await must(["send", "moved", "-a", "claude", "--request-id", "one", "--json", "Only once."]);
  assert.deepEqual([again.json.text, model.requests().length], ["You said: Only once.", asked]);
  const { json: cost } = await must(["cost", "--json"]);
  assert.match(JSON.stringify(cost), /once/);
});

test("state of 0.1: mapping files and checkpoints lead on", async (t) => {
  const { must, start, received, mappingFile } = await open(t);
  const { json } = await must(["checkpoint", "--json"]);
  assert.deepEqual(
    json.checkpoints.map((one: { last_task: string }) => one.last_task),
    ["port the parser"],
  );
  const resume = ["resume-json", "--print-result", "--session-name"];
  const asks: [keyof typeof SCRIPTS, string[]][] = [
    ["claude", ["dropped-in"]],
    ["codex", ["dropped-in"]],
    ["claude", ["filed", "--mapping-file", mappingFile]],
  ];
  for (const [tool, args] of asks) {
    const prompt = `And ${tool} as ${args[0]}?`;
    const { code, stdout, stderr } = await start(SCRIPTS[tool], [...resume, ...args, "--prompt", prompt]);
    assert.deepEqual([code, stdout], [0, `You said: ${prompt}\n`], stderr);
    assert.deepEqual(received(prompt).said, ["Begin."], prompt);
  }
});
