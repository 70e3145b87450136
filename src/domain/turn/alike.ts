import type { TurnEvent } from "./turn.ts";

/**
 * Makes the events of one turn alike, whichever agent tells them: the end of a tool has the name of its start, and
 * comes after one. Some agents tell the name only at the start, others nothing before the end. A message comes whole,
 * also from an agent that tells it in pieces alone.
 */
export class AlikeEvents {
  /** The names of the running tools, by the id of the call. */
  private readonly names = new Map<string, string>();

  /** The pieces of a message that nobody else puts together, as far as they have come. */
  private pieces = "";

  /** Returns the events that stand for this one, in order. */
  take(event: TurnEvent): TurnEvent[] {
    if (event.type === "text-delta" && event.isOnly) this.pieces += event.text;
    const isOver = this.pieces !== "" && ["tool", "failure", "end"].includes(event.type);
    if (!isOver) return this.named(event);
    const text = this.pieces;
    this.pieces = "";
    return [{ type: "text", text }, ...this.named(event)];
  }

  private named(event: TurnEvent): TurnEvent[] {
    if (event.type !== "tool") return [event];
    const { id, name } = event;
    if (event.phase === "start") {
      this.names.set(id, name);
      return [event];
    }
    const known = this.names.get(id);
    if (this.names.delete(id)) return [{ ...event, name: name || (known ?? "") }];
    // Without a name it is the end of a tool that began before the reading did.
    if (name === "") return [event];
    const { failed: _, ...begun } = event;
    return [{ ...begun, phase: "start" }, event];
  }
}
