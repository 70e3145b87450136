import type { Agent } from "../../domain/agent/agent.ts";
import { eachOf, type Workspaces } from "../../domain/names/workspaces.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { OpenedWindow } from "../../stores/file/windows.ts";
import type { Context } from "../context.ts";
import { isOfWindow, ownWindows } from "../conversation/windows.ts";
import { type ForeignWriter, foreignWriters, openWindows } from "./foreign-writer.ts";

/** A named conversation that is open in a window of the agent, or in a turn that we did not start. */
export interface OpenWindow extends BusyWindow {
  name: string;
  agent: string;
  workspace: string;
}

/** A process that keeps a conversation busy and is not a turn of ours. */
export interface BusyWindow extends ForeignWriter {
  /** When `open` opened the window, ISO 8601; absent for a window that was not opened by `open`. */
  since?: string;
  /** The conversation that such a window shows now, if it has moved to another one. */
  wentOnIn?: string;
}

/**
 * Returns the named conversations of workspaces that are open in windows; without a workspace, only those
 * that `open` has opened.
 */
export async function windowsOf(
  context: Context,
  request: { workspace: Workspaces; name?: string | undefined; agent?: string | undefined },
  ownLeaders: readonly number[],
): Promise<OpenWindow[]> {
  const { workspace, name, agent } = request;
  const found: OpenWindow[] = [];
  for (const known of context.agentsOf(agent)) {
    if (workspace === undefined) {
      for (const own of ownWindows(context, known.name))
        found.push({
          ...openedWindow(context, known, own),
          name: own.name,
          agent: known.name,
          workspace: own.scope.workspace,
        });
      continue;
    }
    for (const folder of eachOf(workspace)) {
      const { entries } = await context.store.list({ workspace: folder, agent: known.name });
      const meant = [...entries.values()].filter((entry) => name === undefined || entry.name === name);
      const windows = busyWindows(
        context,
        known,
        meant.map(({ sessionId }) => sessionId),
        ownLeaders,
      );
      for (const entry of meant) {
        const window = windows.get(entry.sessionId);
        if (window === undefined) continue;
        found.push({ ...window, name: entry.name, agent: known.name, workspace: folder });
      }
    }
  }
  return found;
}

/** Returns what has some conversations of an agent open, by session id; one entry for each conversation. */
export function busyWindows(
  context: Context,
  agent: Agent,
  sessionIds: readonly string[],
  ownLeaders: readonly number[],
): Map<string, BusyWindow> {
  const own = ownWindows(context, agent.name).map((window) => openedWindow(context, agent, window));
  const all = [...own, ...foreignWriters(context, agent, sessionIds, ownLeaders)];
  return new Map(all.reverse().map((window) => [window.sessionId, window]));
}

/** Returns what has a conversation open in which no turn of ours runs. */
export function busyWindow(context: Context, { agent, sessionId }: SessionKey): BusyWindow | undefined {
  return busyWindows(context, context.findAgent(agent), [sessionId], []).get(sessionId);
}

/**
 * A window of ours, with the PID and the status that the agent's process in it reports, if it reports any.
 */
function openedWindow(context: Context, agent: Agent, window: OpenedWindow): BusyWindow {
  const { sessionId, process, since, wentOnIn } = window;
  const shown = openWindows(context, agent).find(({ pid }) => isOfWindow(window, pid));
  return {
    sessionId,
    pid: shown?.pid ?? process.pid,
    kind: "window",
    status: shown?.status,
    isLocked: false,
    since,
    ...(wentOnIn === undefined ? {} : { wentOnIn }),
  };
}
