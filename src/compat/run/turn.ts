import type { Context } from "../../app/context.ts";
import type { TurnResult } from "../../app/turn/ending/result.ts";
import { withDeadline } from "../../app/turn/running/deadline.ts";
import type { TurnListener } from "../../app/turn/running/listener.ts";
import { type DraftOptions, drafted, type Prepared } from "../draft.ts";
import type { Tool } from "../parse/flags.ts";
import { floatText } from "../python/text.ts";
import { ScriptFailure } from "./failure.ts";
import type { Script } from "./invocation.ts";
import { launcherOf } from "./prepare.ts";

const FULL_AUTO_NOTICE =
  "[WARN] This codex has no --full-auto; --config 'sandbox_mode=\"workspace-write\"' was used instead, which means the same.\n";

/** One attempt at a turn. */
interface Attempt {
  /** The context in which the agent is started as the original script does. */
  context: Context;
  launcher: readonly string[];
  deadlineAt: string | undefined;
  listener: TurnListener;
  /** Codex: the file that will contain the last message. */
  messageFile: string | undefined;
}

/**
 * Runs a turn within its deadline. If codex no longer has `--full-auto`, a second attempt without it gets the
 * rest of the deadline.
 */
export async function attemptTurn<T extends { turn: TurnResult }>(
  script: Script,
  prepared: Prepared,
  options: DraftOptions,
  run: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const { tool, io } = script;
  const { context, deadlineSeconds: seconds } = prepared;
  const launcher = launcherOf(script, prepared);
  const agent = context.findAgent(tool);
  const attempt = (isFullAutoGone: boolean, deadlineAt: string | undefined, listener: TurnListener) => {
    const draft = script.draftFor(script, prepared, { ...options, isFullAutoGone });
    const { messageFile } = draft;
    const scripted = drafted(agent, draft, options.effort);
    const findAgent = (name: string) => (name === tool ? scripted : context.findAgent(name));
    return run({
      context: { ...context, findAgent, chooseAgent: findAgent },
      launcher,
      deadlineAt,
      listener,
      messageFile,
    });
  };
  const signals = io.catchSignals();
  const deadline = seconds === undefined ? {} : deadlineOf(seconds, { ...options, tool, launcher });
  return withDeadline(context, deadline, signals.signal, async ({ deadlineAt }, signal) => {
    const listener = { ...signals, signal };
    const ran = await attempt(false, deadlineAt, listener);
    if (!hasNoFullAuto(script, ran.turn)) return ran;
    io.err(FULL_AUTO_NOTICE);
    return attempt(true, deadlineAt, listener);
  });
}

function deadlineOf(
  seconds: number,
  { tool, stage, launcher }: { tool: Tool; stage: DraftOptions["stage"]; launcher: readonly string[] },
): { deadlineMs?: number; deadlineAt?: string; message?: string } {
  const what = `exceeded deadline (${floatText(seconds)}s) and was terminated`;
  const message =
    tool === "claude" && stage !== "stream"
      ? `Claude command ${what}: ${launcher.join(" ")} …`
      : `${tool} ${what}.`;
  return { deadlineMs: seconds * 1000, message };
}

/** Converts a failed turn to an error of the original scripts, with the agent's own reason. */
export function failureOfTurn(script: Script, turn: TurnResult): ScriptFailure {
  const { tool } = script;
  const { failure, exit, sessionId } = turn;
  if (turn.outcome === "deadline" || turn.outcome === "cancelled") {
    return new ScriptFailure("RuntimeError", failure?.message ?? "The turn was ended.");
  }
  const code = exit?.code ?? (exit?.signal === undefined ? 0 : -signalNumber(exit.signal));
  if (code === 0 && sessionId === undefined) {
    const where =
      tool === "claude"
        ? "Missing `session_id` in `claude --output-format json` output."
        : "Missing `thread_id` in `codex exec --json` output.";
    return new ScriptFailure("RuntimeError", where);
  }
  return new ScriptFailure("RuntimeError", `${tool} failed rc=${code}: ${failure?.message ?? ""}`.trimEnd());
}

/** Whether codex refused its command line because of `--full-auto`; in that case it ran nothing. */
function hasNoFullAuto(script: Script, turn: TurnResult): boolean {
  return script.has("full_auto") && /unexpected argument '--full-auto'/.test(turn.failure?.message ?? "");
}

function signalNumber(name: string): number {
  const numbers: Record<string, number> = {
    SIGHUP: 1,
    SIGINT: 2,
    SIGQUIT: 3,
    SIGKILL: 9,
    SIGSEGV: 11,
    SIGPIPE: 13,
    SIGTERM: 15,
  };
  return numbers[name] ?? 1;
}
