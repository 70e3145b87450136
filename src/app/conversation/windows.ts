import type { SessionKey } from "../../domain/session/session.ts";
import { type OpenedWindow, OpenedWindows } from "../../stores/file/windows.ts";
import { findTree } from "../../system/processes/tree.ts";
import type { Context } from "../context.ts";

/** The windows of an agent that commands of ours have open. */
export function ownWindows(context: Context, agent: string): OpenedWindow[] {
  return new OpenedWindows(context.home).list().filter(({ scope }) => scope.agent === agent);
}

/** The window that a command of ours has a conversation open in. */
export function ownWindowOf(context: Context, { agent, sessionId }: SessionKey): OpenedWindow | undefined {
  return ownWindows(context, agent).find((window) => window.sessionId === sessionId);
}

/** What the environment of every process of a window holds. */
export function windowMark(id: string): [name: string, value: string] {
  return ["AGENT_SESSIONS_WINDOW", id];
}

/** Whether a process was started for a window, by whatever way. */
export function isOfWindow({ id, process }: OpenedWindow, pid: number): boolean {
  return findTree({ leader: process, mark: windowMark(id).join("=") }).some((one) => one.pid === pid);
}
