import type { Agent } from "../../domain/agent/agent.ts";
import { knownState } from "../../domain/session/known-state.ts";
import type { SessionRecord } from "../../domain/session/session.ts";
import type { SessionFolder } from "../../domain/store.ts";
import type { Context } from "../context.ts";
import { keepTranscript } from "./transcript.ts";

/**
 * Keeps the transcript of a conversation at its adoption, or after a window of ours was closed, and records
 * its state as the new baseline: only later growth is foreign.
 */
export async function takeStock(
  context: Context,
  agent: Agent,
  session: SessionFolder,
  begun: Pick<SessionRecord, "workspace" | "createdAt">,
): Promise<void> {
  const record = await session.record();
  if (record === undefined) await session.saveRecord({ ...session.key, ...begun });
  const last = await session.journal.last();
  const transcript = keepTranscript(context, agent, session.key, knownState(record, last).transcript);
  if (transcript === undefined) return;
  const seen = { ...(last === undefined ? {} : { turnId: last.turnId }), transcript };
  await session.changeRecord((now) => ({ ...now, seen }));
}
