import type { Agent } from "../../domain/agent/agent.ts";
import type { ProofCommand } from "../../domain/agent/travel.ts";
import { AppError } from "../../domain/errors.ts";
import { askBriefly } from "../../system/processes/briefly.ts";
import type { Context } from "../context.ts";
import { endIfAsked } from "./end-if-asked.ts";

/** Nobody waits for longer than this; on a busy machine copilot needs 8 s to start. */
const LONGEST_MS = 120_000;

/**
 * Lets the agent itself show that it can continue a conversation. No model is asked.
 *
 * @throws AppError `file_refused` where the agent can't read it; `agent_failed` where it showed nothing
 */
export async function proveIt(
  context: Context,
  agent: Agent,
  command: ProofCommand,
  { launcher, cwd, signal }: { launcher: readonly string[]; cwd: string; signal: AbortSignal | undefined },
): Promise<void> {
  const [file = "", ...args] = launcher;
  const { input, read } = command;
  const run = await askBriefly(file, [...args, ...command.args], {
    cwd,
    env: context.env,
    timeoutMs: LONGEST_MS,
    input,
    read,
    signal,
  });
  endIfAsked(signal, "The import");
  const proof = run.answer ?? (run.end === "exit" ? command.atExit(run.code) : undefined);
  if (proof?.canContinue) return;
  const nothing = "Nothing was changed.";
  if (proof !== undefined)
    throw new AppError("file_refused", `${agent.title} can't continue this conversation: ${proof.says}`, {
      hint: `${nothing} The file may come from another version of ${agent.title}.`,
    });
  const words = run.stderr.trim().split("\n").at(-1) ?? "";
  const how =
    run.end === "timeout"
      ? `did not answer in ${LONGEST_MS / 1000} s`
      : `exited with code ${run.code ?? "none"}`;
  throw new AppError(
    "agent_failed",
    `${agent.title} did not show whether it can continue this conversation: it ${how}${words === "" ? "" : ` (${words})`}.`,
    { hint: `${nothing} See whether ${agent.title} runs here: ${context.wording.step("doctor")}` },
  );
}
