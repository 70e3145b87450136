import type { SessionKey } from "../../domain/session/session.ts";
import { type OpenedWindow, OpenedWindows } from "../../stores/file/windows.ts";
import { findTree } from "../../system/processes/tree.ts";
import type { Context } from "../context.ts";

/** Returns the windows of an agent that our own commands have open. */
export function ownWindows(context: Context, agent: string): OpenedWindow[] {
  return new OpenedWindows(context.home).list().filter(({ scope }) => scope.agent === agent);
}

/** Returns the window in which a command of ours has a conversation open. */
export function ownWindowOf(context: Context, { agent, sessionId }: SessionKey): OpenedWindow | undefined {
  return ownWindows(context, agent).find((window) => window.sessionId === sessionId);
}

/** Returns the environment variable that all processes of a window have. */
export function windowMark(id: string): [name: string, value: string] {
  return ["AGENT_SESSIONS_WINDOW", id];
}

/** Whether a process belongs to the process tree of a window. */
export function isOfWindow({ id, process }: OpenedWindow, pid: number): boolean {
  return findTree({ leader: process, mark: windowMark(id).join("=") }).some((one) => one.pid === pid);
}
