import type { Context } from "../app/context.ts";
import type { TurnResult } from "../app/turn/ending/result.ts";
import { turnView } from "../app/turn/ending/view.ts";
import type { StartedTurn, TurnListener } from "../app/turn/running/listener.ts";
import { eventsOfLine, linesOf } from "../app/turn/running/read-spool.ts";
import { type AttachRequest, attach } from "../app/watch/attach.ts";
import { deletedMessage } from "../app/watch/replay.ts";
import type { Agent } from "../domain/agent/agent.ts";
import type { TurnOutput } from "../domain/runner.ts";
import { AlikeEvents } from "../domain/turn/alike.ts";
import { EventLines, versionedLine } from "../domain/turn/event-lines.ts";
import type { TurnEvent } from "../domain/turn/turn.ts";
import { checkOptions } from "./check-options.ts";
import { withSignal } from "./end-signal.ts";
import type { Method } from "./methods.ts";
import type { SignalOption } from "./options.ts";

/**
 * What a loop over a turn receives, in this order: `started` when the agent runs, the events of the agent,
 * and `result` when the end of the turn is recorded. If no agent runs, there is no `started`; if there is no
 * turn at all, there is no `result` either. If the agent finds the conversation lost and a fresh one begins,
 * `started` comes twice.
 */
export type StreamEvent =
  | { type: "started"; turnId: string; agent: string; name?: string }
  | TurnEvent
  | { type: "result"; result: TurnResult };

/**
 * The events of a turn while it runs. Each loop reads from disk, from the beginning of the turn, what the
 * agent has written, at its own pace: a slow loop loses nothing, delays nobody and takes no more memory than
 * the longest line. If a loop begins when the turn is over, the output of most turns is already deleted: the
 * loop then gets a `warning` and the `result`. Leaving a loop ends the reading, not the turn.
 */
export interface TurnStream extends AsyncIterable<StreamEvent> {
  /**
   * Returns the agent's own lines instead of events, as `--stream` prints them: usually JSON. Invalid UTF-8
   * becomes U+FFFD. Returns no lines if the output is deleted.
   */
  lines(): AsyncIterable<string>;
  /**
   * Returns the same as the loop, as the lines of `--events --partials`: JSON with keys in snake case, the same for
   * every agent. Each has a version `v`, and those of a turn have its `turn_id`; the last one is the result. See
   * docs/events.md.
   */
  eventLines(): AsyncIterable<string>;
}

/**
 * A turn that was asked for. Await it to get its result; loop over it to get its events. Do both or neither, as
 * often as you like: the turn runs in any case.
 *
 * A turn that failed is a result: check its `outcome`. Errors are thrown by `await` and at the end of a loop. Each
 * is an `AppError`: nothing was sent, or the turn ran and its end could not be recorded. An error that nobody
 * awaits causes no `unhandledRejection`.
 *
 * The turn belongs to the conversation, not to this process: if the process ends, the agent goes on, and any other
 * process gets the answer with `wait`. A turn is ended by its `signal`, its deadline or limit, or `cancel`; every
 * process that it has started is then ended too.
 *
 * An `async` function that returns a turn returns its result, as with any promise.
 *
 * ```ts
 * const turn = review.send("Which file is the worst?");
 * for await (const event of turn) if (event.type === "tool") console.error(event.phase, event.name);
 * const { outcome, text } = await turn;
 * ```
 */
export interface Turn<Value = TurnResult> extends Promise<Value>, TurnStream {}

/** The end of a turn, for a loop and for `await`. */
export interface Told<Value> {
  /** Absent if there was no turn. */
  result?: TurnResult | undefined;
  /** Returns the value for `await`; throws if the turn left none. */
  take(): Value;
}

/** Begins a turn at once if its options are valid. `run` passes the listener on to a use case. */
export function startTurn<Value>(
  context: Context,
  method: Method,
  options: SignalOption,
  run: (listener: TurnListener) => Promise<Told<Value>>,
): Turn<Value> {
  return new OwnTurn(context, async (listener) => {
    const { signal } = checkOptions(method, options);
    return withSignal(signal, "The turn was cancelled.", (ending) => run({ ...listener, signal: ending }));
  });
}

/**
 * Follows a turn that another call or process runs. Each loop follows it anew, for as long as the loop runs.
 */
export class FollowedTurn implements TurnStream {
  readonly #begin: (left: AbortSignal) => TurnStream;

  constructor(context: Context, request: AttachRequest, signal: AbortSignal | undefined) {
    const run = (listener: TurnListener, left: AbortSignal) =>
      withSignal(signal, "Stopped watching; the turn continues.", async (stopped) => {
        const either = stopped === undefined ? left : AbortSignal.any([stopped, left]);
        return told((await attach(context, request, { ...listener, signal: either })).turn);
      });
    this.#begin = (left) => new OwnTurn(context, (listener) => run(listener, left), request.fromNow);
  }

  [Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    return this.#follow((turn) => turn);
  }

  lines(): AsyncGenerator<string, void, undefined> {
    return this.#follow((turn) => turn.lines());
  }

  eventLines(): AsyncGenerator<string, void, undefined> {
    return this.#follow((turn) => turn.eventLines());
  }

  async *#follow<Item>(read: (turn: TurnStream) => AsyncIterable<Item>) {
    const left = new AbortController();
    try {
      yield* read(this.#begin(left.signal));
    } finally {
      left.abort();
    }
  }
}

/** Returns the end of a turn whose value is its result. */
export function told(result: TurnResult): Told<TurnResult> {
  return { result, take: () => result };
}

/**
 * One run of the agent. If the agent finds the conversation lost, a second run may follow, in a fresh
 * conversation.
 */
interface Run {
  started: StartedTurn;
  /** Resolves when the agent has written all of its output. */
  over: Promise<unknown>;
  /** The run that follows; resolves with undefined when it is known that none does. */
  next: Promise<Run | undefined>;
}

class OwnTurn<Value> implements Turn<Value> {
  readonly [Symbol.toStringTag] = "Turn";
  /** Resolves with undefined if no run ever begins. */
  readonly #firstRun: Promise<Run | undefined>;
  readonly #told: Promise<Told<Value>>;
  readonly #open: (started: StartedTurn) => Promise<TurnOutput | undefined>;
  readonly #findAgent: (name: string) => Agent;

  constructor(context: Context, run: (listener: TurnListener) => Promise<Told<Value>>, fromNow = false) {
    this.#open = ({ turnId }) => context.runner.output(turnId, { fromNow });
    this.#findAgent = context.findAgent;
    const first = newPromise<Run | undefined>();
    let next = first;
    let over = newPromise<unknown>();
    this.#firstRun = first.promise;
    this.#told = run({
      onStarted: (started) => {
        const begun = next;
        next = newPromise();
        over = newPromise();
        begun.resolve({ started, over: over.promise, next: next.promise });
      },
      onEnded: () => over.resolve(undefined),
      onSilence: (silentMs) =>
        context.notify(
          `The agent has printed nothing for ${Math.round(silentMs / 1000)} s; the turn continues.`,
        ),
    });
    const settle = () => {
      over.resolve(undefined);
      next.resolve(undefined);
    };
    // This also handles a rejection, so that an error that nobody awaits does not end the process.
    this.#told.then(settle, settle);
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting a turn is what it is for
  then<Done = Value, Failed = never>(
    onFulfilled?: ((value: Value) => Done | PromiseLike<Done>) | null,
    onRejected?: ((error: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    return this.#told.then(({ take }) => take()).then(onFulfilled, onRejected);
  }

  catch<Failed = never>(
    onRejected?: ((error: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Value | Failed> {
    return this.then(undefined, onRejected);
  }

  finally(onFinally?: (() => void) | null): Promise<Value> {
    return this.then().finally(onFinally);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StreamEvent, void, undefined> {
    for (let run = await this.#firstRun; run !== undefined; run = await run.next) {
      const { started, over } = run;
      // Opened before the first event is passed on: the loop may ask for the next one long after the turn is
      // over.
      const output = await this.#open(started);
      try {
        yield { type: "started", ...started };
        if (output === undefined) yield { type: "warning", message: deletedMessage(started.turnId) };
        else {
          const agent = this.#findAgent(started.agent);
          const alike = new AlikeEvents();
          for await (const line of linesOf(output, over))
            for (const event of eventsOfLine(agent, line)) yield* alike.take(event);
        }
      } finally {
        output?.close();
      }
    }
    const { result, take } = await this.#told;
    if (result !== undefined) yield { type: "result", result };
    take();
  }

  async *lines(): AsyncGenerator<string, void, undefined> {
    for (let run = await this.#firstRun; run !== undefined; run = await run.next) {
      const output = await this.#open(run.started);
      try {
        if (output !== undefined)
          for await (const line of linesOf(output, run.over)) yield line.toString("utf8");
      } finally {
        output?.close();
      }
    }
    (await this.#told).take();
  }

  async *eventLines(): AsyncGenerator<string, void, undefined> {
    let lines: EventLines | undefined;
    for await (const event of this) {
      let told: string | undefined;
      if (event.type === "result") told = versionedLine(turnView(event.result));
      else if (event.type !== "started") told = lines?.take(event);
      else {
        lines = new EventLines(event.turnId);
        told = lines.start(event);
      }
      // An event may have no line, or two.
      for (const line of told?.split("\n") ?? []) if (line !== "") yield line;
    }
  }
}

function newPromise<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
