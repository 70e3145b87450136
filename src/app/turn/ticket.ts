import { callerName } from "../caller.ts";
import type { Context } from "../context.ts";

/** The identity of a turn from the moment it is requested. */
export interface TurnTicket {
  turnId: string;
  /** Its place in the conversation's queue. */
  arrival: string;
  /** The caller, in words for people. */
  calledBy: string;
  /** When the turn was accepted, if that was before it could begin. */
  acceptedAt?: string | undefined;
  deadlineAt?: string | undefined;
}

/** Creates a ticket. Its id sorts by time and can be read aloud. */
export function newTicket(context: Context, deadlineAt: string | undefined): TurnTicket {
  const stamp = context.now().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return {
    turnId: `${stamp}-${context.newUuid().slice(0, 8)}`,
    arrival: context.newArrival(),
    calledBy: callerName(context),
    deadlineAt,
  };
}

/** Whether a text has the form of a turn id: ids become parts of paths. */
export function isTurnId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{8}$/.test(text);
}
