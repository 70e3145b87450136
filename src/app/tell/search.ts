import type { Workspaces } from "../../domain/names/workspaces.ts";
import type { Outcome } from "../../domain/turn/turn.ts";
import type { Context } from "../context.ts";

export interface SearchRequest {
  /** A turn is a hit if its prompt and its answer together have all of them. Each may have blanks, as a phrase has. */
  words: readonly string[];
  workspace: Workspaces;
  agent?: string | undefined;
  /** Only what was said since then. */
  since?: Date | undefined;
  /** At most so many hits. Default: 20. */
  limit?: number | undefined;
  /** Search the agents' own transcripts of conversations that have no name, instead of our journals. */
  isUnnamed?: boolean | undefined;
}

/** A part of a text on one line, with the words that were looked for. */
export interface Snippet {
  text: string;
  /** Where they stand in `text`: in UTF-16 code units, in order, without overlap. */
  marks: { start: number; end: number }[];
}

/** A turn that has all the words; of a conversation without a name, the last exchange that does. */
export interface SearchHit {
  /** The name of the conversation, or the last name that it had. Absent if it never had one. */
  name?: string | undefined;
  /** Whether that name is removed by now. */
  isRemoved: boolean;
  agent: string;
  workspace: string;
  sessionId: string;
  /** Absent in a conversation without a name. */
  turnId?: string | undefined;
  /** When the turn ended; of a conversation without a name, when it was last written to. ISO 8601. */
  at: string;
  outcome?: Outcome | undefined;
  /** Where the snippet comes from. */
  saidIn: "prompt" | "answer";
  snippet: Snippet;
  /** What continues the conversation, as this surface words it: send, restore for a removed name, or adopt. */
  next: string;
}

export interface SearchResult {
  /** Newest first. */
  hits: SearchHit[];
  /** Whether there are more than the limit. */
  hasMore: boolean;
}

/** Finds what was said, in turns that have ended. @throws AppError `usage` without a word */
export async function search(_context: Context, _request: SearchRequest): Promise<SearchResult> {
  throw new Error("not built yet");
}
