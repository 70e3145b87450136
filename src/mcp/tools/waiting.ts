import { AGENT, NAME, TURN_ID, WORKSPACE } from "../common-fields.ts";
import { lineOf } from "../line.ts";
import type { Tool, ToolAnswer, ToolCall } from "../tool.ts";
import { answerOf, failed, WORDS_OF_OTHERS } from "./answers.ts";

/** How often the client is told what the turn does. */
const PROGRESS_MS = 5_000;

export const wait: Tool = {
  name: "wait",
  title: "Wait for the answer of another agent",
  description:
    "Waits for a turn and answers with its text. A turn may take an hour: where the state is running, call wait again with the same turn_id, as often as you like. You can wait for several turns side by side.",
  fields: [
    NAME,
    TURN_ID,
    {
      name: "wait_ms",
      type: "integer",
      least: 0,
      description:
        "Answer after this time at the latest, with what the turn does. Default: as long as your client allows.",
    },
    AGENT,
    WORKSPACE,
  ],
  hints: { readOnlyHint: true, destructiveHint: false, openWorldHint: false, idempotentHint: true },
  isAlwaysLoaded: true,
  call: waitForTurn,
};

/** Waits for one slice. */
export async function waitForTurn(call: ToolCall): Promise<ToolAnswer> {
  const { args, signal, sliceMs } = call;
  const waitMs = Math.min(typeof args.wait_ms === "number" ? args.wait_ms : sliceMs, sliceMs);
  const asked = lineOf("wait", [args.name], [TURN_ID, AGENT, WORKSPACE], args);
  const [verb = "", ...rest] = asked;
  const over = new AbortController();
  const reporting = report(call, over.signal);
  try {
    const { json, error } = await call.run({ argv: [verb, `--timeout=${waitMs}ms`, ...rest], signal });
    if (error?.code === "still_running") return running(call, error.turn_id);
    if (error !== undefined) return failed(error);
    return ended(json ?? {});
  } finally {
    over.abort();
    await reporting;
  }
}

function ended(json: Record<string, unknown>): ToolAnswer {
  const { text, ...rest } = json;
  return answerOf({ json: { state: "ended", outcome: rest.outcome, note: WORDS_OF_OTHERS, text, ...rest } });
}

async function running(call: ToolCall, turnId: unknown): Promise<ToolAnswer> {
  const { name } = call.args;
  const turn = await turnNow(call, turnId);
  return answerOf({
    json: {
      state: "running",
      name,
      turn_id: turnId,
      since: turn?.since ?? null,
      doing: turn?.doing ?? null,
      next: "Call wait again with this name and turn_id. The turn runs on meanwhile.",
    },
  });
}

/** Tells the client every few seconds what the turn does, until `over`. */
async function report(call: ToolCall, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await pause(PROGRESS_MS, over);
    if (over.aborted) return;
    const turn = await turnNow(call, call.args.turn_id);
    if (over.aborted) return;
    // A client that has gone meanwhile hears nothing.
    await call.progress(describe(turn)).catch(() => undefined);
  }
}

function pause(ms: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    over.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      over.removeEventListener("abort", done);
      resolve();
    }
  });
}

interface TurnNow {
  turn_id?: unknown;
  reason?: unknown;
  since?: unknown;
  doing?: { what?: unknown; tools?: unknown; about?: unknown } | null;
}

/** Returns what `status` says of a turn of the name; undefined once it has ended. */
async function turnNow({ args, run }: ToolCall, turnId: unknown): Promise<TurnNow | undefined> {
  const { json } = await run({ argv: lineOf("status", [args.name], [AGENT, WORKSPACE], args) });
  const turns = Array.isArray(json?.turns) ? (json.turns as TurnNow[]) : [];
  return turns.find((turn) => turnId === undefined || String(turn.turn_id).startsWith(String(turnId)));
}

function describe(turn: TurnNow | undefined): string {
  if (turn === undefined) return "The turn is about to end.";
  const { doing, reason } = turn;
  if (!Array.isArray(doing?.tools)) return String(doing?.what ?? reason);
  const tools = doing.tools.join(", ");
  return typeof doing.about === "string" ? `${tools}: ${doing.about}` : tools;
}
