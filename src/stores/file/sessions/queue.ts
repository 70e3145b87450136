import { join } from "node:path";
import { flag, maybe, object, type Read, text } from "../../../domain/shape.ts";
import type { TurnQueue, Waiter } from "../../../domain/store.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, modifiedMs, removeFile } from "../../../system/files/folder.ts";
import { readJson } from "../../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../../system/files/write.ts";
import { nextChange } from "../../../system/lines/next-change.ts";
import { asProcessIdentity, standingOf } from "../../../system/processes/identity.ts";

const asTicket = object({
  turnId: text,
  arrival: text,
  process: asProcessIdentity,
  calledBy: text,
  since: text,
  isAccepted: maybe(flag),
});
type Ticket = Read<typeof asTicket>;

/** How often to check whether the waiter before is still alive; a waiter that leaves is noticed at once. */
const CLOCK_MS = 4_000;

/**
 * A queue as a folder of tickets, whose names sort by arrival. A ticket holds its place only while its
 * process lives and is not suspended, so a killed process leaves no gap in the queue. A ticket from another
 * machine can't be judged and is not waited for: the order of arrival is valid on one machine only.
 */
export class FileTurnQueue implements TurnQueue {
  /** @param isUnended whether the end of an accepted turn is not recorded yet */
  constructor(
    private readonly folder: string,
    private readonly isUnended: (turnId: string) => boolean,
  ) {}

  async waiting(): Promise<Waiter[]> {
    return this.names().flatMap((name) => this.look(name) ?? []);
  }

  async before(arrival: string): Promise<Waiter | undefined> {
    // From the back: the waiter directly before that place waits for all others before it.
    for (const name of this.names().reverse()) {
      const waiter = arrivalOf(name) < arrival ? this.look(name) : undefined;
      if (waiter !== undefined) return waiter;
    }
    return undefined;
  }

  async left(waiter: Waiter, { timeoutMs, signal }: Parameters<TurnQueue["left"]>[1] = {}): Promise<void> {
    const path = this.pathOf(waiter);
    const process = asProcessIdentity(waiter.process);
    const isThere = () =>
      modifiedMs(path) === undefined || process === undefined || standingOf(process) !== "alive";
    // Only the ticket itself is watched: a change of it wakes the waiter behind it, and no other.
    await nextChange(path, timeoutMs ?? Number.POSITIVE_INFINITY, { signal, isThere, everyMs: CLOCK_MS });
  }

  async join(waiter: Waiter): Promise<{ leave(): Promise<void> }> {
    const path = this.pathOf(waiter);
    try {
      makeFolder(this.folder);
      // Not forced to disk: a restart ends all waiting processes.
      replaceFile(path, JSON.stringify({ v: 1, ...waiter }), { sync: false });
    } catch (error) {
      throw stateError(error, "write", path);
    }
    return { leave: async () => removeFile(path) };
  }

  private names(): string[] {
    return listFolder(this.folder).filter((name) => !name.startsWith("."));
  }

  private pathOf({ arrival, turnId }: Waiter): string {
    return join(this.folder, `${arrival}-${turnId}`);
  }

  /** Returns undefined for a ticket that holds no place. */
  private look(name: string): Ticket | undefined {
    const path = join(this.folder, name);
    const ticket = asTicket(readJson(path)?.value);
    if (ticket === undefined) return undefined;
    // The process may be a keeper that lives on for other turns.
    if (ticket.isAccepted && !this.isUnended(ticket.turnId)) {
      removeFile(path);
      return undefined;
    }
    const standing = standingOf(ticket.process);
    if (standing === "gone") removeFile(path);
    // A suspended process would hold up all processes behind it; it has its place again when it continues.
    return standing === "alive" ? ticket : undefined;
  }
}

function arrivalOf(name: string): string {
  return name.slice(0, name.indexOf("-"));
}
