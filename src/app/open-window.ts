import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";
import { quoteWord } from "../domain/posix-words.ts";
import { identifyProcess } from "../system/process-identity.ts";
import { readJsonFolder } from "../system/read-json-folder.ts";
import type { Context } from "./context.ts";

/**
 * Refuses to send into a conversation that a window of the agent has open: even an idle window would lose
 * its next turn, because it continues from the history it has in memory.
 *
 * @throws AppError `busy`
 */
export function refuseOpenWindow(context: Context, agent: Agent, sessionId: string, name: string): void {
  const place = agent.window?.(context.env);
  if (place === undefined) return;
  for (const value of readJsonFolder(place.folder)) {
    const window = place.read(value);
    if (window?.sessionId !== sessionId) continue;
    // The file stays behind when the window is killed, and its process number may be somebody else's by now.
    const found = identifyProcess(window.pid);
    if (found === undefined || (window.start !== undefined && window.start !== found.start)) continue;
    throw new AppError(
      "busy",
      `${agent.title} has ${JSON.stringify(name)} open in a window (process ${window.pid}).`,
      {
        hint: `Close the window, or send anyway with: agent-sessions send ${quoteWord(name)} --with-open-window '…'`,
        facts: { pid: window.pid, status: window.status ?? null },
      },
    );
  }
}
