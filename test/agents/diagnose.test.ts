import assert from "node:assert/strict";
import { test } from "node:test";
import { claude } from "../../src/agents/claude/claude.ts";
import { codex } from "../../src/agents/codex/codex.ts";
import { copilot } from "../../src/agents/copilot/copilot.ts";
import { diagnose } from "../../src/agents/diagnosis.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import type { AppErrorCode } from "../../src/domain/errors.ts";
import { startFold } from "../../src/domain/turn/fold.ts";
import type { AgentExit, TurnEnd } from "../../src/domain/turn/turn.ts";

const ID = "01a1fd3c-dfcd-7af2-81bb-74314c812d77";
const good: TurnEnd = { isError: false, text: "done" };
const bad = (text: string, more: Partial<TurnEnd> = {}): TurnEnd => ({ isError: true, text, ...more });
const exit = (code: number): AgentExit => ({ code });

interface Row {
  agent: Agent;
  end?: TurnEnd;
  exit?: AgentExit;
  stderr?: string;
  is?: AppErrorCode;
  message?: string | RegExp;
  hint?: RegExp;
}

const ROWS: Record<string, Row> = {
  "a result and exit 0": { agent: claude, end: good, exit: exit(0), stderr: "noise" },
  "a result that nobody saw the exit of": { agent: claude, end: good },
  "a result, and an exit with neither code nor signal": { agent: claude, end: good, exit: {} },
  "a result, then killed": { agent: claude, end: good, exit: { signal: "SIGKILL" } },
  "a result, then ended by SIGTERM, which claude turns into 143": {
    agent: claude,
    end: good,
    exit: exit(143),
  },
  "a result taken back by the exit, as in plan mode": {
    agent: claude,
    end: good,
    exit: exit(1),
    stderr: "Auto mode is unavailable\n",
    is: "agent_failed",
    message: "Claude Code gave a result but exited with code 1: Auto mode is unavailable.",
  },
  "an error end outdoes exit 0": {
    agent: claude,
    end: bad("API Error: 500 x"),
    exit: exit(0),
    is: "agent_failed",
    message: "Claude Code failed: API Error: 500 x.",
  },
  "an error end outdoes a signal": {
    agent: claude,
    end: bad("API Error: 500 x"),
    exit: { signal: "SIGKILL" },
    is: "agent_failed",
    message: /500 x/,
  },
  "401": {
    agent: claude,
    end: bad("Failed to authenticate. API Error: 401 x", { apiStatus: 401 }),
    is: "not_signed_in",
    message:
      "Claude Code was refused access by the model's service: Failed to authenticate. API Error: 401 x.",
    hint: /^Check the key in ANTHROPIC_API_KEY if that is set.*\/login/,
  },
  "401 by its status alone": {
    agent: claude,
    end: bad("something new", { apiStatus: 401 }),
    is: "not_signed_in",
  },
  "not logged in": { agent: claude, end: bad("Not logged in · Please run /login"), is: "not_signed_in" },
  "a wrong key is not repeated": {
    agent: claude,
    end: bad("Invalid API key sk-ant-api03-abcdefgh"),
    is: "not_signed_in",
    message: "Claude Code is not signed in: Invalid API key [key].",
  },
  "404": {
    agent: claude,
    end: bad("There's an issue with the selected model (x). Run --model to pick a different model.", {
      apiStatus: 404,
    }),
    is: "agent_refused",
    message: "Claude Code was refused by the model's service: There's an issue with the selected model (x).",
    hint: /another model/,
  },
  "429": {
    agent: claude,
    end: bad("API Error: Request rejected (429)", { apiStatus: 429 }),
    is: "agent_failed",
  },
  "too long for the model": {
    agent: claude,
    end: bad("Prompt is too long", { reason: "blocking_limit" }),
    is: "agent_refused",
    hint: /compact/,
  },
  "too long for the pipe": {
    agent: claude,
    exit: exit(1),
    stderr:
      "Error: piped stdin input exceeds 10MB. Pass large content as a file path in your prompt instead.",
    is: "prompt_too_long",
  },
  "an interruption without words": {
    agent: claude,
    end: { isError: true, reason: "error_during_execution" },
    exit: exit(0),
    is: "agent_failed",
    message: "Claude Code ended its turn early (error_during_execution).",
  },
  "a lost conversation, in the result": {
    agent: claude,
    end: bad(`No conversation found with session ID: ${ID}`),
    exit: exit(1),
    is: "conversation_lost",
    message: `Claude Code no longer has this conversation: No conversation found with session ID: ${ID}.`,
  },
  "a lost conversation, on stderr": {
    agent: claude,
    exit: exit(1),
    stderr: `No conversation found with session ID: ${ID}\n`,
    is: "conversation_lost",
  },
  "an id in use": {
    agent: claude,
    exit: exit(1),
    stderr: `Error: Session ID ${ID} is already in use.\n`,
    is: "agent_refused",
    message: /already in use\.$/,
    hint: /continue it/,
  },
  "an unknown option": {
    agent: claude,
    exit: exit(1),
    stderr: "error: unknown option '--nosuch'\n",
    is: "agent_refused",
    message: "Claude Code refused its command line: error: unknown option '--nosuch'.",
  },
  root: {
    agent: claude,
    exit: exit(1),
    stderr: "--dangerously-skip-permissions cannot be used with root/sudo privileges for security reasons\n",
    is: "agent_refused",
  },
  "noise is no reason": {
    agent: claude,
    exit: exit(1),
    stderr: '[claude-code:unrecognized_model] {"model":"x"}\nWarning: Unknown --effort\n',
    is: "agent_failed",
    message: "Claude Code exited with code 1 and without a result.",
  },
  "exit 0 without a result": {
    agent: claude,
    exit: exit(0),
    is: "agent_failed",
    message: "Claude Code ended without a result, although it exited with code 0.",
  },
  "exit 1 without a word": {
    agent: claude,
    exit: exit(1),
    is: "agent_failed",
    message: "Claude Code exited with code 1 and without a result.",
  },
  "the last few lines, where none is an error": {
    agent: claude,
    exit: exit(1),
    stderr: "one\n\ntwo\nthree\nfour\n",
    is: "agent_failed",
    message: "Claude Code failed: two three four.",
  },
  killed: {
    agent: claude,
    exit: { signal: "SIGKILL" },
    stderr: "Not logged in",
    is: "agent_failed",
    message: "Claude Code was killed by SIGKILL before it gave a result.",
  },
  "127": {
    agent: claude,
    exit: exit(127),
    stderr: "sh: 1: exec: claude: not found\n",
    is: "agent_missing",
    message: "Claude Code could not be started: sh: 1: exec: claude: not found.",
    hint: /npm install -g @anthropic-ai\/claude-code/,
  },
  "126": {
    agent: codex,
    exit: exit(126),
    is: "agent_missing",
    message: "Codex could not be started.",
    hint: /@openai\/codex/,
  },
  "nothing known": { agent: codex, is: "agent_failed", message: "Codex ended without reporting a result." },
  "an exit that nobody saw": {
    agent: codex,
    exit: {},
    is: "agent_failed",
    message: "Codex ended without reporting a result.",
  },
  "codex: nobody saw it, but stderr tells": {
    agent: codex,
    stderr: `Error: no rollout found for thread id ${ID}`,
    is: "conversation_lost",
  },
  "codex: 401": {
    agent: codex,
    end: bad("unexpected status 401 Unauthorized: x", { apiStatus: 401 }),
    is: "not_signed_in",
    hint: /codex login/,
  },
  "codex: no key": {
    agent: codex,
    end: bad("Missing environment variable: `LOOPBACK_KEY`."),
    is: "not_signed_in",
    message: "Codex is not signed in: Missing environment variable: `LOOPBACK_KEY`.",
  },
  "codex: an expired sign-in": {
    agent: codex,
    end: bad("Your access token could not be refreshed. Please log out and sign in again."),
    is: "not_signed_in",
  },
  "codex: a lost thread": {
    agent: codex,
    exit: exit(1),
    stderr: `Error: thread/resume: thread/resume failed: no rollout found for thread id ${ID} (code -32600)`,
    is: "conversation_lost",
  },
  "codex: another writer, below its own log": {
    agent: codex,
    exit: exit(1),
    is: "busy",
    stderr: `2026-11-21T08:33:12.245558Z ERROR codex_core: thread-store conflict\nError: thread/resume: thread/resume failed: thread ${ID} already has an active writer (code -32600)\n`,
    message: `Codex is already working in this conversation elsewhere: Error: thread/resume: thread/resume failed: thread ${ID} already has an active writer (code -32600).`,
  },
  "codex: no git": {
    agent: codex,
    exit: exit(1),
    stderr:
      "WARNING: proceeding, even though we could not create PATH aliases\nNot inside a trusted directory and --skip-git-repo-check was not specified.\n",
    is: "agent_refused",
    message: /: Not inside a trusted directory and --skip-git-repo-check was not specified\.$/,
    hint: /git init.*argument --skip-git-repo-check/,
  },
  "codex: an unknown option": {
    agent: codex,
    exit: exit(2),
    stderr: "error: unexpected argument '--nosuch' found\n\n  tip: x\n\nUsage: codex exec\n",
    is: "agent_refused",
    message: /'--nosuch' found\.$/,
  },
  "codex: a request that the service refuses": {
    agent: codex,
    end: bad('{"error":{"message":"stop","type":"invalid_request_error"}}'),
    is: "agent_refused",
  },
  "codex: colours are taken off": {
    agent: codex,
    exit: exit(1),
    stderr: "\u001b[31mError:\u001b[0m boom",
    is: "agent_failed",
    message: "Codex failed: Error: boom.",
  },
  "codex: SIGINT, which it turns into 1 without a word": {
    agent: codex,
    exit: exit(1),
    stderr: "Reading prompt from stdin...\n",
    is: "agent_failed",
    message: "Codex exited with code 1 and without a result.",
  },
  "copilot: nobody has signed in": {
    agent: copilot,
    exit: exit(1),
    stderr:
      "Error: No authentication information found.\n\nCopilot can be authenticated with GitHub using an OAuth Token.\n\nTo authenticate, you can use any of the following methods:\n  • Run 'gh auth login'\n",
    is: "not_signed_in",
    message: "GitHub Copilot is not signed in: Error: No authentication information found.",
    hint: /COPILOT_GITHUB_TOKEN/,
  },
  "copilot: offline without a provider": {
    agent: copilot,
    exit: exit(1),
    stderr: "Offline mode requires a local model provider. Set COPILOT_PROVIDER_BASE_URL to configure one.\n",
    is: "not_signed_in",
  },
  "copilot: an effort that it does not know": {
    agent: copilot,
    exit: exit(1),
    stderr:
      "error: invalid value 'bogus' for '--reasoning-effort <level>'\n  [possible values: none, minimal]\n\nFor more information, try '--help'.\n",
    is: "agent_refused",
    message: /'bogus' for '--reasoning-effort <level>'\.$/,
  },
  "copilot: a prompt that the model has no room for": {
    agent: copilot,
    end: bad(
      "Request exceeds the model's prompt budget after reserving output (2011153 tokens; limit 922000).",
    ),
    exit: exit(1),
    is: "agent_refused",
    hint: /\/compact/,
  },
  "copilot: ended by SIGTERM, with exit code 0": {
    agent: copilot,
    exit: exit(0),
    stderr: "Error executing prompt: Error: Cannot invoke native session after disposal has started\n",
    is: "agent_failed",
    message: "GitHub Copilot ended without a result, although it exited with code 0.",
  },
  "copilot: cut off, with exit code 0": {
    agent: copilot,
    end: { isError: true, reason: "user_initiated" },
    exit: exit(0),
    is: "agent_failed",
    message: "GitHub Copilot ended its turn early (user_initiated).",
  },
};

for (const [title, row] of Object.entries(ROWS)) {
  test(`diagnose: ${title}`, () => {
    const folded = startFold();
    if (row.end !== undefined) folded.end = row.end;
    const failure = diagnose(row.agent, folded, row.exit, row.stderr ?? "");
    assert.equal(failure?.code, row.is, failure?.message);
    if (typeof row.message === "string") assert.equal(failure?.message, row.message);
    if (row.message instanceof RegExp) assert.match(failure?.message ?? "", row.message);
    if (row.hint !== undefined) assert.match(failure?.hint ?? "", row.hint);
  });
}

test("a message stays short however long the agent's words are", () => {
  const folded = { ...startFold(), end: bad("😀".repeat(100_000)) };
  const message = diagnose(claude, folded, undefined, "")?.message ?? "";
  assert.ok(message.length < 1100);
  assert.ok(message.isWellFormed());
});
