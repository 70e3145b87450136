import type { Cancellation } from "../../../domain/turn/cancellation.ts";
import type { LineOrder, LineOrderHead, LineTurn } from "../../../domain/turn/line.ts";
import type { TurnResult } from "../../../domain/turn/turn.ts";
import { withoutUndefined } from "../../../domain/without-undefined.ts";
import type { Seal } from "../seal.ts";

/** What a turn's row and its lane's say. */
export interface TurnRow {
  turn_id: string;
  lane: string;
  agent: string;
  session_id: string | null;
  workspace: string;
  seq: number;
  prompt: Buffer;
  sealed_by: string | null;
  request: unknown;
  state: LineTurn["state"];
  attempt: number;
  worker: string | null;
  begun_at: Date | null;
  waits_because: string | null;
  cancelled: Cancellation | null;
  result: unknown;
  ahead: number;
}

/** The columns of `TurnRow`, from `turn t join lane l using (lane)`. */
export const TURN_COLUMNS = `t.turn_id, t.lane, l.agent, l.session_id, l.workspace, t.seq, t.sealed_by, t.request, t.state,
  t.attempt, t.worker, t.begun_at, t.waits_because, t.cancelled, t.result`;

/** What is not in the row by itself. */
type Kept = Omit<LineOrderHead, "turnId" | "sessionId">;

export function keptOf({ turnId, prompt, sessionId, carried, ...kept }: LineOrder): Kept {
  return kept;
}

export function orderOf(row: Omit<TurnRow, "prompt" | "ahead">, seal: Seal): LineOrderHead {
  const kept = seal.openJson(row.request, requestPlace(row.turn_id)) as Kept;
  // The conversation is that of the lane, which it may have been moved to.
  const sessionId = kept.begins === undefined ? (row.session_id ?? undefined) : undefined;
  return { ...kept, turnId: row.turn_id, sessionId };
}

export function promptOf(
  { turn_id, prompt, sealed_by }: Pick<TurnRow, "turn_id" | "prompt" | "sealed_by">,
  seal: Seal,
): string {
  return seal.open({ data: prompt, sealedBy: sealed_by }, promptPlace(turn_id)).toString("utf8");
}

export function turnOf(row: TurnRow, seal: Seal): LineTurn {
  const { turn_id, state, attempt, worker, begun_at, waits_because, cancelled, session_id, result, ahead } =
    row;
  return withoutUndefined({
    order: orderOf(row, seal),
    state,
    ahead: state === "queued" ? ahead : 0,
    attempt,
    worker: worker ?? undefined,
    begunAt: begun_at?.toISOString(),
    waitsBecause: waits_because ?? undefined,
    cancellation: cancelled ?? undefined,
    sessionId: session_id ?? undefined,
    result: result === null ? undefined : (seal.openJson(result, resultPlace(turn_id)) as TurnResult),
  });
}

export const promptPlace = (turnId: string) => `turn/${turnId}/prompt`;
export const requestPlace = (turnId: string) => `turn/${turnId}/request`;
export const resultPlace = (turnId: string) => `turn/${turnId}/result`;
export const treePlace = (turnId: string, part: "before" | "after") => `tree/${turnId}/${part}`;
export const saidPlace = (turnId: string, attempt: number, n: number) => `said/${turnId}/${attempt}/${n}`;
