import { dirname } from "node:path";
import { AppError } from "../domain/errors.ts";
import { Turns } from "../stores/file/turns/turns.ts";
import { OpenedWindows } from "../stores/file/windows.ts";
import { isOfThisBoot, type ProcessIdentity } from "../system/processes/identity.ts";
import { lineOf } from "../system/processes/list.ts";
import { variableOf } from "../system/processes/mark.ts";
import { callingConversation } from "./caller.ts";
import type { Context } from "./context.ts";
import { WARM_MARK } from "./warm-agents.ts";

/**
 * Refuses what an agent must not do by itself. An agent that means to get around it can: this stops one that tries what it
 * was told to do, or what a file has told it.
 *
 * @param called what was called, in words for people
 * @param only what only a person can do
 * @throws AppError `usage`
 */
export function refuseAgents(context: Context, called: string, only: string): void {
  if (!isCalledByAgent(context)) return;
  throw new AppError("usage", `An agent has called ${called}, and only a person can ${only}.`, {
    hint: "Run it in a terminal of your own.",
  });
}

function isCalledByAgent({ agents, env, home, self }: Context): boolean {
  if (env.AGENT_SESSIONS_TURN || env.AGENT_SESSIONS_CHAIN) return true;
  if (callingConversation(agents, env) !== undefined) return true;
  // An agent may have cleared the environment for this command; what it descends from still tells.
  const line = lineOf(self().pid);
  const homes = [home, ...home.workerHomes()];
  const isMarked = ({ pid }: { pid: number }) =>
    homes.some(({ turnsFolder }) => isIn(turnsFolder, variableOf(pid, "AGENT_SESSIONS_TURN_FOLDER"))) ||
    isIn(home.warmFolder, variableOf(pid, WARM_MARK));
  if (line.some(isMarked)) return true;
  // An agent may have no mark that can be read: its wrapper may clear them, and macOS shows no process's environment.
  const isAbove = (found: ProcessIdentity | undefined) =>
    found !== undefined &&
    isOfThisBoot(found) &&
    line.some(({ pid, start }) => pid === found.pid && start === found.start);
  return (
    homes.some((one) => new Turns(one).all().open.some(({ folder }) => isAbove(folder.agentProcess()))) ||
    new OpenedWindows(home).list().some((window) => isAbove(window.process))
  );
}

/** Marks of another state home, as where tests of a program run in a turn, say nothing about this one. */
function isIn(folder: string, path: string | undefined): boolean {
  return path !== undefined && dirname(path) === folder;
}
