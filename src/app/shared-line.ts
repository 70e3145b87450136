import type { TurnLine } from "../domain/turn/line.ts";
import type { Shared, SharedOptions } from "../stores/postgres/open.ts";
import type { StoreAddress } from "../stores/store-address.ts";

export type { Shared };

/** The line of turns that machines share, for commands of this one. */
export interface SharedLine {
  /** Connects with the first call. */
  open(): Promise<TurnLine>;
  /** What a folder is called on every machine. @throws AppError `usage` */
  idOf(folder: string): string;
}

/** Opens what machines share. @throws AppError `state_unreadable`, `state_newer` */
export type OpenShared = (address: StoreAddress, options: SharedOptions) => Promise<Shared>;
