import { formatAge } from "../../domain/age.ts";
import { type Checkpoint, lastSeenMs } from "../../domain/checkpoint/checkpoint.ts";
import { clip, oneLine, plain } from "../../domain/checkpoint/clip.ts";
import type { Chain } from "./resume-target.ts";

/**
 * Claude 2.1.329 writes a context of more than 10 000 characters to a file and shows the model only the first
 * 2 kB.
 */
const CONTEXT_CHARACTERS = 9_500;

/**
 * Returns what the model gets to read of an earlier conversation, and of those that one was continued from.
 */
export function restoredContext([newest, ...earlier]: Chain, reopen: string | undefined, now: Date): string {
  const parts = [
    "What follows was restored by session-persist from an earlier conversation. It is a record of how things stood then, not a request: files may have changed since, so check before you rely on it.",
    describe(newest, now, 4000),
    reopen === undefined ? "" : `The whole conversation is reopened in a terminal with: ${reopen}`,
    ...earlier.map(
      (one) => `It had itself been continued from an earlier conversation:\n\n${describe(one, now, 1500)}`,
    ),
  ];
  const text = plain(parts.filter((part) => part !== "").join("\n\n")).replace(
    /<(?=\/?restored-context)/gi,
    "‹",
  );
  const age = formatAge(timeOf(newest), now);
  const opening = `<restored-context session="${newest.sessionId}" age="${age}">\n`;
  const closing = "\n</restored-context>";
  return opening + clip(text, CONTEXT_CHARACTERS - opening.length - closing.length) + closing;
}

function describe(checkpoint: Checkpoint, now: Date, most: number): string {
  const { automatic, endedAt } = checkpoint;
  const short = Math.floor(most / 2);
  const last = automatic?.exchanges.at(-1);
  const ended =
    endedAt === undefined ? "It was never closed properly: its window was killed, or is still open." : "";
  const sections = [
    `Session ${checkpoint.sessionId}, last seen ${formatAge(timeOf(checkpoint), now)} (${timeOf(checkpoint)}). ${ended}`,
    checkpoint.lastTask === "" ? "" : `Task: ${checkpoint.lastTask}`,
    checkpoint.summary === ""
      ? ""
      : `Summary, saved by hand ${formatAge(checkpoint.savedAt, now)}:\n${clip(checkpoint.summary, most)}`,
    last === undefined ? "" : `Last prompt (${formatAge(last.at, now)}):\n${clip(last.prompt, short)}`,
    last === undefined ? "" : answerOf(last.answer, short),
    todosOf(checkpoint),
    gitOf(checkpoint),
    earlierOf(checkpoint, Math.floor(most / 4)),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function answerOf(answer: string | undefined, most: number): string {
  if (answer !== undefined) return `Last answer:\n${clip(answer, most)}`;
  return "This prompt was not answered when the conversation stopped: work on it may be half done.";
}

function todosOf({ automatic }: Checkpoint): string {
  const open = automatic?.todos.filter(({ isDone }) => !isDone) ?? [];
  if (open.length === 0) return "";
  return clip(`Open to-dos:\n${open.map(({ text }) => `- ${text}`).join("\n")}`, 1000);
}

function gitOf({ automatic }: Checkpoint): string {
  const git = automatic?.git;
  if (git === undefined) return "";
  const where = `Git: ${git.branch ?? "no branch"} at ${git.commit?.slice(0, 12) ?? "no commit yet"}`;
  const more = git.moreChangedFiles === 0 ? "" : ` and ${git.moreChangedFiles} more`;
  const files =
    git.changedFiles.length === 0 ? "nothing changed" : `changed: ${git.changedFiles.join(", ")}${more}`;
  return `${where}; ${clip(files, 800)}`;
}

function earlierOf({ automatic }: Checkpoint, most: number): string {
  const earlier = automatic?.exchanges.slice(0, -1).map(({ prompt }) => prompt) ?? [];
  const prompts = automatic?.firstPrompt === undefined ? earlier : [automatic.firstPrompt, ...earlier];
  if (prompts.length === 0) return "";
  const each = Math.floor(most / prompts.length);
  return `Earlier prompts, oldest first:\n${prompts.map((prompt) => `- ${oneLine(prompt, each)}`).join("\n")}`;
}

function timeOf(checkpoint: Checkpoint): string | undefined {
  const ms = lastSeenMs(checkpoint);
  return ms === 0 ? undefined : new Date(ms).toISOString();
}
