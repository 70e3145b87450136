import type { Agent } from "../../../domain/agent/agent.ts";
import type { TurnEvent } from "../../../domain/turn/turn.ts";
import { errnoOf, stateError } from "../../../system/errors.ts";
import { FollowedFile } from "../../../system/lines/follow.ts";
import { LineSplitter } from "../../../system/lines/splitter.ts";
import type { Context } from "../../context.ts";
import type { StartedTurn } from "./listener.ts";
import { eventsOfLine } from "./read-spool.ts";

/**
 * Reads what the agent writes in a turn, at the reader's own pace: nobody waits for it, and once it is open the
 * folder of the turn may go.
 */
export class SpoolReader {
  private constructor(
    private readonly agent: Agent,
    private readonly file: FollowedFile,
    private readonly from: number,
  ) {}

  /** Undefined where the output of the turn is kept no more. `fromNow` leaves out what is there already. */
  static open(
    context: Context,
    { turnId, agent }: StartedTurn,
    { fromNow = false } = {},
  ): SpoolReader | undefined {
    for (const folder of context.turns.placesOf(turnId)) {
      const from = fromNow ? (folder.output().bytes ?? 0) : 0;
      try {
        return new SpoolReader(context.findAgent(agent), new FollowedFile(folder.stdoutPath), from);
      } catch (error) {
        if (errnoOf(error) !== "ENOENT") throw stateError(error, "read", folder.stdoutPath);
      }
    }
    return undefined;
  }

  /** The agent's own lines until `over` settles. Each is there until the next one is asked for. */
  async *lines(over: Promise<unknown>): AsyncGenerator<Buffer> {
    const splitter = new LineSplitter();
    for await (const chunk of this.file.chunks(over, this.from)) yield* splitter.push(chunk);
    const rest = splitter.rest();
    if (rest !== undefined) yield rest;
  }

  async *events(over: Promise<unknown>): AsyncGenerator<TurnEvent> {
    for await (const line of this.lines(over)) yield* eventsOfLine(this.agent, line);
  }

  close(): void {
    this.file.close();
  }
}
