import type { Agent } from "../domain/agent.ts";
import type { OpenedWindow, OpenedWindows } from "../stores/opened-windows.ts";
import type { Context } from "./context.ts";
import { openWindows } from "./foreign-writer.ts";
import { isOfWindow } from "./own-windows.ts";

const LOOK_MS = 500;

export interface WindowWatch {
  /** The window as it was when it was last looked at. */
  readonly window: OpenedWindow;
  stop(): void;
}

/**
 * Watches which conversation a window has open, where the agent tells: after a `/clear` in it that is another one.
 * What it sees is on record for others.
 */
export function watchWindow(
  context: Context,
  agent: Agent,
  windows: OpenedWindows,
  opened: OpenedWindow,
): WindowWatch {
  const watch = { window: opened, stop: () => clearInterval(timer) };
  let pid: number | undefined;
  const look = () => {
    const open = openWindows(context, agent);
    pid ??= open.find((one) => one.sessionId === opened.sessionId && isOfWindow(opened, one.pid))?.pid;
    const sessionId = open.find((one) => one.pid === pid)?.sessionId;
    const wentOnIn = sessionId === opened.sessionId ? undefined : sessionId;
    if (sessionId === undefined || wentOnIn === watch.window.wentOnIn) return;
    watch.window = wentOnIn === undefined ? opened : { ...opened, wentOnIn };
    try {
      windows.save(watch.window);
    } catch {
      // A full disk: it is told at the end all the same.
    }
  };
  const timer = agent.windows === undefined ? undefined : setInterval(look, LOOK_MS);
  return watch;
}
