// What was recorded from the real binaries says the same after read, fold and diagnose. The fixtures of
// transcript lines and of the streams named interrupted, killed, two-results, compact-failed, not-signed-in,
// clear and tool-denied (claude), key-missing, tool-failed, api-403, prompt-too-long and killed (codex), and all of
// copilot were recorded for this suite; the others came with the specification. All of them: a model on loopback.
import assert from "node:assert/strict";
import { test } from "node:test";
import { claude } from "../../src/agents/claude/claude.ts";
import { codex } from "../../src/agents/codex/codex.ts";
import { copilot } from "../../src/agents/copilot/copilot.ts";
import { diagnose } from "../../src/agents/diagnosis.ts";
import { qwen } from "../../src/agents/qwen/qwen.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import { answerOf } from "../../src/domain/turn/fold.ts";
import type { AgentExit } from "../../src/domain/turn/turn.ts";
import { sumUsage } from "../../src/domain/turn/usage.ts";
import { eventsOf, fold, recorded } from "../support/replay.ts";

interface Expected {
  /** The id of the session event; the JSON objects of claude have none. */
  session?: string;
  /** The id at the end. */
  endSession?: string;
  answer?: RegExp;
  /** "tokens in/tokens out", and dollars where they are told. */
  usage?: string;
  code?: string;
  reason?: string;
  apiStatus?: number;
  retries?: number;
  tools?: string;
  warnings?: RegExp[];
  exit?: AgentExit;
  stderr?: string;
}

function check(agent: Agent, path: string, expected: Expected): void {
  test(`${agent.name} ${path}`, () => {
    const events = eventsOf(agent, recorded(path));
    const folded = fold(events);
    const { end } = folded;
    const exit = expected.exit ?? { code: expected.code === undefined ? 0 : 1 };
    const failure = diagnose(agent, folded, exit, expected.stderr ?? "");
    const usage = end?.counters && sumUsage(Object.values(end.counters));
    const dollars = usage?.costUsd === undefined ? "" : ` $${usage.costUsd}`;
    const tools = events.flatMap((event) =>
      event.type === "tool" ? [`${event.phase} ${event.name}${event.failed ? " failed" : ""}`] : [],
    );
    const warnings = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
    assert.deepEqual(
      {
        session: folded.sessionId,
        endSession: end?.sessionId,
        usage: usage && `${usage.inputTokens}/${usage.outputTokens}${dollars}`,
        code: failure?.code,
        reason: end?.reason,
        apiStatus: end?.apiStatus,
        retries: events.filter((event) => event.type === "retry").length,
        tools: tools.join(", "),
        warnings: warnings.length,
      },
      {
        session: expected.session,
        endSession: expected.endSession,
        usage: expected.usage,
        code: expected.code,
        reason: expected.reason,
        apiStatus: expected.apiStatus,
        retries: expected.retries ?? 0,
        tools: expected.tools ?? "",
        warnings: expected.warnings?.length ?? 0,
      },
    );
    assert.match(answerOf(folded), expected.answer ?? /^$/);
    for (const [index, pattern] of (expected.warnings ?? []).entries()) {
      assert.match(warnings[index] ?? "", pattern);
    }
  });
}

const CLAUDE: Record<string, Expected> = {
  "create.json": {
    endSession: "7da57d8d-d36b-4cd2-80a8-fa5ec9d56c9e",
    answer: /last=hello json/,
    usage: "101/20 $0.000804",
  },
  "resume.json": {
    endSession: "11111111-1111-4111-8111-111111111111",
    answer: /last=second/,
    usage: "203/40 $0.001612",
  },
  "fork.json": {
    endSession: "2cbe675b-9f04-4295-ac0e-da086c5f5ab8",
    answer: /last=forked/,
    usage: "410/80 $0.00324",
  },
  "fork-with-session-id.json": {
    endSession: "33333333-3333-4333-8333-333333333333",
    answer: /last=forked2/,
    usage: "410/80 $0.00324",
  },
  "claude-2.1.197.create.json": {
    endSession: "cccccccc-0000-4000-8000-000000000001",
    answer: /last=first/,
    usage: "101/20 $0.001005",
  },
  "claude-2.1.197.resume.json": {
    endSession: "cccccccc-0000-4000-8000-000000000001",
    answer: /last=second/,
    usage: "102/20 $0.00101",
  },
  "create.stream.jsonl": {
    session: "5e27284c-58b9-44dc-a464-3cbf74a14f77",
    endSession: "5e27284c-58b9-44dc-a464-3cbf74a14f77",
    answer: /last=hello sj/,
    usage: "101/20 $0.000804",
  },
  "create.partial.stream.jsonl": {
    session: "97ef740b-7ffe-475c-a9fd-797dfd0a2f5a",
    endSession: "97ef740b-7ffe-475c-a9fd-797dfd0a2f5a",
    answer: /last=hello partial/,
    usage: "101/20 $0.000804",
  },
  "plugin-hooks-tool.stream.jsonl": {
    session: "abcdabcd-0000-4000-8000-000000000001",
    endSession: "abcdabcd-0000-4000-8000-000000000001",
    answer: /V=yes_it_works/,
    usage: "202/40 $0.001608",
    tools: "start Bash, end ",
  },
  "json-schema.json": {
    endSession: "4612fb4e-66dd-4069-81f5-b90a551051a5",
    answer: /^{"name":"bob"}$/,
    usage: "101/20 $0.000804",
  },
  "json-schema-not-met.json": {
    endSession: "72b9b9ea-a453-4b79-b3df-bc350b926e69",
    answer: /StructuredOutput/,
    usage: "203/40 $0.001612",
  },
  "refusal.json": {
    endSession: "8d1502c6-f644-4082-a710-a7804ac0083e",
    answer: /safety classifier/,
    usage: "203/40 $0.001612",
  },
  "slash-unknown.json": {
    endSession: "68b0090f-9ad5-4d1f-8929-657627a750c1",
    answer: /nosuch cmd/,
    usage: "101/20 $0.000804",
  },
  "slash-clear.json": { endSession: "cf745c10-a637-4e62-912d-0217168b581e", usage: "0/0" },
  "clear.stream.jsonl": {
    session: "b2602667-1359-4244-a00e-9b2baf9ec7b7",
    endSession: "b2602667-1359-4244-a00e-9b2baf9ec7b7",
    usage: "0/0",
  },
  // Named "allowed" when it was recorded, yet its only call was denied.
  "tool-allowed.json": {
    endSession: "6be0b41f-1b5b-4a65-a7e6-f302d1447784",
    answer: /allowed/,
    usage: "202/40 $0.001608",
    warnings: [/^Bash was denied/],
  },
  "tool-denied.json": {
    endSession: "10e0e4ae-b3c4-425a-b63e-552e94fd7599",
    answer: /needs approval/,
    usage: "202/40 $0.001608",
    warnings: [/^Bash was denied by the permission mode\.$/],
  },
  "tool-denied.stream.jsonl": {
    session: "11111111-1111-4111-8111-111111111122",
    endSession: "11111111-1111-4111-8111-111111111122",
    answer: /^users=1/,
    usage: "101/20 $0.000804",
    tools: "start Bash, end  failed",
    warnings: [/^Bash was denied/],
  },
  "two-results.stream.jsonl": {
    session: "33333333-1111-4111-8111-1111111111ae",
    endSession: "33333333-1111-4111-8111-1111111111ae",
    answer: /^users=2/,
    usage: "304/60 $0.002416",
    tools: "start Task, end ",
  },
  "api-401.json": {
    endSession: "bf0afe12-f60e-4a99-b259-d090ef09d4f1",
    usage: "0/0",
    code: "not_signed_in",
    reason: "api_error",
    apiStatus: 401,
  },
  "api-429.json": {
    session: "09981ae8-7875-4536-9e67-b0008daf502f",
    endSession: "09981ae8-7875-4536-9e67-b0008daf502f",
    usage: "0/0",
    code: "agent_failed",
    reason: "api_error",
    apiStatus: 429,
    retries: 1,
  },
  "api-500.json": {
    endSession: "27fc1b50-d575-477c-a71d-238c82c7800d",
    usage: "0/0",
    code: "agent_failed",
    reason: "api_error",
    apiStatus: 500,
  },
  "not-signed-in.stream.jsonl": {
    session: "11111111-1111-4111-8111-111111111113",
    endSession: "11111111-1111-4111-8111-111111111113",
    usage: "0/0",
    code: "not_signed_in",
    reason: "api_error",
  },
  "max-turns.json": {
    endSession: "7168cb0b-2507-4a23-8090-78230ad944d3",
    usage: "303/60 $0.002412",
    code: "agent_failed",
    reason: "error_max_turns",
  },
  "max-budget.json": {
    endSession: "59cc6b52-bf09-4cb0-923b-27e74959745d",
    usage: "404/80 $0.003216",
    code: "agent_failed",
    reason: "error_max_budget_usd",
  },
  "resume-unknown.stream.jsonl": {
    endSession: "22222222-2222-4222-8222-222222222222",
    code: "conversation_lost",
    reason: "error_during_execution",
  },
  "interrupted.stream.jsonl": {
    session: "11111111-1111-4111-8111-11111111113d",
    endSession: "11111111-1111-4111-8111-11111111113d",
    answer: /^tick tick/,
    usage: "0/32 $0.00064",
    code: "agent_failed",
    reason: "error_during_execution",
    exit: { code: 0 },
  },
  "killed.stream.jsonl": {
    session: "11111111-1111-4111-8111-11111111113e",
    code: "agent_failed",
    exit: { code: 143 },
  },
  "compact-failed.stream.jsonl": {
    session: "11111111-1111-4111-8111-111111111111",
    endSession: "11111111-1111-4111-8111-111111111111",
    answer: /^Error during compaction/,
    usage: "515/100 $0.00406",
    code: "not_signed_in",
    warnings: [/^Error during compaction/],
    exit: { code: 0 },
  },
};
for (const [file, expected] of Object.entries(CLAUDE)) check(claude, `claude-2.1.329/${file}`, expected);

const METADATA = /^Model metadata for/;
const CODEX: Record<string, Expected> = {
  "exec.jsonl": {
    session: "01a1fcd8-91e4-7162-b445-8651684bb995",
    answer: /last=hello codex/,
    usage: "101/20",
  },
  "first-of-thread.jsonl": {
    session: "01a1fcda-7d9c-7852-824e-4fcf5c9f2a43",
    answer: /last=first/,
    usage: "101/20",
  },
  "resume.jsonl": { session: "01a1fcda-7d9c-7852-824e-4fcf5c9f2a43", answer: /last=second/, usage: "203/40" },
  "second-of-thread.jsonl": {
    session: "01a1fcda-7d9c-7852-824e-4fcf5c9f2a43",
    answer: /last=third/,
    usage: "306/60",
  },
  "fork.jsonl": { session: "01a1fcda-89b4-7783-aa7b-cf947d8bb3f3", answer: /last=forked/, usage: "621/120" },
  "resume-unknown-name.jsonl": {
    session: "01a1fcda-87eb-7102-a9b9-851915513cf5",
    answer: /last=x/,
    usage: "101/20",
  },
  "tool-workspace-write.jsonl": {
    session: "01a1fcdd-b624-7cb3-8e5e-ceb7fac45544",
    answer: /last=run/,
    usage: "202/40",
    tools: "start command_execution, end command_execution",
  },
  "tool-failed.jsonl": {
    session: "01a1fd38-07fb-7740-8fcd-0ac5979187a6",
    answer: /^users=2/,
    usage: "102/20",
    tools: "start command_execution, end command_execution failed",
  },
  "api-401.jsonl": {
    session: "01a1fcdb-1a56-74a2-bc66-53d3472499c6",
    code: "not_signed_in",
    apiStatus: 401,
    retries: 5,
    warnings: [METADATA, /^unexpected status 401/],
  },
  "api-403.jsonl": {
    session: "01a1fd3d-1146-78f3-aea8-a48b722b0f3b",
    code: "not_signed_in",
    apiStatus: 403,
    warnings: [METADATA, /^unexpected status 403/],
  },
  "api-500.jsonl": {
    session: "01a1fcdb-8053-7ea0-b451-8e6aad737ad6",
    code: "agent_failed",
    retries: 5,
    warnings: [METADATA, /high demand/],
  },
  "api-drop-mid.jsonl": {
    session: "01a1fcdc-a6e8-7a20-98a2-5736af833481",
    code: "agent_failed",
    retries: 5,
    warnings: [METADATA, /^stream disconnected/],
  },
  "key-missing.jsonl": {
    session: "01a1fd38-073b-73e3-a592-f565693136c6",
    code: "not_signed_in",
    warnings: [METADATA, /^Missing environment/],
  },
  "killed.jsonl": {
    session: "01a1fd3c-f27c-78f3-acb0-f6814b3356fa",
    code: "agent_failed",
    exit: { signal: "SIGTERM" },
  },
  "prompt-too-long.jsonl": {
    session: "01a1fd3d-0402-7990-ad14-bb21a2718b87",
    code: "prompt_too_long",
    warnings: [],
    stderr:
      "Error: turn/start: turn/start failed: Input exceeds the maximum length of 1048576 characters. (code -32602)",
  },
};
for (const [file, expected] of Object.entries(CODEX)) {
  const warnings = expected.warnings ?? [METADATA];
  check(codex, `codex-0.169.0/${file}`, { ...expected, warnings });
}

const COPILOT_ID = "0aa6f1de-8d38-4cd2-80a8-fa5ec9d56c9e";
const COPILOT: Record<string, Expected> = {
  "create.jsonl": { endSession: COPILOT_ID, answer: /^You said: hello one$/ },
  "resume.jsonl": { endSession: COPILOT_ID, answer: /^You said: second$/ },
  "resume-unknown.jsonl": {
    code: "conversation_lost",
    exit: { code: 1 },
    stderr:
      "Error: No session, task, or name matched '2222'.\n\nTo resume by session or task ID:  copilot --resume=<id>\nTo start a new session with ID:   copilot --session-id=<valid-uuid>\n",
  },
  "tool-denied.jsonl": {
    endSession: COPILOT_ID,
    answer: /^made$/,
    tools: "start apply_patch, end  failed",
    warnings: [/^Permission denied because/],
  },
  "tool-allowed.jsonl": { endSession: COPILOT_ID, answer: /^made$/, tools: "start apply_patch, end " },
  "sub-agent.jsonl": {
    endSession: "0bb6f1de-8d38-4cd2-80a8-fa5ec9d56c9e",
    answer: /^the sub-agent is done$/,
    tools: "start task, end ",
  },
  "api-400.jsonl": { endSession: COPILOT_ID, code: "agent_refused", apiStatus: 400 },
  "api-401.jsonl": {
    endSession: "b16e3828-0e66-46f1-95da-407160123fef",
    code: "not_signed_in",
    apiStatus: 401,
    retries: 2,
  },
  "compact.jsonl": { endSession: COPILOT_ID },
  "compact-failed.jsonl": {
    code: "agent_failed",
    exit: { code: 1 },
    stderr: "Error executing prompt: Error: host-rethrow: 400 no summary\n",
  },
  // Ended by SIGINT and by SIGTERM, both with exit code 0; the latter with a result that claims success.
  "interrupted.jsonl": {
    code: "agent_failed",
    exit: { code: 0 },
    stderr: "Error executing prompt: Error: Cannot invoke native session after disposal has started\n",
  },
  "terminated.jsonl": {
    endSession: "c2193c29-f511-4c61-b6f3-7e92bb04b044",
    code: "agent_failed",
    reason: "user_abort",
    exit: { code: 0 },
  },
};
for (const [file, expected] of Object.entries(COPILOT)) check(copilot, `copilot-1.0.102/${file}`, expected);

const QWEN_ID = "11111111-2222-4333-8444-555555555555";
const QWEN: Record<string, Expected> = {
  "create.jsonl": { answer: /^You said: hello one$/, usage: "203/40" },
  "resume.partial.jsonl": { answer: /^You said: {3}hello two$/, usage: "408/80" },
  "schema.jsonl": { answer: /^{"n":7}$/, usage: "305/60", tools: "start structured_output, end " },
  "schema-not-met.jsonl": {
    answer: /^You said: no n$/,
    usage: "512/100",
    code: "schema_not_met",
    reason: "error_during_execution",
  },
  "api-401.jsonl": {
    usage: "512/100",
    code: "not_signed_in",
    reason: "error_during_execution",
    apiStatus: 401,
  },
  "tool-denied.jsonl": {
    answer: /^done$/,
    usage: "303/60",
    tools: "start write_file, end  failed, start run_shell_command, end  failed",
    warnings: [/^write_file, run_shell_command were denied by the permission mode\.$/],
  },
};
for (const [file, expected] of Object.entries(QWEN))
  check(qwen, `qwen-0.24.4/${file}`, { session: QWEN_ID, endSession: QWEN_ID, ...expected });
