import type { TranscriptEvent } from "../agent/transcript.ts";

/** What the agent's own record says of a turn whose end nobody saw. */
export interface TurnEvidence {
  /** Whether the prompt is part of the conversation, so that it will be read again; absent where that can't be told. */
  hasPrompt?: boolean;
  /** The answer, where the agent had finished it. */
  answer?: string;
  /** Others have said something behind the prompt: it is not the last message any more. */
  isOvertaken?: true;
}

/**
 * What stands before a turn in the events that are looked through: the history of a conversation that goes on; nothing,
 * since the conversation began with the turn; or a copy of messages with these ids.
 */
export type Before = "history" | "nothing" | ReadonlySet<string>;

type Owner = "before" | "ours" | "others";

/**
 * Looks for a turn among events of a transcript: our prompt, and the answer below it. Others may have said the same
 * words before us, behind us and beside us. Undefined where nobody can say which words are ours.
 */
export function evidenceIn(
  events: Iterable<TranscriptEvent>,
  prompt: string,
  before: Before,
): TurnEvidence | undefined {
  const evidence: TurnEvidence = { hasPrompt: false };
  const owners = new Map<string, Owner>();
  const copied = typeof before === "string" ? undefined : before;
  // Behind a copy a place says nothing until our prompt is found: the copy may have been written anew.
  let last: Owner | undefined = copied === undefined ? "before" : undefined;
  for (const event of events) {
    if (event.type === "forked") continue;
    const { messageId, parentId } = event;
    if (messageId !== undefined && copied?.has(messageId)) continue;
    // Up the tree where there is one: two who write at once stand mixed in the file.
    let owner: Owner | undefined = ownerOf(parentId, owners, copied) ?? last;
    if (event.type === "prompt") {
      if (owner === undefined) return undefined;
      const isOurs: boolean = !evidence.hasPrompt && isSameText(event.text, prompt);
      if (before === "nothing" && !isOurs && !evidence.hasPrompt) return undefined;
      owner = isOurs ? "ours" : "others";
      last = owner;
      if (!isOurs && evidence.hasPrompt) evidence.isOvertaken = true;
      if (isOurs) evidence.hasPrompt = true;
    } else if (event.type === "answer" && owner === "ours" && event.isFinal) {
      evidence.answer = event.text;
    }
    if (messageId !== undefined && owner !== undefined) owners.set(messageId, owner);
  }
  return evidence;
}

function ownerOf(
  parentId: string | undefined,
  owners: ReadonlyMap<string, Owner>,
  copied: ReadonlySet<string> | undefined,
): Owner | undefined {
  if (parentId === undefined) return undefined;
  return owners.get(parentId) ?? (copied?.has(parentId) ? "before" : undefined);
}

/** Agents trim what they read. */
export function isSameText(text: string, prompt: string): boolean {
  return text.trim() === prompt.trim();
}
