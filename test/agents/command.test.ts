import assert from "node:assert/strict";
import { test } from "node:test";
import { acp } from "../../src/agents/acp/acp.ts";
import type { AcpSettings } from "../../src/agents/acp/settings.ts";
import { claude } from "../../src/agents/claude/claude.ts";
import { codex } from "../../src/agents/codex/codex.ts";
import { tomlString } from "../../src/agents/codex/toml.ts";
import { copilot } from "../../src/agents/copilot/copilot.ts";
import { gemini } from "../../src/agents/gemini/gemini.ts";
import { agents, findAgent } from "../../src/agents/index.ts";
import { kimi } from "../../src/agents/kimi/kimi.ts";
import { qwen } from "../../src/agents/qwen/qwen.ts";
import type { Agent, TurnRequest, WindowRequest } from "../../src/domain/agent/agent.ts";
import { AppError } from "../../src/domain/errors.ts";

const ID = "7da57d8d-d36b-4cd2-80a8-fa5ec9d56c9e";
const resume = { session: { kind: "resume", sessionId: ID } } as const;
const role = { text: 'Be terse.\nSay "no".', path: "/state/role.md" };

function lineOf(agent: Agent, request: Partial<TurnRequest>): string {
  const { file, args, through } = agent.command({
    launcher: [agent.executable],
    folder: "/state",
    session: { kind: "new" },
    partials: false,
    extraArgs: [],
    ...request,
  });
  const program = through === undefined ? [] : [through.program, ...through.args];
  return [...program, file, ...args].join(" ");
}

/** The line of a turn over ACP. */
function acpRun(settings: Partial<AcpSettings>, command: string): string {
  const { session = { kind: "new" }, namesAgent = false, access, mode, model } = settings;
  const all = { session, keeps: true, namesAgent, access, mode, model, partials: false };
  return `acp-run.cjs ${JSON.stringify(all)} ${command}`;
}

const STREAM = "-p --output-format stream-json --verbose";
const JSONL = "--output-format=json";
const GEMINI = "--output-format=stream-json";
const QWEN = "--output-format stream-json";
const QWEN_EDIT =
  "--approval-mode=default --allowed-tools=edit(/**),write_file(/**),notebook_edit(/**) --exclude-tools=agent,workflow,send_message,create_sub_session";
const COMMANDS: [Agent, Partial<TurnRequest>, string][] = [
  [claude, {}, `claude ${STREAM}`],
  [claude, { session: { kind: "new", chosenId: ID } }, `claude ${STREAM} --session-id ${ID}`],
  [claude, resume, `claude ${STREAM} --resume ${ID}`],
  [claude, { ...resume, partials: true }, `claude ${STREAM} --include-partial-messages --resume ${ID}`],
  [claude, { model: "opus", effort: "high" }, `claude ${STREAM} --model opus --effort high`],
  [claude, { ...resume, role }, `claude ${STREAM} --resume ${ID} --append-system-prompt-file /state/role.md`],
  [claude, { launcher: ["wrap", "--profile", "x"] }, `wrap --profile x ${STREAM}`],
  [claude, { extraArgs: ["--allowedTools", "Bash", "Read"] }, `claude ${STREAM} --allowedTools Bash Read`],
  [claude, { launcher: [] }, `claude ${STREAM}`],
  [kimi, {}, acpRun({ session: { kind: "new" }, mode: "default" }, "kimi acp")],
  [
    kimi,
    { session: { kind: "fork", parentId: ID }, access: "full", model: "k2" },
    acpRun({ session: { kind: "fork", id: ID }, access: "full", mode: "yolo", model: "k2" }, "kimi acp"),
  ],
  [
    acp,
    { launcher: ["goose", "acp"], session: { kind: "resume", sessionId: "1@goose" }, access: "read-only" },
    acpRun(
      { session: { kind: "resume", id: "1", of: "goose" }, namesAgent: true, access: "read-only" },
      "goose acp",
    ),
  ],
  [codex, {}, "codex exec --json -"],
  [codex, { session: { kind: "new", chosenId: ID } }, "codex exec --json -"],
  [codex, resume, `codex exec --json resume ${ID} -`],
  [codex, { ...resume, partials: true }, `codex exec --json resume ${ID} -`],
  [
    codex,
    { ...resume, model: "gpt-5-codex", effort: "high" },
    `codex exec --model gpt-5-codex -c model_reasoning_effort="high" --json resume ${ID} -`,
  ],
  [codex, { role }, String.raw`codex exec -c developer_instructions="Be terse.\nSay \"no\"." --json -`],
  [codex, { launcher: ["wrap", "--profile", "x"] }, "wrap --profile x exec --json -"],
  [codex, { ...resume, extraArgs: ["-i", "a.png"] }, `codex exec -i a.png --json resume ${ID} -`],
  [codex, { launcher: [] }, "codex exec --json -"],
  [copilot, {}, `copilot ${JSONL}`],
  [copilot, { session: { kind: "new", chosenId: ID } }, `copilot ${JSONL} --session-id=${ID}`],
  [copilot, resume, `copilot ${JSONL} --resume=${ID}`],
  [copilot, { ...resume, partials: true }, `copilot ${JSONL} --resume=${ID}`],
  [
    copilot,
    { ...resume, model: "gpt-5.4", effort: "high", access: "edit" },
    `copilot ${JSONL} --resume=${ID} --model=gpt-5.4 --reasoning-effort=high --allow-tool=write`,
  ],
  [copilot, { access: "read-only" }, `copilot ${JSONL} --available-tools=view,glob,grep,rg`],
  [copilot, { access: "full" }, `copilot ${JSONL} --allow-all`],
  [
    copilot,
    { role, extraArgs: ["--allow-tool", "shell(git:*)"] },
    `copilot ${JSONL} --plugin-dir=/state --agent=agent-sessions:role --allow-tool shell(git:*)`,
  ],
  [copilot, { launcher: ["wrap", "--profile", "x"] }, `wrap --profile x ${JSONL}`],
  [copilot, { launcher: [] }, `copilot ${JSONL}`],
  [gemini, {}, `gemini ${GEMINI}`],
  [gemini, { session: { kind: "new", chosenId: ID } }, `gemini ${GEMINI} --session-id=${ID}`],
  [gemini, { ...resume, model: "pro" }, `gemini ${GEMINI} --resume=${ID} --model=pro`],
  [
    gemini,
    { ...resume, access: "read-only", extraArgs: ["--skip-trust"] },
    `gemini ${GEMINI} --resume=${ID} --approval-mode=default --admin-policy=/state/policy.toml --policy=/state/policy.toml --skip-trust`,
  ],
  [
    gemini,
    { access: "edit" },
    `gemini ${GEMINI} --approval-mode=auto_edit --admin-policy=/state/policy.toml`,
  ],
  [gemini, { access: "full" }, `gemini ${GEMINI} --approval-mode=yolo`],
  [gemini, { launcher: ["wrap", "x"] }, `wrap x ${GEMINI}`],
  [qwen, {}, `qwen ${QWEN}`],
  [qwen, { session: { kind: "new", chosenId: ID } }, `qwen ${QWEN} --session-id ${ID}`],
  [qwen, { ...resume, partials: true }, `qwen ${QWEN} --include-partial-messages --resume ${ID}`],
  [
    qwen,
    { session: { kind: "fork", parentId: ID, chosenId: "x" } },
    `qwen ${QWEN} --resume ${ID} --fork-session`,
  ],
  [
    qwen,
    { ...resume, model: "big", role, access: "edit" },
    `qwen ${QWEN} --resume ${ID} --model big --append-system-prompt=${role.text} ${QWEN_EDIT}`,
  ],
  [
    qwen,
    { access: "full", schema: { text: "{}", path: "/state/schema.json" }, isEphemeral: true },
    `qwen ${QWEN} --approval-mode=yolo --json-schema @/state/schema.json --chat-recording=false`,
  ],
  [qwen, { launcher: ["wrap", "x"], extraArgs: ["--debug"] }, `wrap x ${QWEN} --debug`],
  [qwen, { launcher: [] }, `qwen ${QWEN}`],
];
for (const [agent, request, expected] of COMMANDS) {
  test(`command: ${expected}`, () => assert.equal(lineOf(agent, request), expected));
}

test("codex: an option that takes a list can't swallow `resume`, since --json stands between", () => {
  const { args } = codex.command({
    launcher: ["codex"],
    folder: "/state",
    ...resume,
    partials: false,
    extraArgs: ["-i", "a.png"],
  });
  assert.deepEqual(args, ["exec", "-i", "a.png", "--json", "resume", ID, "-"]);
});

test("the commands that reopen a conversation in the agent's own window", () => {
  assert.deepEqual(claude.openCommand?.(ID), { file: "claude", args: ["--resume", ID] });
  assert.deepEqual(codex.openCommand?.(ID), { file: "codex", args: ["resume", ID] });
  assert.deepEqual(copilot.openCommand?.(ID), { file: "copilot", args: [`--resume=${ID}`] });
  const bare = {
    launcher: ["/opt/wrapper", "--profile", "x"],
    folder: "/r",
    cwd: "/w",
    extraArgs: ["--verbose"],
  };
  const all = {
    ...bare,
    model: "big",
    effort: "low",
    role: { text: "Be brief.", path: "/r/role.md" },
    isRoleFrozen: true,
    access: "edit",
  } as const;
  const words = (agent: Agent, request: WindowRequest) => {
    const { file = "", args = [] } = agent.openCommand?.(ID, request) ?? {};
    return [file, ...args].join(" ");
  };
  assert.equal(words(claude, bare), `/opt/wrapper --profile x --resume ${ID} --verbose`);
  assert.equal(
    words(claude, all),
    `/opt/wrapper --profile x --resume ${ID} --model big --effort low --system-prompt-snapshot off --append-system-prompt-file /r/role.md --permission-mode acceptEdits --verbose`,
  );
  assert.equal(words(copilot, bare), `/opt/wrapper --profile x --resume=${ID} --verbose`);
  assert.equal(
    words(copilot, all),
    `/opt/wrapper --profile x --resume=${ID} --model=big --reasoning-effort=low --allow-tool=write --plugin-dir=/r --agent=agent-sessions:role --verbose`,
  );
  assert.equal(words(gemini, bare), `/opt/wrapper --profile x --resume=${ID} --verbose`);
  assert.deepEqual(gemini.openCommand?.(ID), { file: "gemini", args: ["--resume", ID] });
  assert.deepEqual(qwen.openCommand?.(ID), { file: "qwen", args: ["--resume", ID] });
  assert.equal(
    words(qwen, all),
    `/opt/wrapper --profile x --resume ${ID} --model big --append-system-prompt=Be brief. ${QWEN_EDIT} --verbose`,
  );
  assert.equal(words(codex, bare), `/opt/wrapper --profile x resume --verbose --no-daemon --cd /w ${ID}`);
  assert.equal(
    words(codex, all),
    `/opt/wrapper --profile x resume --model big -c model_reasoning_effort="low" -c developer_instructions="Be brief." --sandbox workspace-write --verbose --no-daemon --cd /w ${ID}`,
  );
});

test("copilot: a role is the only agent of a plugin in the turn's folder, whatever it begins with", () => {
  const text = "---\napplyTo: nothing\n---\nBe terse.";
  const request = { launcher: ["copilot"], folder: "/state", ...resume, partials: false, extraArgs: [] };
  const { files = {} } = copilot.command({ ...request, role: { text, path: "/state/role.md" } });
  assert.deepEqual(JSON.parse(files["plugin.json"] ?? ""), { name: "agent-sessions", agents: "./" });
  assert.match(files["role.agent.md"] ?? "", /^---\nname: role\ndescription: .+\n---\n---\napplyTo: nothing/);
  assert.equal(copilot.command(request).files, undefined);
});

test("gemini: a model that may only read has no other tool, and one that may edit does not leave its mode", () => {
  const policyOf = (access: "read-only" | "edit" | "full") =>
    gemini.command({
      launcher: ["gemini"],
      folder: "/state",
      ...resume,
      partials: false,
      extraArgs: [],
      access,
    }).files?.["policy.toml"];
  assert.match(policyOf("read-only") ?? "", /toolName = "\*"\ndecision = "deny"\npriority = 998/);
  assert.match(policyOf("edit") ?? "", /"enter_plan_mode", "exit_plan_mode"\]\ndecision = "deny"/);
  assert.equal(policyOf("full"), undefined);
});

test("whoever is known gets no prompt on the command line, and a resume never names a new conversation", () => {
  for (const agent of Object.values(agents)) {
    const line = lineOf(agent, resume);
    assert.ok(line.includes(ID), line);
    assert.doesNotMatch(line, /--session-id|--continue|--last/);
  }
});

const TOML: [string, string][] = [
  ["plain", '"plain"'],
  ['say "hi"', String.raw`"say \"hi\""`],
  ["back\\slash", String.raw`"back\\slash"`],
  ["a\nb\r\tc", String.raw`"a\nb\r\tc"`],
  ["\u0000\u001b\u007f", String.raw`"\u0000\u001b\u007f"`],
  ["é 😀 '''", "\"é 😀 '''\""],
  ["\ud800", '"\ufffd"'],
];
for (const [value, expected] of TOML) {
  test(`TOML string ${expected}`, () => assert.equal(tomlString(value), expected));
}

test("a role at the limit stays below what Linux allows for one argument", () => {
  const text = '"\n'.repeat(codex.roleLimitBytes / 2);
  const { args } = codex.command({
    launcher: ["codex"],
    folder: "/state",
    session: { kind: "new" },
    role: { text, path: "" },
    partials: false,
    extraArgs: [],
  });
  assert.ok(Math.max(...args.map((arg) => Buffer.byteLength(arg))) < 131_072);
});

test("findAgent knows the table and nothing else", () => {
  for (const [name, agent] of Object.entries(agents)) {
    assert.equal(agent.name, name);
    assert.equal(findAgent(name), agent);
  }
  for (const name of ["nobody", "", "constructor", "__proto__"]) {
    assert.throws(
      () => findAgent(name),
      (error) =>
        error instanceof AppError &&
        error.code === "usage" &&
        error.hint?.startsWith(`Known agents: ${Object.keys(agents).join(", ")}.`) === true,
    );
  }
});
