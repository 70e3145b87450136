// The recordings in test/fixtures/opencode-1.18.33 are from the real opencode 1.18.33 and a model on loopback.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { diagnose } from "../../src/agents/diagnosis.ts";
import { opencode } from "../../src/agents/opencode/opencode.ts";
import type { TurnRequest } from "../../src/domain/agent/agent.ts";
import { withVariables } from "../../src/domain/agent/variables.ts";
import { answerOf, startFold } from "../../src/domain/turn/fold.ts";
import { eventsOf, fold, recorded } from "../support/replay.ts";

const ID = "ses_de0d45423ffeyixVJZC6jo4PjJ";
const OWN = "agent-sessions-0123456789ab";
const VARIABLE = "OPENCODE_CONFIG_CONTENT";
const bare: TurnRequest = {
  launcher: ["wrap", "opencode"],
  session: { kind: "new" },
  folder: "/turns/01a2b3c4-0000-7000-8000-0123456789ab",
  partials: false,
  extraArgs: [],
};
const resume = { ...bare, session: { kind: "resume", sessionId: ID } } as const;
const role = { text: "Be brief.", path: "/r/role.md" };

const lineOf = (request: TurnRequest) => {
  const { file, args } = opencode.command(request);
  return [file, ...args].join(" ");
};
const configOf = (request: TurnRequest) => JSON.parse(opencode.command(request).env?.[VARIABLE] ?? "");

test("commands: a new conversation asks for no title, a resume and a fork name theirs", () => {
  assert.equal(lineOf(bare), "wrap opencode run --format json --title=");
  assert.equal(
    lineOf({ ...resume, model: "a/b", access: "edit", extraArgs: ["--variant", "high"] }),
    `wrap opencode run --format json --session ${ID} --model a/b --agent ${OWN} --variant high`,
  );
  assert.equal(
    lineOf({ ...bare, session: { kind: "fork", parentId: ID } }),
    `wrap opencode run --format json --session ${ID} --fork`,
  );
  const window = { ...bare, cwd: "/w", role, access: "read-only" } as const;
  const open = opencode.openCommand?.(ID, window);
  assert.deepEqual(open?.args, ["opencode", "/w", "--session", ID, "--agent", OWN]);
  assert.deepEqual(JSON.parse(open?.env?.[VARIABLE] ?? "").instructions, ["/r/role.md"]);
  assert.deepEqual(opencode.openCommand?.(ID), { file: "opencode", args: ["--session", ID] });
});

test("an access is an agent of its own, whose rules allow nothing that is not named", () => {
  const rulesOf = (access: TurnRequest["access"]) => configOf({ ...bare, access }).agent?.[OWN].permission;
  const readOnly = rulesOf("read-only");
  assert.equal(Object.keys(readOnly)[0], "*", "the last rule that matches decides");
  assert.equal(readOnly["*"], "deny");
  for (const tool of ["edit", "bash", "task", "webfetch"]) assert.equal(readOnly[tool], undefined);
  assert.deepEqual(rulesOf("edit"), { ...readOnly, edit: "allow" });
  assert.equal(rulesOf("full")["*"], "allow");
  assert.equal(rulesOf(undefined), undefined);
  for (const access of [undefined, "full"] as const) {
    const { permission } = configOf({ ...bare, access });
    assert.equal(permission.question, "deny", "a question would wait for ever");
  }
});

test("what the user has put into the variable stays, and our rules come last", () => {
  const users = {
    model: "a/b",
    permission: { question: "allow", "*": "ask" },
    agent: { mine: { prompt: "x" }, [OWN]: { permission: { bash: "allow" } } },
    instructions: ["own.md"],
  };
  const { env } = opencode.command({ ...resume, role, access: "read-only" });
  const both = withVariables({ [VARIABLE]: JSON.stringify(users), HOME: "/h" }, opencode, env);
  assert.equal(both.HOME, "/h");
  const joined = JSON.parse(both[VARIABLE] ?? "");
  assert.deepEqual([joined.model, joined.agent.mine], ["a/b", { prompt: "x" }]);
  assert.deepEqual(Object.keys(joined.permission), ["*", "question", "plan_enter", "plan_exit"]);
  assert.equal(joined.permission.question, "deny");
  assert.equal(joined.agent[OWN].permission.bash, undefined);
  assert.deepEqual(joined.instructions, ["own.md", "/r/role.md"]);
  const word = withVariables({ [VARIABLE]: '{"permission":"allow"}' }, opencode, env);
  assert.equal(JSON.parse(word[VARIABLE] ?? "").permission["*"], "allow");
  for (const wrong of ["{nonsense", "[]", '"x"'])
    assert.throws(() => withVariables({ [VARIABLE]: wrong }, opencode, env), /is not understood/);
});

test("recordings: the answer, the usage of all steps, refused tools and failures", () => {
  const hello = fold(eventsOf(opencode, recorded("opencode-1.18.33/hello.jsonl")));
  assert.deepEqual([hello.sessionId, answerOf(hello)], [ID, "You said: hello one"]);
  assert.deepEqual([hello.usage?.inputTokens, hello.usage?.outputTokens], [101, 20]);
  assert.equal(diagnose(opencode, hello, { code: 0 }, ""), undefined);

  const events = eventsOf(opencode, recorded("opencode-1.18.33/read-only.jsonl"));
  const refused = fold(events);
  assert.deepEqual([refused.usage?.inputTokens, refused.usage?.outputTokens], [202, 40]);
  const ended = events.flatMap((event) => (event.type === "tool" && event.phase === "end" ? [event] : []));
  assert.deepEqual(
    ended.map(({ name, failed }) => [name, failed]),
    ["apply_patch", "bash", "task"].map((name) => [name, true]),
  );

  const tools = fold(eventsOf(opencode, recorded("opencode-1.18.33/tools.jsonl")));
  assert.deepEqual([tools.usage?.inputTokens, tools.usage?.costUsd], [202, 0.282]);

  const failed = fold(eventsOf(opencode, recorded("opencode-1.18.33/failed-401.jsonl")));
  assert.equal(diagnose(opencode, failed, { code: 1 }, "")?.code, "not_signed_in");
  const broken = fold(eventsOf(opencode, recorded("opencode-1.18.33/failed-500.jsonl")));
  assert.equal(diagnose(opencode, broken, { code: 1 }, "")?.message, "opencode failed: loopback 500.");
  const long = fold(eventsOf(opencode, recorded("opencode-1.18.33/too-long.jsonl")));
  assert.equal(
    diagnose(opencode, long, { code: 1 }, "")?.code,
    "agent_refused",
    "what came after it is no answer",
  );
  assert.deepEqual([long.usage?.inputTokens, long.usage?.outputTokens], [203, 40]);
  const lost = diagnose(
    opencode,
    startFold(),
    { code: 1 },
    "\u001b[91m\u001b[1mError: \u001b[0mSession not found\n",
  );
  assert.equal(lost?.code, "conversation_lost");
});

test("a turn that is cut off between two steps has no end and no usage; one with a sub-agent tells no usage", () => {
  const lines = recorded("opencode-1.18.33/read-only.jsonl");
  const cut = fold(eventsOf(opencode, lines.slice(0, 5)));
  assert.deepEqual([cut.end, cut.usage], [undefined, undefined]);
  const task = { callID: "c", tool: "task", state: { status: "completed", input: {} } };
  const withTask: unknown[] = [{ type: "tool_use", sessionID: ID, part: task }, ...lines];
  assert.equal(fold(eventsOf(opencode, withTask)).usage, undefined);
  const step = {
    type: "step_finish",
    sessionID: ID,
    part: { reason: "stop", cost: 0.25, tokens: { input: 1, output: 2 } },
  };
  assert.equal(fold(opencode.read(step)).usage?.costUsd, 0.25);
});

test("a copy is that of its conversation, with its prompts and answers; anything else is none", () => {
  const copy = readFileSync(new URL("../fixtures/opencode-1.18.33/export.json", import.meta.url), "utf8");
  const id = "ses_de0ca2a11ffemr2cwmBZMm7BoB";
  const { copies } = opencode;
  const found = copies?.read(copy, id)?.map((event) => [event.type, "text" in event && event.text]);
  assert.deepEqual(found, [
    ["prompt", "first"],
    ["answer", "You said: first"],
  ]);
  for (const [text, of] of [
    [copy, ID],
    [copy.slice(0, -20), id],
    ["", id],
  ] as const)
    assert.equal(copies?.read(text, of), undefined);
  assert.equal(copies?.isBack(`Imported session: ${id}\n`, id), true);
  assert.equal(copies?.isBack("Failed to read session data\n", id), false);
});
