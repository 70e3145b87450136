import type { AppErrorCode } from "../domain/errors.ts";
import type { Folded } from "../domain/turn/fold.ts";
import type { AgentExit, TurnFailure } from "../domain/turn/turn.ts";

/** One failure that an agent's own words give away. */
export interface FailureRule {
  /** Matches what the agent said. */
  words?: RegExp;
  /** Or: the HTTP statuses of the model's service that mean this failure. */
  statuses?: readonly number[];
  code: AppErrorCode;
  /** Completes "Claude Code …" or "Codex …"; the agent's words follow it. */
  says: string;
  hint?: string;
}

/** How an agent's failures read. The first rule that matches decides. */
export interface FailureTable {
  title: string;
  rules: readonly FailureRule[];
  /** Advice about the agent's own command line, which nobody types here. */
  advice?: RegExp;
  /** Lines on stderr that an agent also writes when all is well. */
  noise: RegExp;
  installHint: string;
}

const MAX_WORDS = 1000;
/** So much of what an agent says of its failure is looked at: searching megabytes takes seconds. */
const MAX_LOOKED_AT = 64 * 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour code
const COLOUR = /\u001b\[[0-9;]*m/g;
const KEY = /\bsk-[\w*-]{6,}/g;

/**
 * Works out why a turn failed, or returns undefined when it did not. The agent's terminal event decides
 * first, then its words on stderr, then how its process ended.
 */
export function diagnoseBy(
  table: FailureTable,
  folded: Folded,
  exit: AgentExit | undefined,
  stderr: string,
): TurnFailure | undefined {
  const { title } = table;
  const { end } = folded;
  const onStderr = wordsOnStderr(stderr, table.noise);
  if (end !== undefined && !end.isError) {
    return failsAfterResult(exit)
      ? failure("agent_failed", `${title} gave a result but exited with code ${exit?.code}`, onStderr)
      : undefined;
  }
  if (end === undefined && exit?.signal !== undefined) {
    return failure("agent_failed", `${title} was killed by ${exit.signal} before it gave a result`);
  }

  const said = end?.text?.slice(0, MAX_LOOKED_AT).trim() || onStderr;
  const words = table.advice === undefined ? said : said.replace(table.advice, "").trim();
  const status = end?.apiStatus;
  const rule = table.rules.find(
    (rule) => (status !== undefined && rule.statuses?.includes(status)) || rule.words?.test(words),
  );
  if (rule !== undefined) return failure(rule.code, `${title} ${rule.says}`, words, rule.hint);

  if (end !== undefined) {
    if (words !== "") return failure("agent_failed", `${title} failed`, words);
    return failure("agent_failed", `${title} broke off its turn (${end.reason ?? "no reason given"})`);
  }
  const code = exit?.code;
  if (code === 126 || code === 127) {
    return failure("agent_missing", `${title} could not be started`, words, table.installHint);
  }
  if (code === undefined) {
    return failure("agent_failed", `${title} ended without reporting a result`, words);
  }
  if (code === 0) {
    return failure("agent_failed", `${title} ended without a result, although it exited with code 0`, words);
  }
  if (words !== "") return failure("agent_failed", `${title} failed`, words);
  return failure("agent_failed", `${title} exited with code ${code} and without a result`);
}

/**
 * Whether the exit takes back a result that was given. Codes above 128 stand for a signal: something ended
 * the agent when it had already answered, and the answer holds.
 */
function failsAfterResult(exit: AgentExit | undefined): boolean {
  return exit?.code !== undefined && exit.code > 0 && exit.code <= 128;
}

/** The lines that tell most: the last one that calls itself an error, else the last few that fit. */
function wordsOnStderr(stderr: string, noise: RegExp): string {
  const lines = stderr
    .replace(COLOUR, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !noise.test(line));
  const named = lines.findLast((line) => /^(?:error|fatal)\b/i.test(line));
  if (named !== undefined) return named;
  const few = lines.slice(-3);
  // What is too long is cut at its end, and the last words tell more than those before them.
  while (few.length > 1 && few.join(" ").length > MAX_WORDS) few.shift();
  return few.join(" ");
}

function failure(code: AppErrorCode, head: string, words = "", hint?: string): TurnFailure {
  // A provider's answer to a wrong key may repeat the key.
  let tail = words.replaceAll(/\s+/g, " ").trim().replace(KEY, "[key]");
  if (tail.length > MAX_WORDS) tail = `${tail.slice(0, MAX_WORDS).toWellFormed()}…`;
  const sentence = tail === "" ? head : `${head}: ${tail}`;
  const message = /[.!?\u2026]$/.test(sentence) ? sentence : `${sentence}.`;
  return hint === undefined ? { code, message } : { code, message, hint };
}
