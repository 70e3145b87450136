import type { Agent } from "../../domain/agent/agent.ts";
import type { OpenedWindow, OpenedWindows } from "../../stores/file/windows.ts";
import type { Context } from "../context.ts";
import { isOfWindow } from "../conversation/windows.ts";
import { openWindows } from "../turn/foreign-writer.ts";
import { LocksOfWindow } from "./locks.ts";
import { lookOften } from "./look-often.ts";

export interface WindowWatch {
  /** The window as it was at the last check. */
  readonly window: OpenedWindow;
  stop(): void;
}

/**
 * Watches which conversation a window has open, if the agent shows it: after a `/clear` it is another one.
 * Records what it finds for other commands.
 */
export function watchWindow(
  context: Context,
  agent: Agent,
  windows: OpenedWindows,
  opened: OpenedWindow,
): WindowWatch {
  const watch = { window: opened, stop: () => stopLooking?.() };
  const shown =
    agent.windows === undefined ? byLocks(context, agent, opened) : bySigns(context, agent, opened);
  const look = () => {
    const sessionId = shown?.();
    const wentOnIn = sessionId === opened.sessionId ? undefined : sessionId;
    if (sessionId === undefined || wentOnIn === watch.window.wentOnIn) return;
    watch.window = wentOnIn === undefined ? opened : { ...opened, wentOnIn };
    try {
      windows.save(watch.window);
    } catch {
      // The disk is full: the conversation is still reported at the end.
    }
  };
  const stopLooking = shown === undefined ? undefined : lookOften(look);
  return watch;
}

/** Reads the open conversation from the agent's own records of its windows. */
function bySigns(context: Context, agent: Agent, opened: OpenedWindow): () => string | undefined {
  let pid: number | undefined;
  return () => {
    const open = openWindows(context, agent);
    pid ??= open.find((one) => one.sessionId === opened.sessionId && isOfWindow(opened, one.pid))?.pid;
    return open.find((one) => one.pid === pid)?.sessionId;
  };
}

/**
 * Reads the open conversation from the agent's locks, if a window locks one conversation at a time: a window
 * of copilot 1.0.102 releases the old lock on `/clear`. Enforced locks are handled by `watchLocks` instead.
 */
function byLocks(
  context: Context,
  agent: Agent,
  opened: OpenedWindow,
): (() => string | undefined) | undefined {
  const place = agent.writerLock?.(opened.sessionId, context.env);
  if (place === undefined || place.isEnforced) return undefined;
  const locks = new LocksOfWindow(opened, place.all);
  return () => {
    const ours = [...locks.now()].flatMap(([id, isOurs]) => (isOurs ? [id] : []));
    return ours.length === 1 ? ours[0] : undefined;
  };
}
