import type { Agent } from "../../domain/agent/agent.ts";
import type { SessionKey, TranscriptState } from "../../domain/session/session.ts";
import type { Piece, TranscriptStore } from "../../domain/session/transcript-store.ts";
import type { SessionStore } from "../../domain/store.ts";
import { fileState } from "../../system/files/keep.ts";
import type { Context } from "../context.ts";
import { lineageOf } from "../conversation/lineage.ts";
import { localPlace } from "../conversation/local-place.ts";

/** The agent's files of conversations, as a worker brings them to its machine for a turn and takes home what was added. */
export class ConversationFiles {
  private readonly brought = new Map<string, TranscriptState>();

  constructor(
    private readonly context: Context,
    private readonly shared: { store: SessionStore; transcripts: TranscriptStore },
    private readonly agent: Agent,
    /** Where the agent works now. */
    private readonly folder: () => string,
  ) {}

  /** Returns the conversation's transcript as it was brought; undefined if none was. */
  here(key: SessionKey): TranscriptState | undefined {
    return this.brought.get(idOf(key));
  }

  /** Brings a conversation's files, and those of the conversations that it refers to. */
  async bring(key: SessionKey): Promise<void> {
    const { context, shared, agent } = this;
    const line = agent.can.fork === "refers" ? await lineageOf(context, key) : [{ sessionId: key.sessionId }];
    const root = line.findIndex((one) => !("began" in one) || one.began !== "forked");
    const keys = line.slice(0, root + 1);
    for (const { sessionId } of keys) {
      const one = { agent: key.agent, sessionId };
      const place = await this.placeOf(one);
      if (place === undefined) continue;
      const { path } = await shared.transcripts.bring(one, place);
      const state = fileState(path);
      if (state !== undefined) this.brought.set(idOf(one), { path, ...state });
    }
  }

  /** Returns what the files have grown by. @throws AppError `conversation_changed` */
  async growth(key: SessionKey): Promise<Piece[]> {
    const place = await this.placeOf(key);
    return place === undefined ? [] : this.shared.transcripts.growth(key, place);
  }

  private async placeOf({ agent, sessionId }: SessionKey) {
    const record = await this.shared.store.session({ agent, sessionId }).record();
    const createdAt = new Date(record?.createdAt ?? this.context.now());
    return localPlace(this.agent, sessionId, { workspace: this.folder(), createdAt }, this.context.env);
  }
}

function idOf({ agent, sessionId }: SessionKey): string {
  return JSON.stringify([agent, sessionId]);
}
