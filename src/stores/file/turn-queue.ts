import { join } from "node:path";
import { object, type Read, text } from "../../domain/shape.ts";
import type { TurnQueue, Waiter } from "../../domain/store.ts";
import { makeFolder, readFileIfAny, replaceFile } from "../../system/atomic-file.ts";
import { stateError } from "../../system/errno.ts";
import { listFolder, removeFile } from "../../system/folder.ts";
import { parseJson } from "../../system/json-lines.ts";
import { asProcessIdentity, isSuspended, livenessOf } from "../../system/process-identity.ts";

const asTicket = object({
  turnId: text,
  arrival: text,
  process: asProcessIdentity,
  calledBy: text,
  since: text,
});
type Ticket = Read<typeof asTicket>;

/**
 * A line as a folder of tickets, whose names sort by arrival. A ticket holds its place only while its process
 * lives and is not suspended, so whoever is killed in the line leaves no gap. One from another machine can't be judged and is not
 * waited for: the order of arrival is that of one machine.
 */
export class FileTurnQueue implements TurnQueue {
  constructor(private readonly folder: string) {}

  async waiting(): Promise<Waiter[]> {
    return listFolder(this.folder).flatMap((name) => {
      if (name.startsWith(".")) return [];
      const path = join(this.folder, name);
      const ticket = readTicket(path);
      if (ticket === undefined) return [];
      const liveness = livenessOf(ticket.process);
      if (liveness === "gone") removeFile(path);
      // One that is suspended would hold up everybody behind it; it stands in line again when it goes on.
      return liveness === "alive" && !isSuspended(ticket.process) ? [ticket] : [];
    });
  }

  async join(waiter: Waiter): Promise<{ leave(): Promise<void> }> {
    const path = join(this.folder, `${waiter.arrival}-${waiter.turnId}`);
    try {
      makeFolder(this.folder);
      // No wait for the disk: a restart ends everybody who waits.
      replaceFile(path, JSON.stringify({ v: 1, ...waiter }), { sync: false });
    } catch (error) {
      throw stateError(error, "write", path);
    }
    return { leave: async () => removeFile(path) };
  }
}

function readTicket(path: string): Ticket | undefined {
  const bytes = readFileIfAny(path);
  return bytes === undefined ? undefined : asTicket(parseJson(bytes));
}
