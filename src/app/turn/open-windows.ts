import type { Agent } from "../../domain/agent/agent.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { OpenedWindow } from "../../stores/file/windows.ts";
import type { Context } from "../context.ts";
import { isOfWindow, ownWindows } from "../conversation/windows.ts";
import { type ForeignWriter, foreignWriters, openWindows } from "./foreign-writer.ts";

/** A named conversation that a window of the agent has open, or a turn that we did not start. */
export interface OpenWindow extends BusyWindow {
  name: string;
  agent: string;
  workspace: string;
}

/** What keeps a conversation busy that is no turn of ours. */
export interface BusyWindow extends ForeignWriter {
  /** Since when `open` has it open; absent for a window that somebody has opened otherwise. ISO 8601. */
  since?: string;
  /** The conversation that such a window shows now, where that is another one. */
  wentOnIn?: string;
}

/** The named conversations of a workspace that windows have open; without a workspace only those that `open` has opened. */
export async function windowsOf(
  context: Context,
  request: { workspace: string | undefined; name?: string | undefined; agent?: string | undefined },
  ownLeaders: readonly number[],
): Promise<OpenWindow[]> {
  const { workspace, name, agent } = request;
  const found: OpenWindow[] = [];
  for (const known of agent === undefined ? context.agents : [context.findAgent(agent)]) {
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
    const { entries } = await context.store.list({ workspace, agent: known.name });
    const meant = [...entries.values()].filter((entry) => name === undefined || entry.name === name);
    const windows = busyWindows(
      context,
      known,
      meant.map(({ sessionId }) => sessionId),
      ownLeaders,
    );
    for (const entry of meant) {
      const window = windows.get(entry.sessionId);
      if (window !== undefined) found.push({ ...window, name: entry.name, agent: known.name, workspace });
    }
  }
  return found;
}

/** What has some conversations of an agent open, by their ids; one for each. */
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

/** What has one conversation open in which no turn of ours runs. */
export function busyWindow(context: Context, { agent, sessionId }: SessionKey): BusyWindow | undefined {
  return busyWindows(context, context.findAgent(agent), [sessionId], []).get(sessionId);
}

/** A window of ours with what the agent's process in it tells, where that can be told. */
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
