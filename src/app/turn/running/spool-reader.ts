import type { Agent } from "../../../domain/agent/agent.ts";
import type { TurnEvent } from "../../../domain/turn/turn.ts";
import { errnoOf, stateError } from "../../../system/errors.ts";
import { FollowedFile } from "../../../system/lines/follow.ts";
import { LineSplitter } from "../../../system/lines/splitter.ts";
import type { Context } from "../../context.ts";
import type { StartedTurn } from "./listener.ts";
import { eventsOfLine } from "./read-spool.ts";

/**
 * Reads the spool of a turn at its own speed: the turn does not wait for it. Once it is open, the turn's
 * folder may be deleted.
 */
export class SpoolReader {
  private constructor(
    private readonly agent: Agent,
    private readonly file: FollowedFile,
    private readonly from: number,
  ) {}

  /**
   * Opens the spool; returns undefined where it is no longer kept. `fromNow` skips the output that is there
   * already.
   */
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

  /**
   * Yields the agent's lines until `over` settles. Each line is valid only until the next one is requested.
   */
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
