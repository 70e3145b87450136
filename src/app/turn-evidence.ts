import type { Agent } from "../domain/agent.ts";
import type { SessionKey, TranscriptState } from "../domain/session.ts";
import type { TranscriptEvent } from "../domain/transcript.ts";
import { parseJson } from "../system/json-lines.ts";
import { fileState } from "../system/kept-copy.ts";
import { readLines } from "../system/read-lines.ts";
import type { Context } from "./context.ts";
import { findTranscript } from "./transcript.ts";

/** What the agent's own record says of a turn whose end nobody saw. */
export interface TurnEvidence {
  /** Whether the prompt is part of the conversation, so that it will be read again; absent where that can't be told. */
  hasPrompt?: boolean;
  /** The answer, where the agent had finished it. */
  answer?: string;
}

/**
 * Looks for a turn in what was added to the transcript since the turn before. Undefined when there is no
 * transcript to look into.
 */
export function findEvidence(
  context: Context,
  agent: Agent,
  key: SessionKey,
  before: TranscriptState | undefined,
  prompt: string,
): TurnEvidence | undefined {
  const path = findTranscript(context, agent, key, before);
  const found = path === undefined ? undefined : fileState(path);
  if (path === undefined || found === undefined) return undefined;
  const from = before !== undefined && before.bytes <= found.bytes ? before.bytes : 0;
  const evidence: TurnEvidence = { hasPrompt: false };
  for (const event of readTranscript(agent, path, from)) {
    if (event.type === "prompt") {
      // What comes after our turn is somebody else's.
      if (evidence.hasPrompt) break;
      evidence.hasPrompt = isSame(event.text, prompt);
    } else if (event.type === "answer" && evidence.hasPrompt && event.isFinal) {
      evidence.answer = event.text;
    }
  }
  // A prompt that the agent writes down in words of its own may be there all the same.
  return evidence.hasPrompt || agent.keepsWords(prompt) ? evidence : {};
}

/**
 * The last thing that was said in a conversation before a prompt, as a place to go back to. Undefined where
 * the prompt opened the conversation, or is not in it.
 */
export function findPlaceBefore(
  context: Context,
  agent: Agent,
  key: SessionKey,
  state: TranscriptState | undefined,
  prompt: string,
): string | undefined {
  const path = findTranscript(context, agent, key, state);
  if (path === undefined) return undefined;
  const places = new Map<string, TranscriptEvent & { type: "prompt" | "answer" | "link" }>();
  let last: string | undefined;
  for (const event of readTranscript(agent, path, 0)) {
    if (event.type === "forked") continue;
    if (event.messageId !== undefined) places.set(event.messageId, event);
    if (event.type === "prompt" && isSame(event.text, prompt)) last = event.messageId;
  }
  // Up the tree and not up the file: what an earlier attempt has left is on a branch of its own.
  const seen = new Set<string>();
  let place = last === undefined ? undefined : places.get(last)?.parentId;
  while (place !== undefined && !seen.has(place)) {
    seen.add(place);
    const event = places.get(place);
    if (event?.type === "prompt" || event?.type === "answer") return place;
    place = event?.parentId;
  }
  return undefined;
}

function* readTranscript(agent: Agent, path: string, from: number): Generator<TranscriptEvent> {
  for (const line of readLines(path, from)) {
    const event = agent.readTranscript(parseJson(line));
    if (event !== undefined) yield event;
  }
}

/** Agents trim what they read. */
function isSame(text: string, prompt: string): boolean {
  return text.trim() === prompt.trim();
}
