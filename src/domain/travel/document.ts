import type { Outcome } from "../turn/turn.ts";

/** A conversation as people read it. */
export interface TravelDocument {
  name: string;
  /** The agent, as people call it. */
  agent: string;
  /** ISO 8601. */
  exportedAt: string;
  model?: string | undefined;
  role?: string | undefined;
  /** In order. */
  parts: DocumentPart[];
}

/** A turn, or what was said between two turns by others; that has no outcome. */
export interface DocumentPart {
  prompt: string;
  /** Empty if there was no answer. */
  text: string;
  outcome?: Outcome | undefined;
  /** Why the turn failed, in words. */
  failure?: string | undefined;
  /** When it began; ISO 8601. */
  at?: string | undefined;
  usage?: { inputTokens: number; outputTokens: number; costUsd?: number | undefined } | undefined;
}
