import { MOST_ATTEMPTS } from "../../src/domain/turn/line.ts";
import type { Call } from "./calls.ts";
import type { Accepted } from "./client.ts";
import type { Rows, TurnRow } from "./rows.ts";

/** What was found of the turns that were accepted. */
export interface Found {
  losses: string[];
  /** The turns that did not succeed, in words. */
  unsuccessful: string[];
  /** The turns that were asked of an agent more than once. */
  twice: string[];
}

/**
 * Compares what was accepted with the rows and with what the agents themselves have written down: each turn has one end and
 * one line in the journal, in order; an answer is that of a call which held exactly what was recorded before; and nothing
 * was asked twice where that was not allowed.
 */
export function check(accepted: readonly Accepted[], rows: Rows, calls: ReadonlyMap<string, Call[]>): Found {
  const losses: string[] = [];
  const unsuccessful: string[] = [];
  const twice: string[] = [];
  const prompts = new Map(accepted.map(({ turnId, prompt }) => [turnId, prompt]));
  for (const asked of accepted) {
    const row = rows.turns.get(asked.turnId);
    const told = `${asked.prompt} of ${asked.name} (${asked.turnId})${nowOf(row)}`;
    const lose = (what: string) => losses.push(`${told}: ${what}`);
    if (row === undefined) {
      lose("it is gone");
      continue;
    }
    const asks = calls.get(asked.prompt) ?? [];
    if (row.outcome !== "succeeded") unsuccessful.push(told);
    if (asks.length > 1) twice.push(told);
    for (const what of flawsOf(asked, row, asks)) lose(what);
    const journal = rows.journals.get(row.sessionId ?? "") ?? [];
    const lines = journal.filter(({ turnId }) => turnId === asked.turnId).length;
    if (lines !== 1) lose(`the journal has it ${lines} times`);
    const before = journal.slice(
      0,
      journal.findIndex(({ turnId }) => turnId === asked.turnId),
    );
    const answer = asks.find(({ call }) => row.text === `${asked.prompt}: ${call}`);
    if (row.outcome === "succeeded" && answer !== undefined)
      for (const what of flawsOfSeen(answer, before, prompts)) lose(what);
  }
  losses.push(...flawsOfOrder(rows));
  for (const lane of rows.undone) losses.push(`the line ${lane} is not done`);
  for (const ticket of rows.tickets) losses.push(`a ticket is left: ${ticket}`);
  return { losses, unsuccessful, twice };
}

function* flawsOf(
  { prompt, onUnknown }: Accepted,
  { state, attempt, outcome, text }: TurnRow,
  asks: readonly Call[],
): Generator<string> {
  if (state !== "ended") yield `it is ${state}`;
  const most = onUnknown === "fail" ? 1 : MOST_ATTEMPTS;
  if (asks.length > most) yield `it was asked ${asks.length} times, with --on-unknown ${onUnknown}`;
  if (asks.length > attempt) yield `it was asked ${asks.length} times in ${attempt} attempts`;
  if (outcome === "succeeded") {
    const answer = asks.find(({ call }) => text === `${prompt}: ${call}`);
    if (answer === undefined) yield `its answer is of no call: ${text}`;
    else if (!answer.hasEnded) yield "its answer is of a call that did not come to its end";
  } else if (attempt < 2 || (outcome === "unknown" && onUnknown === "resend" && attempt <= MOST_ATTEMPTS))
    yield `it is ${outcome} in attempt ${attempt}, with --on-unknown ${onUnknown}`;
}

/** What was recorded as answered before is in the transcript, once and in order; what is unknown is not. */
function* flawsOfSeen(
  { seen }: Call,
  before: readonly { turnId: string; outcome: string | null }[],
  prompts: ReadonlyMap<string, string>,
): Generator<string> {
  const of = (outcomes: (outcome: string | null) => boolean) =>
    before.flatMap(({ turnId, outcome }) => (outcomes(outcome) ? (prompts.get(turnId) ?? []) : []));
  const answered = of((outcome) => outcome === "succeeded");
  const unknown = of((outcome) => outcome === "unknown");
  const known = seen.filter((prompt) => answered.includes(prompt));
  if (JSON.stringify(known) !== JSON.stringify(answered))
    yield `its transcript held ${known.join(", ")}; recorded before it were ${answered.join(", ")}`;
  for (const prompt of seen.filter((one) => unknown.includes(one)))
    yield `its transcript held ${prompt}, which is unknown`;
  for (const prompt of seen)
    if (!before.some(({ turnId }) => prompts.get(turnId) === prompt)) yield `its transcript held ${prompt}`;
}

function* flawsOfOrder({ turns, journals }: Rows): Generator<string> {
  for (const [sessionId, lines] of journals) {
    const places = lines.map(({ turnId }) => turns.get(turnId)?.seq ?? 0);
    if (places.some((seq, at) => seq <= (places[at - 1] ?? 0)))
      yield `the journal of ${sessionId} has the turns ${places.join(" ")}`;
  }
}

function nowOf(row: TurnRow | undefined): string {
  if (row === undefined) return "";
  const { outcome, state, attempt, failure } = row;
  return `, ${outcome ?? state} in attempt ${attempt}${failure === null ? "" : ` (${failure})`}`;
}
