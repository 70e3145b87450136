import { join } from "node:path";
import type { CopyCommands } from "../../domain/agent/copies.ts";
import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { evidenceIn, type TurnEvidence } from "../../domain/turn/evidence.ts";
import type { TurnPlan } from "../../stores/file/turns/plan.ts";
import { listFolder, modifiedMs, removeFile } from "../../system/files/folder.ts";
import { readFileIfAny } from "../../system/files/read.ts";
import { makeFolder } from "../../system/files/write.ts";
import { startDetached } from "../../system/processes/background.ts";
import { runBriefly } from "../../system/processes/briefly.ts";
import type { Conversation } from "./conversation.ts";

/** How the agent of a conversation is started, and where. */
export interface CopyPlace {
  launcher(): string[];
  cwd: string;
}

/** Nobody waits for longer than this; opencode 1.18.33 takes 1 to 3 s on an idle machine. */
const LONGEST_MS = 120_000;

/** Runs a command and keeps its output in a file, if the command succeeds: readers never see a part of it. */
const KEEP =
  'f=$1; shift; umask 077; if "$@" </dev/null >"$f.new" 2>/dev/null; then mv -f "$f.new" "$f"; else rm -f "$f.new"; fi';

/**
 * Lets the agent copy a conversation in a process of its own that nobody waits for, where the agent has no file that
 * could be linked. The copy is that of the turn after which it was taken. If none can be made, only notifies: the turn
 * has run.
 */
export async function keepCopyLater(
  conversation: Conversation,
  turnId: string,
  place: CopyPlace,
): Promise<void> {
  const { agent, context } = conversation;
  if (agent.copies === undefined) return;
  try {
    removeOldCopies(conversation);
    const words = keepWords(conversation, agent.copies, turnId, place);
    await startDetached(words, { cwd: place.cwd, env: context.env, logPath: undefined });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    context.notify(`No copy of the conversation could be kept (${reason}); the turn itself is recorded.`);
  }
}

/**
 * Lets the agent copy a conversation now, and looks for a turn in it whose end nobody saw; undefined where the copy
 * proves nothing.
 */
export async function evidenceInCopy(
  conversation: Conversation,
  plan: TurnPlan,
  prompt: string,
  place: CopyPlace,
): Promise<TurnEvidence | undefined> {
  const { agent, context, last, key } = conversation;
  if (agent.copies === undefined) return undefined;
  const isFirst = plan.kind === "create" && plan.forkOf === undefined;
  // A message that is not in it may be ours, or that of somebody else with the same words.
  const before = isFirst || last === undefined ? undefined : readCopy(conversation, last.turnId);
  if (!isFirst && before === undefined) return undefined;
  try {
    const [file = "", ...args] = keepWords(conversation, agent.copies, plan.turnId, place);
    await runBriefly(file, args, { cwd: place.cwd, env: context.env, timeoutMs: LONGEST_MS });
  } catch {
    return undefined;
  }
  const now = readCopy({ context, agent, key }, plan.turnId);
  if (now === undefined || before === undefined) return now && evidenceIn(now, { text: prompt }, "nothing");
  const known = new Set(before.map(idOf));
  const added = now.filter((event) => !known.has(idOf(event)));
  return evidenceIn(added, { text: prompt }, "history");
}

/**
 * Lets the agent take back our copy of a conversation that it has lost. Returns whether it has it again; without
 * `trustsCopy`, a copy that lacks the last turn is not used.
 */
export async function putCopyBack(
  conversation: Conversation,
  place: CopyPlace,
  trustsCopy: boolean,
): Promise<boolean> {
  const { context, agent, key, session } = conversation;
  const { copies } = agent;
  if (copies === undefined) return false;
  const turns = await session.journal.read();
  // A turn that has found no conversation has added nothing to it.
  const last = turns.findLast(({ failure }) => failure?.code !== "conversation_lost");
  const newest = namesOf(conversation).at(-1);
  const whole = last !== undefined && readCopy(conversation, last.turnId) !== undefined;
  const turnId = whole ? last.turnId : newest;
  if (turnId === undefined || readCopy(conversation, turnId) === undefined) return false;
  if (!whole && !trustsCopy) {
    context.notify(
      `${agent.title} has lost this conversation, and the copy of agent-sessions lacks its last turn. Add ${context.wording.choice({ trustTranscript: true })} to continue with what is left.`,
    );
    return false;
  }
  const [file = "", ...args] = place.launcher();
  const words = [...args, ...copies.putBack(pathOf(conversation, turnId))];
  const run = await runBriefly(file, words, { cwd: place.cwd, env: context.env, timeoutMs: LONGEST_MS });
  if (run.end !== "exit" || run.code !== 0 || !copies.isBack(run.stdout, key.sessionId)) return false;
  context.notify(`${agent.title} had lost this conversation; agent-sessions has put it back.`);
  return true;
}

function keepWords(
  conversation: Conversation,
  copies: CopyCommands,
  turnId: string,
  place: CopyPlace,
): string[] {
  const { context, key } = conversation;
  const path = pathOf(conversation, turnId);
  const launcher = place.launcher();
  makeFolder(context.home.transcriptFolder(key));
  return ["/bin/sh", "-c", KEEP, "sh", path, ...launcher, ...copies.take(key.sessionId)];
}

type Copied = Pick<Conversation, "context" | "agent" | "key">;

function pathOf({ context, key }: Pick<Conversation, "context" | "key">, turnId: string): string {
  return join(context.home.transcriptFolder(key), `${turnId}.json`);
}

/** Returns what the copy of a turn contains; undefined if there is none, or not a whole one. */
function readCopy(conversation: Copied, turnId: string): TranscriptEvent[] | undefined {
  const { agent, key } = conversation;
  const copy = readFileIfAny(pathOf(conversation, turnId))?.toString("utf8");
  return copy === undefined ? undefined : agent.copies?.read(copy, key.sessionId);
}

function idOf(event: TranscriptEvent): string {
  return (event.type === "forked" ? undefined : event.messageId) ?? JSON.stringify(event);
}

/** Returns the turns whose copies are there, the newest copy last. */
function namesOf({ context, key }: Pick<Conversation, "context" | "key">): string[] {
  const folder = context.home.transcriptFolder(key);
  return copiesIn(folder).map((name) => name.slice(0, -".json".length));
}

function removeOldCopies({ context, key }: Conversation): void {
  const folder = context.home.transcriptFolder(key);
  for (const name of copiesIn(folder).slice(0, -1)) removeFile(join(folder, name));
}

function copiesIn(folder: string): string[] {
  const names = listFolder(folder).filter((name) => name.endsWith(".json"));
  const changed = new Map(names.map((name) => [name, modifiedMs(join(folder, name)) ?? 0]));
  return names.sort((left, right) => (changed.get(left) ?? 0) - (changed.get(right) ?? 0));
}
