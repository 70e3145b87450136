import type { SessionKey } from "../domain/session/session.ts";
import type { LocalPlace } from "../domain/session/transcript-store.ts";
import type { TurnLine } from "../domain/turn/line.ts";
import type { CollectedRows, RowRetention } from "../stores/postgres/deleting/collect.ts";
import type { PurgedRows, PurgeRequest } from "../stores/postgres/deleting/purge.ts";
import type { Shared, SharedOptions } from "../stores/postgres/open.ts";
import type { StoreAddress } from "../stores/store-address.ts";

export type { CollectedRows, PurgedRows, Shared };

/** The line of turns that machines share, for commands of this one. */
export interface SharedLine {
  /** Connects with the first call. */
  open(): Promise<TurnLine>;
  /** What a folder is called on every machine. @throws AppError `usage` */
  idOf(folder: string): string;
  /** Records the agent's files of a conversation as they are here, unless some were recorded before. */
  take(key: SessionKey, place: LocalPlace): Promise<void>;
  /** Deletes conversations with their name. @throws AppError `busy` */
  purge(request: PurgeRequest): Promise<PurgedRows>;
  /** Deletes what nobody can ask for any more. */
  collect(retention: RowRetention): Promise<CollectedRows>;
  /** Whether a folder is called something on every machine. */
  isKnown(folder: string): boolean;
  /** Ends the connections; the next call makes new ones. */
  close(): Promise<void>;
}

/** Opens what machines share. @throws AppError `state_unreadable`, `state_newer` */
export type OpenShared = (address: StoreAddress, options: SharedOptions) => Promise<Shared>;
