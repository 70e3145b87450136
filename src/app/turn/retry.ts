import { AppError } from "../../domain/errors.ts";
import type { TurnEnded } from "../../domain/session/session.ts";
import type { Retry } from "../../domain/turn/turn.ts";
import type { Context } from "../context.ts";
import type { Conversation } from "../conversation/conversation.ts";
import { findPlaceBefore, hasSpokenBehind } from "../conversation/evidence.ts";
import type { Readiness } from "../conversation/transcript.ts";

export interface PlannedRetry {
  prompt: string;
  retry: Retry;
  rewindTo?: string;
}

const ASK_AGAIN =
  "My last message before this one was cut off before you had answered it. Please answer it now, from the beginning.";

/**
 * Decides how to retry the last turn without repeating its prompt in the conversation.
 *
 * @throws AppError `usage` when there is nothing to retry, when others have continued the conversation since,
 * or when it is unknown whether the prompt is part of it.
 */
export function planRetry(conversation: Conversation, ready: Readiness, label: string): PlannedRetry {
  const { context, agent } = conversation;
  const ended = checkRetry(context, conversation.last, label);
  const { prompt, isPromptKept: kept } = ended;
  if (kept === undefined) {
    throw new AppError(
      "usage",
      `It is unknown whether the last prompt is part of ${JSON.stringify(label)}.`,
      {
        hint: lookFirst(context, label),
      },
    );
  }
  refuseOthers(conversation, ended, ready, label);
  if (!kept) return { prompt, retry: "sent_again" };
  const rewindTo = agent.can.rewind ? findPlaceBefore(conversation, ended) : undefined;
  if (rewindTo !== undefined) return { prompt, retry: "rewound", rewindTo };
  const why = agent.can.rewind
    ? "The last prompt is the first of its conversation, so there is no earlier point to go back to"
    : `${agent.title} can't go back to the point before the prompt`;
  context.notify(`${why}: the agent is asked to answer the prompt that it already has.`);
  return { prompt: ASK_AGAIN, retry: "asked_again" };
}

/**
 * Refuses the retry if the turn's message is no longer the last one: later messages of others would be
 * rewound with it, or be answered instead of it. A title or a line about costs does not count as a message.
 */
function refuseOthers(
  { context, agent }: Conversation,
  { transcript: ended, isOvertaken }: TurnEnded,
  { path, bytes = 0 }: Readiness,
  label: string,
): void {
  if (path === undefined) return;
  const isWhole = ended !== undefined && ended.bytes <= bytes;
  if (isWhole && !isOvertaken && !hasSpokenBehind(agent, path, ended.bytes)) return;
  const why = isWhole
    ? `Others have continued ${JSON.stringify(label)} since its last turn, so its prompt is no longer the last message.`
    : `It is unknown whether others have continued ${JSON.stringify(label)} since its last turn.`;
  throw new AppError("usage", `${why} Nothing was sent.`, {
    hint: lookFirst(context, label),
    facts: { transcript: path },
  });
}

function lookFirst({ wording }: Context, label: string): string {
  return `Look at the conversation, then send what is missing: ${wording.step("send", { name: label })}`;
}

/** Returns the turn to retry. @throws AppError `usage` when it needs no retry. */
export function checkRetry(context: Context, last: TurnEnded | undefined, label: string): TurnEnded {
  if (last !== undefined && last.outcome !== "succeeded") return last;
  const what = last === undefined ? "No turn has run in" : "The last turn has succeeded in";
  throw new AppError("usage", `${what} ${JSON.stringify(label)}; there is nothing to retry.`, {
    hint: `Send a prompt: ${context.wording.step("send", { name: label })}`,
  });
}
