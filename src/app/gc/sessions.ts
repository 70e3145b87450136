import { Pointers } from "../../stores/file/pointers.ts";
import {
  listStoredSessions,
  type SessionLook,
  type StoredSession,
} from "../../stores/file/sessions/stored.ts";
import type { Collection } from "./collection.ts";

/**
 * Removes the conversations that have had no name for long. Removes none if it is unknown which are still
 * pointed at.
 */
export function collectSessions(collection: Collection): void {
  const { home } = collection.context;
  const sessions = new SessionCollection(collection, new Pointers(home));
  collection.attempt(
    home.sessionsRoot,
    () => sessions.run(),
    (reason) => `No conversation was deleted, because it is unknown which ones are still needed. ${reason}`,
  );
}

class SessionCollection {
  constructor(
    private readonly collection: Collection,
    private readonly pointers: Pointers,
  ) {}

  run(): void {
    if (!this.pointers.refresh(() => this.collection.mayGoOn())) return;
    const unwanted: StoredSession[] = [];
    const wanted: StoredSession[] = [];
    for (const session of listStoredSessions(this.collection.context.home)) {
      if (!this.collection.mayGoOn()) return;
      (this.isUnwanted(session) ? unwanted : wanted).push(session);
    }
    const ancestors = unwanted.length === 0 ? undefined : this.ancestorsOf(wanted);
    if (ancestors === undefined) return;
    for (const session of unwanted) {
      if (!this.collection.mayGoOn()) return;
      if (!ancestors.has(session.path))
        this.collection.attempt(session.path, () => this.collectSession(session));
    }
  }

  /**
   * Whether a conversation may be removed. One that can't be judged counts as wanted, and so do its
   * ancestors.
   */
  private isUnwanted(session: StoredSession): boolean {
    return this.collection.attempt(session.path, () => this.lookIfUnwanted(session)) !== undefined;
  }

  private lookIfUnwanted(session: StoredSession): SessionLook | undefined {
    const { keepSessionsMs } = this.collection.request;
    if (this.pointers.isPointedAt(session.digest)) return undefined;
    if (!this.collection.isOld(this.pointers.lastMentionMs(session.digest), keepSessionsMs)) return undefined;
    if (session.isEmpty()) return undefined;
    const look = session.look();
    return this.collection.isOld(look.usedMs, keepSessionsMs) ? look : undefined;
  }

  /**
   * Returns the folders of all ancestors of the conversations; undefined when there was no time to find them.
   */
  private ancestorsOf(sessions: readonly StoredSession[]): Set<string> | undefined {
    const paths = new Set<string>();
    const open = [...sessions];
    for (let session = open.pop(); session !== undefined; session = open.pop()) {
      if (!this.collection.mayGoOn()) return undefined;
      for (const parent of session.parents()) {
        if (!paths.has(parent.path)) open.push(parent);
        paths.add(parent.path);
      }
    }
    return paths;
  }

  private collectSession(session: StoredSession): void {
    if (this.collection.request.dryRun) {
      const { state } = session.lock.state();
      if (state === "held" || state === "elsewhere") this.skipBusy(session);
      else this.count(session, this.lookIfUnwanted(session));
      return;
    }
    const release = session.lock.tryTake({ since: this.collection.context.now().toISOString() });
    if (release === undefined) {
      this.skipBusy(session);
      return;
    }
    try {
      // A name may point at the conversation again since the check: check once more under the lock.
      this.pointers.refresh(() => true);
      const look = this.lookIfUnwanted(session);
      if (look !== undefined) session.remove();
      this.count(session, look);
    } finally {
      release();
    }
  }

  private skipBusy(session: StoredSession): void {
    this.collection.skip(session.path, "Another process is using it.");
  }

  private count({ agent }: StoredSession, look: SessionLook | undefined): void {
    if (look === undefined) return;
    const { collected } = this.collection;
    const { sessionId, usedMs, ownBytes } = look;
    const lastUsedAt = Number.isFinite(usedMs) ? new Date(usedMs).toISOString() : undefined;
    collected.sessions.push({ agent, sessionId, lastUsedAt });
    collected.freedBytes += ownBytes;
  }
}
