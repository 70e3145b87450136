import type { SessionKey, SessionRecord } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";
import { readConversation } from "./conversation.ts";
import { keepTranscript } from "./transcript.ts";

/**
 * Keeps the transcript of a conversation at its adoption, or after a window of ours was closed, and records
 * its state as the new baseline: only later growth is foreign.
 */
export async function takeStock(
  context: Context,
  key: SessionKey,
  begun: Pick<SessionRecord, "workspace" | "createdAt">,
): Promise<void> {
  const conversation = await readConversation(context, key);
  const { session, record, last } = conversation;
  if (record === undefined) await session.saveRecord({ ...key, ...begun });
  const transcript = keepTranscript(conversation);
  if (transcript === undefined) return;
  const seen = { ...(last === undefined ? {} : { turnId: last.turnId }), transcript };
  await session.changeRecord((now) => ({ ...now, seen }));
}
