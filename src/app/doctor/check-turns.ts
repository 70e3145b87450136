import type { QueuedTurn } from "../../stores/file/turns/turns.ts";
import type { Context } from "../context.ts";
import { settleQueued } from "../turn/never-began.ts";
import type { RunningTurn } from "../turn/settle.ts";
import { settleTurns } from "../turn/settle.ts";
import { breakCommand } from "./check-locks.ts";
import type { ExaminedState } from "./examined.ts";
import { type Finding, foundOr, problem, problemOf, warning } from "./finding.ts";

/** Whether every turn that has ended could be written down, and whose end nobody can know from here. */
export async function checkTurns({ context }: ExaminedState): Promise<Finding[]> {
  const { running, queued } = await settleTurns(context, () => true);
  const open = running.flatMap(describe);
  const living = running.length - open.length;
  const findings = [...open, ...queued.flatMap((turn) => whyUnsettled(context, turn))];
  const words = [`${living} running`, ...(queued.length === 0 ? [] : [`${queued.length} in line`])];
  return foundOr(findings, `Turns: ${words.join(", ")}; all others are written down.`);
}

function whyUnsettled(context: Context, turn: QueuedTurn): Finding[] {
  try {
    settleQueued(context, turn);
    return [];
  } catch (error) {
    return [problemOf(error)];
  }
}

function describe({ liveness, plan, problem: why }: RunningTurn): Finding[] {
  const { turnId, name, sessionId, scope } = plan;
  const whose = `Turn ${turnId} of ${JSON.stringify(name ?? sessionId ?? "")} in ${scope.workspace}`;
  if (why !== undefined)
    return [problem(`${whose} has ended and can't be written down. ${why.message}`, why.hint)];
  if (liveness !== "elsewhere") return [];
  return [
    warning(
      `${whose} runs on another machine or in another container, or did.`,
      `If that is gone for good: ${breakCommand(name ?? sessionId, scope)}`,
    ),
  ];
}
