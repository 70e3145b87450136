import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { replay } from "../../domain/names/log.ts";
import { lastMentions } from "../../domain/names/moves.ts";
import { stateError } from "../../system/errors.ts";
import { listFolder, listFolders, stampOf } from "../../system/files/folder.ts";
import { digest, type StateHome } from "./home.ts";
import { NamesFolder } from "./names/folder.ts";
import { readTurnTexts, turnVersion } from "./turns/stored.ts";

interface LogContent {
  stamp: string;
  /** Digests of the ids that names point at now. */
  named: Set<string>;
  /** Digest → when the log last mentioned the id. */
  mentionedMs: Map<string, number>;
}

/**
 * Everything that points at conversations: the names of every workspace, and the turns under way.
 * Conversations are identified by the digests of their ids, as their folders are. No two agents share an id,
 * so the agent does not matter.
 */
export class Pointers {
  private readonly logs = new Map<string, LogContent>();
  /** All logs combined; undefined when one has changed since. */
  private names: Pick<LogContent, "named" | "mentionedMs"> | undefined;
  private readonly turns = new Set<string>();

  constructor(private readonly home: StateHome) {}

  /**
   * Reads all pointers again, except from name logs that have not changed. Returns false when `mayGoOn`
   * stopped it: then some pointers are missing.
   *
   * @throws AppError when something can't be read: then its pointers are unknown.
   */
  refresh(mayGoOn: () => boolean): boolean {
    for (const scope of listFolder(this.home.namesRoot)) {
      if (!mayGoOn()) return false;
      this.readNames(new NamesFolder(join(this.home.namesRoot, scope)));
    }
    this.turns.clear();
    for (const id of listFolders(this.home.turnsFolder)) {
      if (!mayGoOn()) return false;
      this.readTurn(join(this.home.turnsFolder, id));
    }
    return true;
  }

  isPointedAt(sessionDigest: string): boolean {
    return this.turns.has(sessionDigest) || this.allNames().named.has(sessionDigest);
  }

  /** Returns when a name log last mentioned the conversation; minus infinity when none ever did. */
  lastMentionMs(sessionDigest: string): number {
    return this.allNames().mentionedMs.get(sessionDigest) ?? Number.NEGATIVE_INFINITY;
  }

  private allNames(): Pick<LogContent, "named" | "mentionedMs"> {
    if (this.names !== undefined) return this.names;
    const named = new Set<string>();
    const mentionedMs = new Map<string, number>();
    for (const log of this.logs.values()) {
      for (const id of log.named) named.add(id);
      for (const [id, atMs] of log.mentionedMs)
        mentionedMs.set(id, Math.max(atMs, mentionedMs.get(id) ?? atMs));
    }
    this.names = { named, mentionedMs };
    return this.names;
  }

  private readNames(names: NamesFolder): void {
    const path = names.logPath;
    // Taken before the log is read, so that a later change always changes the stamp.
    const stamp = stampOfLog(path);
    if (stamp === undefined || this.logs.get(path)?.stamp === stamp) return;
    const { lines = [] } = names.lines() ?? {};
    const named = new Set<string>();
    for (const { sessionId } of replay(lines).entries.values()) named.add(digest(sessionId));
    const mentionedMs = new Map<string, number>();
    for (const [id, atMs] of lastMentions(lines)) mentionedMs.set(digest(id), atMs);
    this.logs.set(path, { stamp, named, mentionedMs });
    this.names = undefined;
  }

  private readTurn(path: string): void {
    if (turnVersion(path) === "newer") {
      throw new AppError("state_newer", `${path} is a turn of a newer version of agent-sessions.`, {
        hint: "Update agent-sessions.",
      });
    }
    // Any text of the turn may be an id: of its conversation, of one that a name is taken from, or in a
    // command.
    for (const text of readTurnTexts(path)) this.turns.add(digest(text));
  }
}

function stampOfLog(path: string): string | undefined {
  try {
    return stampOf(path)?.stamp;
  } catch (error) {
    throw stateError(error, "read", path);
  }
}
