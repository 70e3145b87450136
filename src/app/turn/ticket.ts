import { callerName } from "../caller.ts";
import type { Context } from "../context.ts";

/** What tells a turn from all others from the moment it is asked for. */
export interface TurnTicket {
  turnId: string;
  /** Its place in the line before the conversation. */
  arrival: string;
  /** Who asked for it, in words for people. */
  calledBy: string;
  /** When it was accepted, where that was before it could begin. */
  acceptedAt?: string | undefined;
  deadlineAt?: string | undefined;
}

/** A ticket whose id sorts by time and can be read aloud. */
export function newTicket(context: Context, deadlineAt: string | undefined): TurnTicket {
  const stamp = context.now().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  return {
    turnId: `${stamp}-${context.newUuid().slice(0, 8)}`,
    arrival: context.newArrival(),
    calledBy: callerName(context),
    deadlineAt,
  };
}

/** Whether a text can be the id of a turn at all: ids become parts of paths. */
export function isTurnId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{8}$/.test(text);
}
