import type { TranscriptStore } from "../domain/session/transcript-store.ts";
import type { SessionStore } from "../domain/store.ts";
import type { TurnLine } from "../domain/turn/line.ts";
import type { StoreAddress } from "../stores/store-address.ts";

/** The line of turns that machines share, for commands of this one. */
export interface SharedLine {
  /** Connects with the first call. */
  open(): Promise<TurnLine>;
  /** What a folder is called on every machine. @throws AppError `usage` */
  idOf(folder: string): string;
}

/** What machines share. */
export interface Shared {
  store: SessionStore;
  line: TurnLine;
  transcripts: TranscriptStore;
  close(): Promise<void>;
}

export interface SharedOptions {
  /** This process, as holders of locks are told. */
  self: unknown;
  now(): Date;
  /** The name of a worker. */
  worker?: string | undefined;
  /** How long a worker may give no sign of life. */
  leaseS?: number | undefined;
}

/** Opens what machines share. @throws AppError `state_unreadable`, `state_newer` */
export type OpenShared = (address: StoreAddress, options: SharedOptions) => Promise<Shared>;
