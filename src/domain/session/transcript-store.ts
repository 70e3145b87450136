import type { SessionKey } from "./session.ts";

/** Where an agent's files of a conversation are on this machine. */
export interface LocalPlace {
  /** Absolute path at which the agent looks for the transcript. */
  transcript: string;
  /** Absolute path of the folder with its side files; absent for an agent that has none. */
  sideFolder?: string | undefined;
  /**
   * Returns other files here that the agent takes for the same conversation, such as an older copy under another date: while
   * they are there, it may continue from them. Default: none.
   */
  others?(): readonly string[];
}

/** The name of the transcript among the files of a conversation; side files are `side/` and their relative path. */
export const TRANSCRIPT = "transcript";

/** A part of one file, as it is in a store. */
export interface PieceHead {
  path: string;
  /** A file only grows within a generation; one that was rewritten begins a new one. The newest counts. */
  generation: number;
  /** Where the piece begins in the file; -1 for a file that is gone since this generation. */
  at: number;
  bytes: number;
  /** SHA-256 of the file up to the end of the piece. */
  uptoSha: Buffer;
}

export interface Piece extends PieceHead {
  data: Buffer;
}

/**
 * Keeps the agents' own files of conversations where all machines reach them. Whoever runs a turn has the conversation for
 * itself, so nobody else adds to it between `bring` and `append`.
 */
export interface TranscriptStore {
  /**
   * Makes the agent's files here what they were after the last turn that was recorded: what a turn has left that was not
   * recorded is cut off or removed, and only what is missing is fetched. A conversation without recorded files has none
   * afterwards.
   *
   * @throws AppError `state_unreadable`, `state_unwritable`
   */
  bring(key: SessionKey, place: LocalPlace): Promise<{ path: string; bytes: number; fetchedBytes: number }>;
  /**
   * Returns what the agent's files here have that was not recorded: the pieces for `append`, in order.
   *
   * @throws AppError `conversation_changed` where a transcript was recorded, and there is none here
   */
  growth(key: SessionKey, place: LocalPlace): Promise<Piece[]>;
  /**
   * Records pieces, all or none.
   *
   * @throws AppError `conversation_changed` if something else was recorded in their place meanwhile
   */
  append(key: SessionKey, pieces: readonly Piece[]): Promise<void>;
  /** Deletes all that is recorded of a conversation's files. */
  purge(key: SessionKey): Promise<void>;
}
