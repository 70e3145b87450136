import { dirname, join } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import type { NameEntry, NameScope } from "../../domain/names/name.ts";
import type { SessionKey, TurnEnded } from "../../domain/session/session.ts";
import type { LocalPlace } from "../../domain/session/transcript-store.ts";
import type { Connection } from "../../stores/postgres/connection.ts";
import type { PostgresPieces } from "../../stores/postgres/pieces.ts";
import type { PostgresStore } from "../../stores/postgres/store.ts";
import type { Transcripts } from "../../stores/transcripts.ts";
import type { Context } from "../context.ts";
import { lineageOf } from "../conversation/lineage.ts";
import { transcriptOrCopy } from "../conversation/transcript.ts";
import { postgres, type StoreEnvironment, withStore } from "./with-store.ts";

/** The folder of side files in our copy of a transcript. */
const KEPT_SIDE = "side";

export interface ImportRequest {
  /** Only the names of these folders; absent: all of this user. */
  workspaces?: readonly string[] | undefined;
  /** Returns what machines call a workspace that is a folder here; undefined if it has no name that they share. */
  identify(workspace: string): string | undefined;
}

export interface StoreImported {
  /** The store, without its password. */
  store: string;
  /** The names that were not in the store before. */
  names: number;
  /** The conversations of names, and those that they came from, of which something was new. */
  conversations: number;
  turns: number;
  transcriptBytes: number;
  leftOut: LeftOutName[];
}

export interface LeftOutName {
  name: string;
  workspace: string;
  agent: string;
  /** In words for people. */
  because: string;
}

/**
 * Takes names, journals and transcripts of this machine into the store; what is there already stays as it is, so it can be
 * run again. Nothing here changes. The moves that names have made before stay behind.
 *
 * @throws AppError
 */
export async function importIntoStore(
  context: Context,
  env: StoreEnvironment,
  { workspaces, identify }: ImportRequest,
): Promise<StoreImported> {
  const { PostgresPieces, PostgresStore, requireSchema, Seal, Transcripts } = await postgres();
  return withStore(env, async (connection, address) => {
    await requireSchema(connection);
    const seal = Seal.of(address);
    const store = new PostgresStore({ connection, seal, self: context.self(), now: context.now });
    const pieces = new PostgresPieces(connection, seal);
    const done: StoreImported = {
      store: address.shown,
      names: 0,
      conversations: 0,
      turns: 0,
      transcriptBytes: 0,
      leftOut: [],
    };
    const transcripts = new Transcripts(pieces);
    const importer = new Importer(context, { store, pieces, transcripts, connection, identify }, done);
    for await (const scope of context.store.scopes((error) => context.notify(error.message))) {
      const isMeant = workspaces === undefined || workspaces.includes(scope.workspace);
      if (isMeant && scope.mappingFile === undefined) await importer.scope(scope);
    }
    return done;
  });
}

interface Target {
  store: PostgresStore;
  pieces: PostgresPieces;
  transcripts: Transcripts;
  connection: Connection;
  identify: ImportRequest["identify"];
}

class Importer {
  /** Conversations by key: why one is left out, or undefined where it is in the store. */
  private readonly seen = new Map<string, string | undefined>();

  constructor(
    private readonly context: Context,
    private readonly to: Target,
    private readonly done: StoreImported,
  ) {}

  async scope(scope: NameScope): Promise<void> {
    const shared = this.to.identify(scope.workspace);
    const { entries } = await this.context.store.list(scope);
    for (const entry of entries.values()) {
      const because =
        shared === undefined
          ? "its folder has no name that machines share"
          : await this.name(entry, { ...scope, workspace: shared });
      const { agent, workspace } = scope;
      if (because !== undefined) this.done.leftOut.push({ name: entry.name, workspace, agent, because });
    }
  }

  /** Returns why a name is left out. */
  private async name(entry: NameEntry, scope: NameScope): Promise<string | undefined> {
    const key = { agent: scope.agent, sessionId: entry.sessionId };
    const there = (await this.to.store.find(scope, entry.name)).entry;
    if (there !== undefined && there.sessionId !== entry.sessionId)
      return `the name is taken in the store, by the conversation ${there.sessionId}`;
    // The oldest first: each conversation stands on those that it came from.
    const line = (await lineageOf(this.context, key)).reverse();
    for (const { sessionId } of line) {
      const because = await this.conversation({ ...key, sessionId });
      if (because !== undefined) return because;
    }
    if (there !== undefined) return undefined;
    let isNew = false;
    await this.to.store.update(scope, (names) => {
      isNew = !names.entries.has(entry.name);
      return isNew ? [{ op: "set", entry, reason: "adopt" }] : [];
    });
    if (isNew) this.done.names += 1;
    return undefined;
  }

  /** Returns why a conversation is left out. */
  private async conversation(key: SessionKey): Promise<string | undefined> {
    const id = JSON.stringify([key.agent, key.sessionId]);
    if (!this.seen.has(id)) this.seen.set(id, await this.take(key));
    return this.seen.get(id);
  }

  private async take(key: SessionKey): Promise<string | undefined> {
    const { context, to } = this;
    if ((await context.runner.unended(key)).length > 0) return "a turn of it has not ended";
    const [here, there] = [context.store.session(key), to.store.session(key)];
    const [turns, known] = [await here.journal.read(), await there.journal.read()];
    const same = commonTurns(turns, known);
    // The store has gone on: what is there is the conversation.
    if (same === turns.length && known.length > 0) return undefined;
    if (same < known.length) return "it has gone on in the store, too";
    const record = await here.record();
    const place = this.placeOf(context.findAgent(key.agent), key);
    const grown = place === undefined ? [] : await this.to.transcripts.growth(key, place);
    const added = turns.slice(same);
    if (added.length === 0 && grown.length === 0 && record === undefined) return undefined;
    await to.connection.transaction(async (queries) => {
      if (record !== undefined) {
        const workspace = to.identify(record.workspace) ?? record.workspace;
        await there.saveRecordIn(queries, { ...record, workspace });
      }
      for (const turn of added) await to.store.appendIn(queries, key, turn);
      await to.pieces.appendIn(queries, key, grown);
    });
    this.done.conversations += 1;
    this.done.turns += added.length;
    this.done.transcriptBytes += grown.reduce((sum, { bytes }) => sum + bytes, 0);
    return undefined;
  }

  private placeOf(agent: Agent, { sessionId }: SessionKey): LocalPlace | undefined {
    const transcript = transcriptOrCopy(this.context, agent, sessionId);
    if (transcript === undefined) return undefined;
    const side = agent.transcript?.(sessionId, this.context.env).sideFolder;
    const kept = this.context.home.transcriptFolder({ agent: agent.name, sessionId });
    const folder = dirname(transcript);
    return { transcript, sideFolder: side && join(folder, folder === kept ? KEPT_SIDE : side) };
  }
}

/** Returns how many turns two journals have in common at their beginning. */
function commonTurns(left: readonly TurnEnded[], right: readonly TurnEnded[]): number {
  let same = 0;
  while (same < left.length && left[same]?.turnId === right[same]?.turnId) same += 1;
  return same;
}
