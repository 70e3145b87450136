import type { Context } from "../../app/context.ts";
import type { Watcher } from "../../app/watch/replay.ts";
import { type WaitRequest, wait } from "../../app/watch/wait.ts";
import { AppError } from "../../domain/errors.ts";
import type { TurnResult } from "../../domain/turn/turn.ts";
import { defineCommand } from "../command.ts";
import { refuseTurnOfSeveral } from "../each-name.ts";
import {
  type CommonOptions,
  EVENTS_OPTION,
  NOTIFY_OPTION,
  PARTIALS_OPTION,
  parseDurationOption,
  refuseTogether,
  withCommon,
} from "../options.ts";
import { answerRenderer } from "../output/answer.ts";
import { styleFor } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { placeOf } from "../place.ts";
import { report } from "../report.ts";
import type { CommandIo } from "../terminal.ts";
import { TurnOutput } from "../turn/output.ts";
import { stoppedWatching } from "../turn/stopped-watching.ts";

interface WaitFlags extends CommonOptions {
  turn?: string;
  timeout?: number;
  raw?: boolean;
  events?: boolean;
  partials?: boolean;
  notify?: boolean;
  any?: boolean;
  all?: boolean;
}

export const waitCommand = defineCommand({
  name: "wait",
  args: [["<name...>", "the names of the conversations"]],
  summary: "wait for a turn and print its answer",
  description:
    "Waits for the turn that was requested last and prints its answer like send, with the same exit code. If the turn has already ended, wait prints the answer at once. With several names, it prints the answer of each as it comes, below its name, and ends with the exit code of the first one that failed, else with 0; with --any, it ends with the first answer. With --events, it prints what happens in the turns from their beginning on, each line with the id of its turn. Stopping this command does not end the turn.",
  examples: [
    "agent-sessions wait review-src",
    "agent-sessions wait review-src --timeout 100s --json | jq -r .text",
    'turn=$(agent-sessions send review-src --detach "Do it."); agent-sessions wait review-src --turn "$turn"',
    "agent-sessions wait review-a review-b review-c",
    "agent-sessions wait --any review-a review-b --json | jq -r .name",
    "agent-sessions wait review-a review-b --events | jq -c '[.turn_id, .type]'",
  ],
  options(command) {
    command
      .option(
        "--turn <id>",
        "the id of the turn, as printed by send --detach and status, or its first characters",
      )
      .option("--any", "of several, wait only for the first that ends")
      .option("--all", "of several, wait for all of them (default)")
      .option(
        "--timeout <duration>",
        "wait at most this long (e.g. 100s), then exit with 5; the turn continues",
        parseDurationOption,
      );
    withCommon(
      command
        .option(...EVENTS_OPTION)
        .option(...PARTIALS_OPTION)
        .option(...NOTIFY_OPTION)
        .option("--raw", "print the Markdown of the answer as it is, also in a terminal"),
    );
  },
  async run(io, names: string[], flags: WaitFlags) {
    const { any = false, all = false, turn: turnId, timeout: timeoutMs } = flags;
    refuseTogether({ "--any": any, "--all": all });
    refuseTurnOfSeveral(names, flags);
    const { signal } = io.catchSignals();
    const context = io.openContext();
    const requests = await Promise.all(
      [...new Set(names)].map(async (name) => {
        const place = await placeOf(io, context, flags, name);
        return { name, ...place, turnId, timeoutMs, signal };
      }),
    );
    return requests.length === 1 || any
      ? waitForFirst(io, context, flags, requests)
      : waitForEach(io, context, flags, requests);
  },
});

/** Returns who prints the events of one turn as they come, until `over`; undefined where they are not asked for. */
function watcherOf(io: CommandIo, flags: WaitFlags, over?: AbortSignal): Watcher | undefined {
  if (!flags.events) return undefined;
  const { onStarted, onEvent, eventTypes } = new TurnOutput(io, flags).watcher();
  return {
    onStarted: (turn) => (over?.aborted ? undefined : onStarted?.(turn)),
    onEvent: (event) => (over?.aborted ? undefined : onEvent?.(event)),
    eventTypes,
  };
}

/** Prints the answer of the turn that ends first; there may be only one. */
async function waitForFirst(
  io: CommandIo,
  context: Context,
  flags: WaitFlags,
  requests: readonly WaitRequest[],
): Promise<number> {
  const output = new TurnOutput(io, { ...flags, isReplay: true });
  const over = new AbortController();
  const [{ name = "" } = {}] = requests;
  const first = await stoppedWatching(name, flags, () =>
    Promise.race(
      requests.map((request) => {
        const { signal } = request;
        const both = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal]);
        const watcher = watcherOf(io, flags, over.signal);
        return wait(context, { ...request, signal: both }, watcher);
      }),
    ),
  );
  over.abort();
  return output.finish(first, { render: await answerRenderer(io, flags) });
}

/** Prints the answer of each turn as it ends, or why there is none, one after the other. */
async function waitForEach(
  io: CommandIo,
  context: Context,
  flags: WaitFlags,
  requests: readonly WaitRequest[],
): Promise<number> {
  const render = await answerRenderer(io, flags);
  const style = styleFor(io.terminal.hasColor.out);
  const isJson = flags.json === true || flags.events === true;
  const print = async (name: string, turn: TurnResult): Promise<number> => {
    const heading = `${printable(name)}:`;
    // Above the answer, or where there is none, above the error.
    if (!isJson && (turn.failure === undefined || turn.text !== ""))
      io.terminal.out(`${style.bold(heading)}\n`);
    else if (!isJson) io.terminal.err(`${heading}\n`);
    return new TurnOutput(io, { ...flags, isReplay: true }).finish(turn, { render });
  };
  // Two answers that come at once are not mixed.
  let printed: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const done = printed.then(work);
    printed = done.catch(() => undefined);
    return done;
  };
  const codes = await Promise.all(
    requests.map(async (request) => {
      const { name } = request;
      try {
        const watcher = watcherOf(io, flags);
        const turn = await stoppedWatching(name, flags, () => wait(context, request, watcher));
        return await inTurn(() => print(name, turn));
      } catch (error) {
        if (request.signal?.aborted || !(error instanceof AppError)) throw error;
        return inTurn(() => report(error, flags.events ? ["--events"] : flags.json ? ["--json"] : [], io));
      }
    }),
  );
  return codes.find((code) => code !== 0) ?? 0;
}
