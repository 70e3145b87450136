import type { Agent } from "../domain/agent/agent.ts";
import type { AppErrorCode } from "../domain/errors.ts";
import type { Folded } from "../domain/turn/fold.ts";
import type { AgentExit, TurnFailure } from "../domain/turn/turn.ts";

const MAX_WORDS = 1000;
/** At most this many characters of the agent's message are searched: searching megabytes takes seconds. */
const MAX_LOOKED_AT = 64 * 1024;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character starts a colour code
const COLOUR = /\u001b\[[0-9;]*m/g;
const KEY = /\bsk-[\w*-]{6,}/g;

/**
 * Returns why a turn failed, or undefined if it did not fail. The agent's terminal event decides first.
 * Without one, the signal that killed the agent decides, then its words on stderr, then its exit code.
 *
 * @param exit absent when nobody saw the process end
 * @param stderr both ends of what the agent wrote there
 */
export function diagnose(
  { title, installHint, failures: table }: Agent,
  folded: Folded,
  exit: AgentExit | undefined,
  stderr: string,
): TurnFailure | undefined {
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
    return failure("agent_failed", `${title} ended its turn early (${end.reason ?? "no reason given"})`);
  }
  const code = exit?.code;
  if (code === 126 || code === 127) {
    return failure("agent_missing", `${title} could not be started`, words, installHint);
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
 * Whether the exit code turns a result into a failure. A code above 128 stands for a signal: the agent was
 * ended after it had answered, and its answer is valid.
 */
function failsAfterResult(exit: AgentExit | undefined): boolean {
  return exit?.code !== undefined && exit.code > 0 && exit.code <= 128;
}

/**
 * Returns the lines of stderr that say most: the last line that begins with "error" or "fatal", else as many
 * of the last three lines as fit.
 */
function wordsOnStderr(stderr: string, noise: RegExp | undefined): string {
  const lines = stderr
    .replace(COLOUR, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !noise?.test(line));
  const named = lines.findLast((line) => /^(?:error|fatal)\b/i.test(line));
  if (named !== undefined) return named;
  const few = lines.slice(-3);
  // `failure` cuts a long text at its end, but the last lines say more than the lines before them.
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
