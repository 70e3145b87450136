import type { Context } from "../../app/context.ts";
import type { TurnResult } from "../../app/turn/ending/result.ts";
import type { StartedTurn, TurnListener } from "../../app/turn/running/listener.ts";
import { SpoolReader } from "../../app/turn/running/spool-reader.ts";
import { type AttachRequest, attach } from "../../app/watch/attach.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { checkOptions } from "../check-options.ts";
import { withSignal } from "../end-signal.ts";
import type { Method } from "../methods.ts";
import type { SignalOption } from "../options.ts";

/**
 * What a loop over a turn gets, in this order: `started` once the agent runs, the events of the agent, `result`
 * once the end of the turn is written down. Where nothing runs there is no `started`, and where there is no turn
 * at all no `result` either. A conversation that its agent finds lost, and that begins afresh, starts twice.
 */
export type StreamEvent =
  | { type: "started"; turnId: string; agent: string; name?: string }
  | TurnEvent
  | { type: "result"; result: TurnResult };

/**
 * What happens in a turn, while it happens. Each loop reads from the beginning of the turn what its agent has
 * written to disk, at its own pace: a slow one loses nothing, holds nobody up and takes no more memory than the
 * longest line. A loop that begins when the turn is over finds the output of most turns gone: then a `warning`
 * says so, and `result` follows. Leaving a loop ends the reading, not the turn.
 */
export interface TurnStream extends AsyncIterable<StreamEvent> {
  /**
   * The agent's own lines instead of events, as `--stream` prints them: JSON, as a rule. Invalid UTF-8 becomes
   * U+FFFD. Nothing comes where they are kept no more.
   */
  lines(): AsyncIterable<string>;
}

/**
 * A turn that was asked for. Await it for what it came to; loop over it for what happens in it; do both, or
 * neither, as often as you like: it runs all the same.
 *
 * A turn that failed is a result: look at its `outcome`. What is thrown, to whoever awaits and at the end of a
 * loop alike, is an `AppError`: nothing was sent, or the turn ran and its end could not be written down. An error
 * that nobody waits for is no `unhandledRejection`.
 *
 * The turn belongs to the conversation, not to this process: where the process ends, the agent goes on, and any
 * other process gets the answer with `wait`. What ends a turn is its `signal`, its deadline or limit, and
 * `cancel`; then all that it has started ends with it.
 *
 * An `async` function that returns a turn returns what it comes to, as with any promise.
 *
 * ```ts
 * const turn = review.send("Which file is the worst?");
 * for await (const event of turn) if (event.type === "tool") console.error(event.phase, event.name);
 * const { outcome, text } = await turn;
 * ```
 */
export interface Turn<Value = TurnResult> extends Promise<Value>, TurnStream {}

/** What a turn came to, for both kinds of readers. */
export interface Told<Value> {
  /** Absent where there was no turn. */
  result?: TurnResult | undefined;
  /** For who awaits the turn; throws where it left nothing to give. */
  take(): Value;
}

/** Begins a turn at once, once its options are found good. `run` passes the listener on to a use case. */
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

/** Follows a turn that somebody else sees to, each time somebody loops over it and for as long. */
export class FollowedTurn implements TurnStream {
  readonly #begin: (left: AbortSignal) => TurnStream;

  constructor(context: Context, request: AttachRequest, signal: AbortSignal | undefined) {
    const run = (listener: TurnListener, left: AbortSignal) =>
      withSignal(signal, "Stopped watching; the turn goes on.", async (stopped) => {
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

  async *#follow<Item>(read: (turn: TurnStream) => AsyncIterable<Item>) {
    const left = new AbortController();
    try {
      yield* read(this.#begin(left.signal));
    } finally {
      left.abort();
    }
  }
}

/** What a turn came to, where that is all. */
export function told(result: TurnResult): Told<TurnResult> {
  return { result, take: () => result };
}

/** The agent at work. Where it finds the conversation lost, another run may follow: that of a fresh one. */
interface Run {
  started: StartedTurn;
  /** Resolves once the agent has written its last. */
  over: Promise<unknown>;
  /** The run that follows; undefined once it is known that none does. */
  next: Promise<Run | undefined>;
}

class OwnTurn<Value> implements Turn<Value> {
  readonly [Symbol.toStringTag] = "Turn";
  /** Undefined where none ever begins. */
  readonly #firstRun: Promise<Run | undefined>;
  readonly #told: Promise<Told<Value>>;
  readonly #open: (started: StartedTurn) => SpoolReader | undefined;

  constructor(context: Context, run: (listener: TurnListener) => Promise<Told<Value>>, fromNow = false) {
    this.#open = (started) => SpoolReader.open(context, started, { fromNow });
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
        context.notify(`The agent has said nothing for ${Math.round(silentMs / 1000)} s; it goes on.`),
    });
    const settle = () => {
      over.resolve(undefined);
      next.resolve(undefined);
    };
    // Also what keeps an error that nobody waits for from ending the process.
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
      // Opened before anything is passed on: the reader may be back only when the turn is long over.
      const spool = this.#open(started);
      try {
        yield { type: "started", ...started };
        if (spool === undefined) yield { type: "warning", message: goneMessage(started) };
        else yield* spool.events(over);
      } finally {
        spool?.close();
      }
    }
    const { result, take } = await this.#told;
    if (result !== undefined) yield { type: "result", result };
    take();
  }

  async *lines(): AsyncGenerator<string, void, undefined> {
    for (let run = await this.#firstRun; run !== undefined; run = await run.next) {
      const spool = this.#open(run.started);
      try {
        for await (const line of spool?.lines(run.over) ?? []) yield line.toString("utf8");
      } finally {
        spool?.close();
      }
    }
    (await this.#told).take();
  }
}

function goneMessage({ turnId }: StartedTurn): string {
  return `What the agent said in turn ${turnId} is kept no more.`;
}

function newPromise<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
