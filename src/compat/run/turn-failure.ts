import type { TurnResult } from "../../app/turn/ending/result.ts";
import { ScriptFailure } from "./failure.ts";
import type { Script } from "./invocation.ts";

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
export function hasNoFullAuto(script: Script, turn: TurnResult): boolean {
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
