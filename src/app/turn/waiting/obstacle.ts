import { isWorkspaceGone } from "../../../system/places/workspace.ts";
import type { Context } from "../../context.ts";
import { reachOf } from "./reach.ts";

/** What has waited longer than this is run only on request: its prompt may no longer be what anybody wants. */
const PATIENCE_MS = 86_400_000;

/** After so many processes in a row that died before a turn had begun, a person has to look. */
const MOST_FAILURES = 5;
const FIRST_PAUSE_MS = 1_000;

/** What decides whether a process may run a turn that was accepted by another one. */
interface Accepted {
  acceptedAt: string;
  agent: string;
  launcher: readonly string[];
  /** As `reachOf` returned it. */
  reach: string | undefined;
  cwd: string;
}

/** Why this process may not run a turn by itself, in words for people; undefined if it may. */
export function obstacleTo(
  context: Context,
  { acceptedAt, agent, launcher, reach, cwd }: Accepted,
  failures: number,
): string | undefined {
  if (!context.runsWaiting) return "only commands of agent-sessions start what waits";
  if (context.now().getTime() - Date.parse(acceptedAt) > PATIENCE_MS) return "it has waited for over a day";
  if (reach === undefined || reachOf(context, context.findAgent(agent), launcher) !== reach)
    return "it was accepted with another account, or from a place that reaches other files or hosts";
  if (failures >= MOST_FAILURES) return `its process has ended ${failures} times before the turn began`;
  if (isWorkspaceGone(cwd)) return `its folder ${cwd} is gone`;
  return undefined;
}

/** Whether the last process was started a moment ago: one that dies at once is not started in a loop. */
export function isTooSoon(context: Context, { count, lastMs }: { count: number; lastMs: number }): boolean {
  return count > 0 && Math.abs(context.now().getTime() - lastMs) < FIRST_PAUSE_MS * 2 ** count;
}
