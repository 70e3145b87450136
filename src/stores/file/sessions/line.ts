import { join } from "node:path";
import { object, type Read, text } from "../../../domain/shape.ts";
import type { TurnQueue, Waiter } from "../../../domain/store.ts";
import { stateError } from "../../../system/errors.ts";
import { listFolder, modifiedMs, removeFile } from "../../../system/files/folder.ts";
import { makeFolder, readFileIfAny, replaceFile } from "../../../system/files/write.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { nextChange } from "../../../system/lines/next-change.ts";
import { asProcessIdentity, standingOf } from "../../../system/processes/identity.ts";

const asTicket = object({
  turnId: text,
  arrival: text,
  process: asProcessIdentity,
  calledBy: text,
  since: text,
});
type Ticket = Read<typeof asTicket>;

/** How often it is looked whether who stands before is still alive; one that leaves tells so at once. */
const CLOCK_MS = 4_000;

/**
 * A line as a folder of tickets, whose names sort by arrival. A ticket holds its place only while its process
 * lives and is not suspended, so whoever is killed in the line leaves no gap. One from another machine can't be judged and is not
 * waited for: the order of arrival is that of one machine.
 */
export class FileTurnQueue implements TurnQueue {
  constructor(private readonly folder: string) {}

  async waiting(): Promise<Waiter[]> {
    return this.names().flatMap((name) => this.look(name) ?? []);
  }

  async before(arrival: string): Promise<Waiter | undefined> {
    // From the back: who stands right before that place has the others before them to look after.
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
    // Only the ticket itself is watched: a change of it wakes the one behind it, and nobody else.
    await nextChange(path, timeoutMs ?? Number.POSITIVE_INFINITY, { signal, isThere, everyMs: CLOCK_MS });
  }

  async join(waiter: Waiter): Promise<{ leave(): Promise<void> }> {
    const path = this.pathOf(waiter);
    try {
      makeFolder(this.folder);
      // No wait for the disk: a restart ends everybody who waits.
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

  /** Undefined for one that holds no place. */
  private look(name: string): Ticket | undefined {
    const path = join(this.folder, name);
    const bytes = readFileIfAny(path);
    const ticket = bytes === undefined ? undefined : asTicket(parseJson(bytes));
    if (ticket === undefined) return undefined;
    const standing = standingOf(ticket.process);
    if (standing === "gone") removeFile(path);
    // One that is suspended would hold up everybody behind it; it stands in line again when it goes on.
    return standing === "alive" ? ticket : undefined;
  }
}

function arrivalOf(name: string): string {
  return name.slice(0, name.indexOf("-"));
}
