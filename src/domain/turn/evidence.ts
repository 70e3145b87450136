import type { TranscriptEvent } from "../agent/transcript.ts";

/** What the transcript says of a turn whose end nobody saw. */
export interface TurnEvidence {
  /**
   * Whether the prompt is part of the conversation, so that the agent will read it again; absent if unknown.
   */
  hasPrompt?: boolean;
  /** The answer, if the agent had finished it. */
  answer?: string;
  /** Others have said something after the prompt: it is no longer the last message. */
  isOvertaken?: true;
  /** The prompt was searched by its id, which nobody else's prompt has. */
  isIdentified?: true;
}

/** How the prompt of a turn is recognised: by the id that it was sent with, else by its words. */
export type Wanted = { promptId: string } | { text: string };

/**
 * What comes before a turn in the given events: the history of a continued conversation; nothing, since the
 * conversation began with the turn; or a copy of messages with these ids.
 */
export type Before = "history" | "nothing" | ReadonlySet<string>;

type Owner = "before" | "ours" | "others";

/**
 * Searches events of a transcript for a turn: our prompt, and the answer below it. Others may have said the
 * same words before, after and beside us. Undefined if it is unclear which words are ours.
 */
export function evidenceIn(
  events: Iterable<TranscriptEvent>,
  wanted: Wanted,
  before: Before,
): TurnEvidence | undefined {
  const evidence: TurnEvidence = {
    hasPrompt: false,
    ...("promptId" in wanted ? { isIdentified: true } : {}),
  };
  const owners = new Map<string, Owner>();
  const copied = typeof before === "string" ? undefined : before;
  // After a copy, the position says nothing until our prompt is found: the copy may have been rewritten.
  let last: Owner | undefined = copied === undefined ? "before" : undefined;
  for (const event of events) {
    if (event.type === "forked") continue;
    const { messageId, parentId } = event;
    if (messageId !== undefined && copied?.has(messageId)) continue;
    // Follow the tree if there is one: in the file, the messages of two concurrent writers are mixed.
    let owner: Owner | undefined = ownerOf(parentId, owners, copied) ?? last;
    const isOurs: boolean = !evidence.hasPrompt && isWanted(event, wanted);
    if (isOurs || event.type === "prompt") {
      if (owner === undefined) return undefined;
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

/** Whether an event is the prompt of a turn. */
export function isWanted(event: TranscriptEvent, wanted: Wanted): boolean {
  // Some prompts, such as slash commands, are written in another form, but under their id.
  if ("promptId" in wanted) return event.type !== "forked" && event.messageId === wanted.promptId;
  return event.type === "prompt" && isSameText(event.text, wanted.text);
}

function ownerOf(
  parentId: string | undefined,
  owners: ReadonlyMap<string, Owner>,
  copied: ReadonlySet<string> | undefined,
): Owner | undefined {
  if (parentId === undefined) return undefined;
  return owners.get(parentId) ?? (copied?.has(parentId) ? "before" : undefined);
}

/** Whether two texts are the same without white space around them: agents trim what they read. */
export function isSameText(text: string, prompt: string): boolean {
  return text.trim() === prompt.trim();
}
