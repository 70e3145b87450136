import type { Agent } from "../../domain/agent/agent.ts";
import type { WriterLockPlace } from "../../domain/agent/places.ts";
import type { OpenedWindow } from "../../stores/file/windows.ts";
import { findFiles } from "../../system/files/find.ts";
import { lockHolders } from "../../system/processes/flock-holders.ts";
import type { Context } from "../context.ts";
import { isOfWindow } from "../conversation/windows.ts";
import { NamesOfSessions, type PlacedName } from "../names/tables.ts";
import { isSaidIn, partFromNow, sizeNow, type TranscriptPart } from "./transcript-part.ts";

/**
 * How often the locks are polled. Text that is written before a lock is seen can't be attributed to the
 * window; nobody types faster than this.
 */
const LOOK_MS = 100;
/** An older check proves nothing about the window's end: another process may have run a whole turn since. */
const FRESH_MS = 1_000;

/** What was said in a window in conversations other than the one it was opened for. */
export interface SaidElsewhere {
  /** Each with its names, those of the workspace first. */
  conversations: { sessionId: string; names: readonly PlacedName[] }[];
  /** Whether it is certain that nothing was said in the conversation that it was opened for. */
  isOwnSilent: boolean;
}

export interface LockWatch {
  /** To be called as soon as the window is closed. */
  stop(): void;
  /** Returns undefined where no other conversation is known. */
  saidElsewhere(): Promise<SaidElsewhere | undefined>;
}

/**
 * Watches which conversations a window has locked, if the agent's lock keeps other writers out: anything that
 * is said in one meanwhile was said in the window. A window of codex 0.171.0 that switches to another
 * conversation keeps the lock of the first, so the locks do not show which one it displays.
 */
export function watchLocks(context: Context, agent: Agent, window: OpenedWindow): LockWatch {
  const place = agent.writerLock?.(window.sessionId, context.env);
  if (place === undefined || !place.isEnforced)
    return { stop: () => undefined, saidElsewhere: async () => undefined };
  const own = partFromNow(context, agent, window.sessionId);
  const locks = new OtherConversations(context, agent, window, new LocksOfWindow(window, place.all));
  const timer = setInterval(() => locks.look(), LOOK_MS);
  return {
    stop: () => {
      clearInterval(timer);
      locks.lookAfter();
    },
    saidElsewhere: async () => {
      const said = locks.parts.filter((part) => isSaidIn(context, agent, part));
      if (said.length === 0) return undefined;
      const names = await NamesOfSessions.of(context, window.scope.workspace);
      const ids = new Set(said.map(({ sessionId }) => sessionId));
      return {
        conversations: [...ids].map((sessionId) => ({
          sessionId,
          names: names.of({ agent: agent.name, sessionId }),
        })),
        isOwnSilent:
          own.path !== undefined && isSaidIn(context, agent, { ...own, to: sizeNow(own) ?? 0 }) === false,
      };
    },
  };
}

/** The conversations that a window has locked in addition to its own. */
class OtherConversations {
  /**
   * The parts that were added while the window had the lock, in the order in which the window locked them.
   */
  readonly parts: TranscriptPart[] = [];
  private held = new Map<string, TranscriptPart>();
  private lookedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly context: Context,
    private readonly agent: Agent,
    private readonly window: OpenedWindow,
    private readonly locks: LocksOfWindow,
  ) {}

  look(): void {
    try {
      const now = this.grow((isOurs) => isOurs === true);
      const before = this.held;
      this.held = new Map();
      for (const [id, isOurs] of now)
        if (isOurs && id !== this.window.sessionId) this.held.set(id, before.get(id) ?? this.begin(id));
      this.lookedAt = performance.now();
    } catch {
      // A failed check proves nothing.
    }
  }

  /**
   * Includes what was added between the last check and the end of the window, unless another process has the
   * lock by now.
   */
  lookAfter(): void {
    if (performance.now() - this.lookedAt > FRESH_MS) return;
    try {
      this.grow((isOurs) => isOurs !== false);
    } catch {
      // As above.
    }
  }

  /**
   * Extends the held parts. Sizes are read before the locks: what is there before a lock is seen was written
   * under that lock.
   */
  private grow(isUnderLock: (isOurs: boolean | undefined) => boolean): Map<string, boolean> {
    const sizes = [...this.held.values()].map((part) => [part, sizeNow(part)] as const);
    const now = this.locks.now();
    for (const [part, size] of sizes) if (isUnderLock(now.get(part.sessionId))) part.to = size ?? part.to;
    return now;
  }

  private begin(sessionId: string): TranscriptPart {
    const part = partFromNow(this.context, this.agent, sessionId);
    this.parts.push(part);
    return part;
  }
}

/** Finds which conversations are locked, and whether by one window of ours. */
export class LocksOfWindow {
  private readonly ours = new Map<number, boolean>();

  constructor(
    private readonly window: OpenedWindow,
    private readonly place: WriterLockPlace["all"],
  ) {}

  now(): Map<string, boolean> {
    const { root, folders, file, sessionIdOf } = this.place;
    const paths = findFiles(root, folders, (name) => file.test(name)).map(({ path }) => path);
    const holders = lockHolders(paths);
    const found = new Map<string, boolean>();
    for (const [path, pid] of holders) {
      const id = sessionIdOf(path);
      const isOurs = this.ours.get(pid) ?? isOfWindow(this.window, pid);
      this.ours.set(pid, isOurs);
      found.set(id, isOurs || found.get(id) === true);
    }
    return found;
  }
}
