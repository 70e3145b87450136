import type { TurnEvent } from "../turn/turn.ts";
import { tokensOf } from "./spent.ts";

/** Adds up what the answers of a turn have used so far, as the agent tells it while they are written. */
export class TokensTold {
  private readonly answers = new Map<string, { inputTokens: number; outputTokens: number }>();

  add(event: TurnEvent): void {
    if (event.type !== "usage") return;
    const id = event.answerId ?? `nameless ${this.answers.size}`;
    const { inputTokens = this.answers.get(id)?.inputTokens ?? 0, outputTokens } = event;
    this.answers.set(id, { inputTokens, outputTokens });
  }

  get tokens(): number {
    let sum = 0;
    for (const answer of this.answers.values()) sum += tokensOf(answer);
    return sum;
  }
}
