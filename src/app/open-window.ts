import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import { identifyProcess } from "../system/process-identity.ts";
import { readJsonFolder } from "../system/read-json-folder.ts";
import type { Context } from "./context.ts";

/** A window of the agent itself that has a conversation open. */
export interface AgentWindow {
  sessionId: string;
  pid: number;
  /** What it is doing, in the agent's words. */
  status?: string | undefined;
}

/** The windows of an agent that are open now. */
export function openWindows(context: Context, agent: Agent): AgentWindow[] {
  const place = agent.window?.(context.env);
  if (place === undefined) return [];
  return readJsonFolder(place.folder).flatMap((value) => {
    const window = place.read(value);
    if (window === undefined) return [];
    // The file stays behind when the window is killed, and its process number may be somebody else's by now.
    const found = identifyProcess(window.pid);
    const isOpen = found !== undefined && (window.start === undefined || window.start === found.start);
    return isOpen ? [window] : [];
  });
}

/**
 * Refuses to send into a conversation that a window of the agent has open: even an idle window would lose
 * its next turn, because it continues from the history it has in memory.
 *
 * @throws AppError `busy`
 */
export function refuseOpenWindow(context: Context, agent: Agent, sessionId: string, name: string): void {
  const window = openWindows(context, agent).find((open) => open.sessionId === sessionId);
  if (window === undefined) return;
  throw new AppError(
    "busy",
    `${agent.title} has ${JSON.stringify(name)} open in a window (process ${window.pid}).`,
    {
      hint: `Close the window, or send anyway with: agent-sessions send ${quoteWord(name)} --with-open-window '…'`,
      facts: { pid: window.pid, status: window.status ?? null },
    },
  );
}
