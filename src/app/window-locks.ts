import { join } from "node:path";
import type { Agent } from "../domain/agent.ts";
import { AppError } from "../domain/errors.ts";
import type { OpenedWindow } from "../stores/opened-windows.ts";
import { lockHolders } from "../system/file-lock.ts";
import { listFolder } from "../system/folder.ts";
import { fileState } from "../system/kept-copy.ts";
import type { Context } from "./context.ts";
import { readBeginning } from "./conversations.ts";
import { exchangesIn } from "./exchanges-in.ts";
import { NamesOfSessions, type PlacedName } from "./names-of-sessions.ts";
import { isOfWindow } from "./own-windows.ts";
import { findTranscript } from "./transcript.ts";

const LOOK_MS = 500;
/** A turn of codex 0.171.0 takes longer than two looks and a window's end. */
const FRESH_MS = 2 * LOOK_MS;

/** What was said in a window in conversations that it was not opened for. */
export interface SaidElsewhere {
  /** With their names, those of the workspace first. */
  conversations: { sessionId: string; names: readonly PlacedName[] }[];
  /** Whether it is certain that nothing was said in the conversation that it was opened for. */
  isOwnSilent: boolean;
}

export interface LockWatch {
  /** To be called as soon as the window is closed. */
  stop(): void;
  /** Undefined where nothing is known of any other conversation. */
  saidElsewhere(): Promise<SaidElsewhere | undefined>;
}

/** A part of a transcript. */
interface Part {
  sessionId: string;
  /** Absent where there was none yet. */
  path: string | undefined;
  from: number;
  to: number;
}

/**
 * Watches which conversations a window has locked, where the agent lets nobody else write in them then: what is said in
 * one meanwhile is said in the window. A window of codex 0.171.0 that goes to another conversation keeps the lock of the
 * first, so which one it shows can't be told.
 */
export function watchLocks(context: Context, agent: Agent, window: OpenedWindow): LockWatch {
  const place = agent.writerLock?.(window.sessionId, context.env);
  const { folder, sessionIdOf, isEnforced = false } = place ?? {};
  if (folder === undefined || sessionIdOf === undefined || !isEnforced)
    return { stop: () => undefined, saidElsewhere: async () => undefined };

  const own = partFrom(context, agent, window.sessionId);
  const parts: Part[] = [];
  const ours = new Map<number, boolean>();
  let held = new Map<string, Part>();
  let lookedAt = Number.NEGATIVE_INFINITY;

  /** The conversations that are locked now, and whether by the window. */
  const locked = () => {
    const files = listFolder(folder).map((name) => ({ path: join(folder, name), id: sessionIdOf(name) }));
    const holders = lockHolders(files.map(({ path }) => path));
    return new Map(
      files.flatMap(({ path, id }) => {
        const pid = holders.get(path);
        if (pid === undefined || id === undefined || id === window.sessionId) return [];
        const isOurs = ours.get(pid) ?? isOfWindow(window, pid);
        ours.set(pid, isOurs);
        return [[id, isOurs] as const];
      }),
    );
  };
  const look = () => {
    try {
      // What was there before the lock was seen once more was written under it.
      const sizes = [...held.values()].map((part) => [part, sizeOf(part.path)] as const);
      const now = locked();
      for (const [part, size] of sizes) if (now.get(part.sessionId)) part.to = size;
      const before = held;
      held = new Map();
      for (const [id, isOurs] of now) {
        if (!isOurs) continue;
        const known = before.get(id);
        const part = known ?? partFrom(context, agent, id);
        if (known === undefined) parts.push(part);
        held.set(id, part);
      }
      lookedAt = performance.now();
    } catch {
      // What can't be looked at tells nothing.
    }
  };
  /** What came between the last look and the end of the window. */
  const lookAfter = () => {
    try {
      if (performance.now() - lookedAt > FRESH_MS) return;
      const sizes = [...held.values()].map((part) => [part, sizeOf(part.path)] as const);
      const now = locked();
      for (const [part, size] of sizes) if (!now.has(part.sessionId)) part.to = size;
    } catch {
      // As above.
    }
  };
  const timer = setInterval(look, LOOK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      lookAfter();
    },
    saidElsewhere: async () => {
      const ids = parts.filter((part) => isSaidIn(context, agent, part)).map(({ sessionId }) => sessionId);
      if (ids.length === 0) return undefined;
      const names = await NamesOfSessions.of(context, window.scope.workspace);
      const conversations = [...new Set(ids)].map((sessionId) => ({
        sessionId,
        names: names.of({ agent: agent.name, sessionId }),
      }));
      const isOwnSilent =
        own.path !== undefined &&
        sizeOf(own.path) >= own.from &&
        !isSaidIn(context, agent, { ...own, to: sizeOf(own.path) });
      return { conversations, isOwnSilent };
    },
  };
}

function partFrom(context: Context, agent: Agent, sessionId: string): Part {
  const path = findTranscript(context, agent, { agent: agent.name, sessionId }, undefined);
  const size = sizeOf(path);
  return { sessionId, path, from: size, to: size };
}

function sizeOf(path: string | undefined): number {
  return (path === undefined ? undefined : fileState(path))?.bytes ?? 0;
}

/** Whether people have said something in a part of a transcript; what an agent says to itself is nothing of theirs. */
function isSaidIn(context: Context, agent: Agent, { sessionId, path, from, to }: Part): boolean {
  // One that had no transcript was begun in the window, for nobody goes on with such a conversation.
  const known = path ?? findTranscript(context, agent, { agent: agent.name, sessionId }, undefined);
  const end = path === undefined ? sizeOf(known) : to;
  if (known === undefined || end <= from || readBeginning(agent, known, () => true) === undefined)
    return false;
  try {
    return exchangesIn(agent, known, end).exchanges.some(({ at }) => at >= from);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return false;
  }
}
