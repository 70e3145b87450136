import type { SessionStore } from "../domain/store.ts";
import type { Cancellation } from "../domain/turn/cancellation.ts";
import type { LineOrder, LineTurn, Serves } from "../domain/turn/line.ts";
import { Bell } from "./bell.ts";
import type { PieceShelf } from "./transcripts.ts";

/** The line of a conversation. */
export interface Lane {
  agent: string;
  workspace: string;
  sessionId: string | undefined;
  turns: Row[];
}

/** A turn, in any state. */
export interface Row {
  lane: Lane;
  order: LineOrder;
  state: LineTurn["state"];
  attempt: number;
  worker?: string | undefined;
  begunAt?: string | undefined;
  waitsBecause?: string | undefined;
  cancellation?: Cancellation | undefined;
  result?: LineTurn["result"];
  patch?: Uint8Array | undefined;
  said: Uint8Array[];
  saidAt?: string | undefined;
  /** Whoever has it now. */
  claim?: { lost: AbortController; cancelled: AbortController; aliveMs: number } | undefined;
  /** Given back: not before this. */
  notBeforeMs: number;
}

/** What the machines of a line share, in the memory of one process. */
export class MemoryTurns {
  readonly rows = new Map<string, Row>();
  readonly lanes: Lane[] = [];
  readonly bell = new Bell();
  /** What those who work take. */
  readonly serving = new Set<Serves>();

  /** Without a shelf, nobody keeps the transcripts. */
  constructor(
    readonly store: SessionStore,
    readonly pieces?: Pick<PieceShelf, "append"> | undefined,
  ) {}
}
