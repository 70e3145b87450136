import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { diagnose } from "../../src/agents/diagnosis.ts";
import { agents } from "../../src/agents/index.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import type { AppErrorCode } from "../../src/domain/errors.ts";
import { parseJson } from "../../src/domain/parse-json.ts";
import { foldEvent, startFold } from "../../src/domain/turn/fold.ts";
import { REPOSITORY } from "../support/environment.ts";
import { FAILURES, type RecordedFailure } from "../support/failures/failures.ts";

const ID = "01a1fd3c-dfcd-7af2-81bb-74314c812d77";

function recordsOf({ name }: Agent): RecordedFailure[] {
  const text = readFileSync(join(REPOSITORY, `test/fixtures/failures/${name}.jsonl`), "utf8");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedFailure);
}

/** Failures of which an agent says only that there was no answer: what they mean can't be known. */
const UNTOLD: Record<string, (keyof typeof FAILURES)[]> = { kimi: ["400", "unknown model"] };

/** Those that are one program: the words of any other one are known to nobody. */
const RECORDED = Object.values(agents).filter(({ executable }: Agent) => executable !== "") as Agent[];

function whyNoRecords({ name }: Agent): string | false {
  if (existsSync(join(REPOSITORY, `test/fixtures/failures/${name}.jsonl`))) return false;
  return `nothing of ${name} is recorded: npm run agents -- failures ${name}`;
}

for (const agent of RECORDED)
  test(`${agent.name}: what it says of each failure means the same as what any other agent says of it`, {
    skip: whyNoRecords(agent),
  }, () => {
    const records = recordsOf(agent);
    const endless = records.filter(({ isEndless }) => isEndless).map(({ what }) => what);
    const untold: string[] = UNTOLD[agent.name] ?? [];
    const ended = Object.entries(FAILURES)
      .filter(([what]) => !endless.includes(what))
      .map(([what, code]) => [what, untold.includes(what) ? "agent_failed" : code]);
    const told = records
      .filter(({ isEndless }) => !isEndless)
      .map(({ what, code, stdout, stderr }) => {
        const folded = startFold();
        for (const line of stdout) for (const event of agent.read(parseJson(line))) foldEvent(folded, event);
        const failure = diagnose(agent, folded, code === null ? undefined : { code }, stderr);
        return [what, failure?.code];
      });
    assert.deepEqual(
      Object.fromEntries(told),
      Object.fromEntries(ended),
      "npm run agents -- failures records them anew",
    );
  });

/** What else its rules recognise: what is not in the records, with what it means. */
const OTHERS: Record<string, [words: string, code: AppErrorCode][]> = {
  claude: [
    // Seen.
    ["That session is running in the background (db06753e). Run `claude attach db06753e` to open it", "busy"],
    [`Error: Session ID ${ID} is already in use.`, "agent_refused"],
    ["Error: piped stdin input exceeds 10MB. Pass large content as a file path instead.", "prompt_too_long"],
    ["--dangerously-skip-permissions cannot be used with root/sudo privileges", "agent_refused"],
    ["API Error: 401 Invalid API key · Please run /login", "not_signed_in"],
    // Texts in the program of 2.1.332.
    ["Invalid auth token · Fix external auth token", "not_signed_in"],
    ["Authentication required · Sign in again to continue", "not_signed_in"],
    ["Login expired · Run /login to sign in again", "not_signed_in"],
    ["Failed to authenticate: OAuth token revoked. Please log in again.", "not_signed_in"],
  ],
  codex: [
    // Seen.
    [`thread ${ID} already has an active writer (code -32600)`, "busy"],
    ["Not inside a trusted directory and --skip-git-repo-check was not specified.", "agent_refused"],
    ["Your access token could not be refreshed. Please log out and sign in again.", "not_signed_in"],
    ["Input exceeds the maximum length of 1048576 characters.", "prompt_too_long"],
    // Texts in the program of 0.171.0.
    ["Not signed in. Please run 'codex login' to sign in.", "not_signed_in"],
    ["Error loading config.toml: x", "agent_refused"],
    ["Codex ran out of room in the model's context window.", "agent_refused"],
  ],
  kimi: [
    // Words of our own program that runs its turn.
    ["can't continue what it begins", "unsupported"],
    ["another agent: goose", "conversation_changed"],
    ["answered elsewhere: session_1", "conversation_changed"],
    // What other agents say over ACP.
    ["auth_required", "not_signed_in"],
    ["You are not logged in.", "not_signed_in"],
    ["Authentication failed", "not_signed_in"],
  ],
  copilot: [
    // Seen.
    ["Error: No authentication information found.", "not_signed_in"],
    [
      "Offline mode requires a local model provider. Set COPILOT_PROVIDER_BASE_URL to configure one.",
      "not_signed_in",
    ],
    [
      "Request exceeds the model's prompt budget after reserving output (2 tokens; limit 1).",
      "agent_refused",
    ],
    // Texts in the program of 1.0.102.
    ["Authentication failed due to invalid credentials", "not_signed_in"],
    ["Authentication token found but could not be validated.", "not_signed_in"],
    ["Authentication required", "not_signed_in"],
    ["No such agent: x, available: y", "agent_refused"],
    ["Error: No supported model available", "agent_refused"],
    ['Error: Model "x" is not available', "agent_refused"],
  ],
  gemini: [
    // Seen.
    [`Error resuming session: Invalid session identifier "${ID}".`, "conversation_lost"],
    ["Error resuming session: No previous sessions found for this project.", "conversation_lost"],
    [
      `Error starting session: Session ID "${ID}" already exists. Use --resume to resume it.`,
      "agent_refused",
    ],
    ["Gemini CLI is not running in a trusted directory. To proceed, either use x", "agent_refused"],
    // Texts in the program of 0.61.0, and of its service.
    ["API key not valid. Please pass a valid API key.", "not_signed_in"],
    ["The auth type 'x' is enforced, but no authentication is configured.", "not_signed_in"],
    ["When using Gemini API, you must specify the GEMINI_API_KEY environment variable.", "not_signed_in"],
    ["Please set an Auth method in your PLACE/settings.json", "not_signed_in"],
    ["Invalid values:", "agent_refused"],
    ["Exiting due to command result that is not supported in non-interactive mode.", "agent_refused"],
    ["Exiting due to a confirmation prompt requested by the command.", "agent_refused"],
    ["Exiting due to an error processing the @ command.", "agent_refused"],
  ],
  qwen: [
    // Seen.
    [
      `Error: Session Id ${ID} already exists (active or archived). Delete or unarchive it first.`,
      "agent_refused",
    ],
    ['Invalid --session-id: "abc". Must be a valid UUID', "agent_refused"],
    ["Cannot use --session-id with --continue or --resume.", "agent_refused"],
    [
      "Model produced plain text instead of calling the structured_output tool as required by --json-schema",
      "schema_not_met",
    ],
    // Texts in the program of 0.24.4.
    [
      "--json-schema root must accept object-typed values (tool parameters are always JSON objects).",
      "agent_refused",
    ],
    ["--json-schema is not a valid JSON Schema: x", "agent_refused"],
    ["--json-schema must be a JSON object describing a schema.", "agent_refused"],
    [`Failed to fork session ${ID}: Source session not found or empty: ${ID}`, "conversation_lost"],
    [`Source session does not belong to current project: ${ID}`, "agent_refused"],
    ["No auth type is selected. Please configure an auth type", "not_signed_in"],
    ["Please re-authenticate with the correct type.", "not_signed_in"],
    ["Missing API key for OpenAI-compatible auth.", "not_signed_in"],
    ["This model's maximum context length is 100 tokens", "agent_refused"],
  ],
  opencode: [
    // Seen.
    ["Error: Session not found", "conversation_lost"],
    ["This model's maximum context length is 10 tokens.", "agent_refused"],
    ["prompt is too long", "agent_refused"],
    ["Unexpected server error. Check server logs for details.", "agent_failed"],
    // Texts in the program of 1.18.33.
    ["OpenAI API key is missing. Pass it using the 'apiKey' parameter.", "not_signed_in"],
    [
      "Session too large to compact - context exceeds model limit even after stripping media",
      "agent_refused",
    ],
    ["Your input exceeds the context window of this model.", "agent_refused"],
    ["Model not found: a/b.", "agent_refused"],
    ["Configuration is invalid at /home/dev/opencode.json", "agent_refused"],
  ],
};

for (const agent of RECORDED)
  test(`${agent.name}: there is a line for all that its rules recognise`, {
    skip: whyNoRecords(agent),
  }, () => {
    const others = OTHERS[agent.name] ?? [];
    for (const [words, code] of others)
      assert.equal(diagnose(agent, startFold(), { code: 1 }, words)?.code, code, words);
    const recorded = recordsOf(agent).flatMap(({ stdout, stderr }) => [
      ...stdout.flatMap((line) => agent.read(parseJson(line))).map((event) => "text" in event && event.text),
      ...stderr.split("\n"),
    ]);
    const lines = [...recorded, ...others.map(([words]) => words)].map(String);
    const unproven = agent.failures.rules.flatMap(({ words }) =>
      alternativesOf(words).filter((one) => !lines.some((line) => one.test(line))),
    );
    assert.deepEqual(unproven, []);
  });

/** Returns what a pattern recognises, one by one. */
function alternativesOf(pattern: RegExp | undefined): RegExp[] {
  if (pattern === undefined) return [];
  const found = [""];
  let depth = 0;
  for (const [part = ""] of pattern.source.matchAll(/\\.|./g)) {
    if (part === "(") depth += 1;
    if (part === ")") depth -= 1;
    if (part === "|" && depth === 0) found.push("");
    else found.push(`${found.pop()}${part}`);
  }
  return found.map((source) => new RegExp(source, pattern.flags));
}
