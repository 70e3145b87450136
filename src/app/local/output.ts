import type { TurnOutput } from "../../domain/runner.ts";
import type { Spool } from "../../stores/file/turns/folder.ts";
import { sentIdOf, type TurnPlan } from "../../stores/file/turns/plan.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { FollowedFile } from "../../system/lines/follow.ts";
import type { LineFilter } from "../../system/lines/line-filter.ts";
import { nextChange } from "../../system/lines/next-change.ts";
import { LineSplitter } from "../../system/lines/splitter.ts";
import type { Context } from "../context.ts";
import { filterFor } from "../turn/running/read-spool.ts";

const NEWLINE = Buffer.from("\n");
/** How often to look whether the agent runs, where the kernel reports no changes. */
const LOOK_MS = 200;

/**
 * Opens the output of a turn. Once it is open, the turn's folder may be moved or deleted. Where the output of a turn will
 * be is known when its agent runs: that of a queued turn is opened then, or when the turn is over.
 */
export function openOutput(context: Context, turnId: string, fromNow: boolean): TurnOutput | undefined {
  const first = open(context, turnId, fromNow);
  if (first === undefined || !first.isEarly) return first;
  let opened: Opened = first;
  return {
    chunks: (over) => {
      const look = async function* () {
        opened = (await openedLater(context, turnId, over)) ?? opened;
        yield* opened.chunks(over);
      };
      return look();
    },
    close: () => {
      if (opened !== first) opened.close();
      first.close();
    },
  };
}

interface Opened extends TurnOutput {
  /** Whether the agent of the turn had not been started yet. */
  isEarly: boolean;
}

async function openedLater(
  context: Context,
  turnId: string,
  over: Promise<unknown>,
): Promise<Opened | undefined> {
  const ended = new AbortController();
  const end = () => ended.abort();
  over.then(end, end);
  for (;;) {
    const isOver = ended.signal.aborted;
    const opened = open(context, turnId, false);
    if (opened === undefined || !opened.isEarly || isOver) return opened;
    opened.close();
    await nextChange(context.turns.find(turnId).path, LOOK_MS, { signal: ended.signal });
  }
}

function open(context: Context, turnId: string, fromNow: boolean): Opened | undefined {
  // Twice: the output of a shared process gets a place of its own at the end of the turn.
  for (const folder of context.turns.placesOf(turnId).flatMap((place) => [place, place])) {
    const isEarly = folder.agentProcess() === undefined;
    const spool = folder.spool();
    const from = spool.from + (fromNow ? (folder.output().bytes ?? 0) : 0);
    try {
      const file = new FollowedFile(spool.path);
      return {
        isEarly,
        // The plan may still change before the agent has printed anything.
        chunks: (over) =>
          filtered(ownOf(context, turnId, spool, file.chunks(over, from)), () =>
            filterOf(context, turnId, spool),
          ),
        close: () => file.close(),
      };
    } catch (error) {
      if (errnoOf(error) !== "ENOENT") throw stateError(error, "read", spool.path);
    }
  }
  return undefined;
}

/** Leaves out what follows the turn in the output of a process that has begun another one. */
async function* ownOf(
  context: Context,
  turnId: string,
  { isShared }: Spool,
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Buffer> {
  const plan = isShared ? planOf(context, turnId) : undefined;
  const warm = plan && context.findAgent(plan.scope.agent).warm;
  if (plan === undefined || warm === undefined) return yield* chunks;
  const promptId = sentIdOf(plan);
  const splitter = new LineSplitter();
  for await (const chunk of chunks)
    for (const line of splitter.push(chunk)) {
      if (warm.isOfOther(line, promptId)) return;
      yield Buffer.concat([line, NEWLINE]);
    }
  yield* splitter.rest();
}

function planOf(context: Context, turnId: string): TurnPlan | undefined {
  return context.turns.placesOf(turnId).flatMap((folder) => folder.plan() ?? [])[0];
}

function filterOf(context: Context, turnId: string, spool: Spool): LineFilter | undefined {
  const plan = planOf(context, turnId);
  return plan && filterFor(context.findAgent(plan.scope.agent), plan, spool);
}

async function* filtered(
  chunks: AsyncIterable<Buffer>,
  findFilter: () => LineFilter | undefined,
): AsyncGenerator<Buffer> {
  let filter: LineFilter | undefined | "unknown" = "unknown";
  for await (const chunk of chunks) {
    if (filter === "unknown") filter = findFilter();
    if (filter === undefined) yield chunk;
    else yield* filter.push(chunk);
  }
  if (filter !== "unknown" && filter !== undefined) yield* filter.rest();
}
