import { type RunResult, start } from "../test/support/run.ts";
import { verify } from "./verify.ts";

/** Far more than any command needs. Without it, an agent that hangs would hang the demo. */
const LIMIT_MS = 30_000;

/**
 * Runs a command to its end, which `stop` hastens. It runs out of the terminal's reach: Ctrl-C comes to the
 * demo alone, which passes it on once. A command that got it twice would die of the second before it had ended
 * its agent.
 */
export async function runCommand(
  argv: readonly string[],
  options: { cwd: string; env: Record<string, string>; stop: AbortSignal },
): Promise<RunResult> {
  const { cwd, env, stop } = options;
  stop.throwIfAborted();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const running = start(argv, { cwd, env, ownGroup: true });
  AbortSignal.any([stop, limit]).addEventListener("abort", () => running.kill("SIGTERM"));
  const result = await running.result;
  stop.throwIfAborted();
  verify(
    !limit.aborted,
    `A command took more than ${LIMIT_MS / 1000} s and was ended. It said: ${result.stderr.trim()}`,
  );
  return result;
}
