import { failure, stopped } from "./narrator.ts";
import { BrokenPromise } from "./verify.ts";

const EXIT_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
const CLOSED_PIPE = 141;

/** Runs a demo to its end, which a signal or a reader that has gone hastens, and sets the exit code. */
export async function perform(play: (stop: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const stop = (exitCode: number) => {
    process.exitCode ??= exitCode;
    stopping.abort();
  };
  // Not `once`: npm may pass on what the terminal has sent already, and a second signal must not end the cleaning.
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const)
    process.on(signal, () => stop(EXIT_CODES[signal]));
  // `npm run demo | head`: nobody watches any more.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => stop(CLOSED_PIPE));

  await play(stopping.signal).catch((thrown: unknown) => {
    if (stopping.signal.aborted) return stopped();
    process.exitCode = 1;
    if (thrown instanceof BrokenPromise) failure(thrown.message);
    else failure(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  });
}
