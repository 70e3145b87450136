import { join } from "node:path";
import type { Agent, WriterLockPlace } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { listFolder } from "../../system/files/folder.ts";
import { readJsonFolder } from "../../system/files/read-json-folder.ts";
import { lockHolders } from "../../system/processes/flock-holders.ts";
import { groupOfProcess } from "../../system/processes/group.ts";
import { identifyProcess } from "../../system/processes/identity.ts";
import { wordsOfProcess } from "../../system/processes/words.ts";
import { callingConversation } from "../caller.ts";
import type { Context } from "../context.ts";
import { isOfWindow, ownWindows } from "../conversation/windows.ts";
import { endedInLine } from "./acquire.ts";
import { ownConversation } from "./own-wait.ts";

/** How often one looks whether a foreign turn has ended. */
const LOOK_MS = 200;

/** A process of an agent that has a conversation open and that we did not start. */
export interface ForeignWriter {
  sessionId: string;
  pid: number;
  /** A window, and what the agent runs in the background, stays until somebody closes it; a turn ends by itself. */
  kind: "window" | "turn" | "background";
  /** What it is doing, in the agent's words. */
  status?: string | undefined;
  /** Whether the agent itself lets nobody else write. */
  isLocked: boolean;
  /** How to make it let go, where it is locked. */
  letGoHint?: string | undefined;
}

export interface ForeignRequest {
  sessionId: string;
  /** What people call the conversation. */
  label: string;
  ifBusy: "wait" | "fail";
  /** Send although a window has it open. No help against a lock of the agent's. */
  withOpenWindow: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * The foreign writers of some conversations, as far as their agent shows them. The windows that commands of ours have
 * opened are none.
 *
 * @param ownLeaders the process groups of our turns that run: what is in them is ours
 */
export function foreignWriters(
  context: Context,
  agent: Agent,
  sessionIds: readonly string[],
  ownLeaders: readonly number[],
): ForeignWriter[] {
  const shown = openWindows(context, agent).filter(({ sessionId }) => sessionIds.includes(sessionId));
  const found = [...shown, ...lockedWriters(context, agent, sessionIds)];
  if (found.length === 0) return found;
  const windows = ownWindows(context, agent.name);
  return found.filter(({ pid, sessionId }) => {
    if (windows.some((window) => window.sessionId === sessionId && isOfWindow(window, pid))) return false;
    const group = ownLeaders.length === 0 ? undefined : groupOfProcess(pid);
    return group === undefined || !ownLeaders.includes(group);
  });
}

/** The processes of an agent that say which conversation they have open, whoever started them. */
export function openWindows(context: Context, agent: Agent): ForeignWriter[] {
  const places = agent.windows?.(context.env) ?? [];
  const found = places.flatMap(({ folder, read }) => readJsonFolder(folder).flatMap(read));
  const seen = new Set<string>();
  return found.flatMap(({ sessionId, pid, start, status, isTurn = false, letGoHint }) => {
    // The file stays behind when the process is killed, and its number may be somebody else's by now.
    const running = identifyProcess(pid);
    if (running === undefined || (start ?? running.start) !== running.start) return [];
    // It may stand in more than one place; the first one tells more.
    const id = `${pid} ${sessionId}`;
    if (seen.has(id)) return [];
    seen.add(id);
    const isLocked = letGoHint !== undefined;
    const kind = isTurn ? "turn" : isLocked ? "background" : "window";
    return [{ sessionId, pid, kind, status, isLocked, letGoHint }];
  });
}

function lockedWriters(context: Context, agent: Agent, sessionIds: readonly string[]): ForeignWriter[] {
  const folders = new Map<string, { sessionId: string; place: WriterLockPlace }[]>();
  for (const sessionId of sessionIds) {
    const place = agent.writerLock?.(sessionId, context.env);
    if (place === undefined) return [];
    folders.set(place.folder, [...(folders.get(place.folder) ?? []), { sessionId, place }]);
  }
  // An agent may keep the locks of all its conversations in one folder, and leave them there: those that are held
  // are few, and only of them it is asked whose they are.
  const files = [...folders].flatMap(([folder, ours]) =>
    listFolder(folder)
      .filter((name) => ours.length > 1 || ours[0]?.place.file.test(name))
      .map((name) => ({ name, path: join(folder, name), ours })),
  );
  const held = lockHolders(files.map(({ path }) => path));
  return files.flatMap(({ name, path, ours }) => {
    const pid = held.get(path);
    const lock = pid === undefined ? undefined : ours.find(({ place }) => place.file.test(name));
    if (pid === undefined || lock === undefined) return [];
    const { sessionId, place } = lock;
    const kind = place.isTurn(wordsOfProcess(pid)) ? "turn" : "window";
    return [{ sessionId, pid, kind, isLocked: place.isEnforced, letGoHint: place.hint }];
  });
}

/**
 * Looks for a foreign writer of one conversation. Returns the one to wait for, or undefined when the way is free.
 * A window is never waited for: nobody knows when it is closed, and even an idle one goes on from the history
 * that it has in memory.
 *
 * @throws AppError `busy`
 */
export function checkForeignWriter(
  context: Context,
  agent: Agent,
  request: ForeignRequest,
  ownLeaders: readonly number[] = [],
): ForeignWriter | undefined {
  const { sessionId, label, ifBusy, withOpenWindow } = request;
  const writer = foreignWriters(context, agent, [sessionId], ownLeaders).find(
    (found) => found.isLocked || !withOpenWindow,
  );
  if (writer === undefined || (writer.kind === "turn" && ifBusy === "wait")) return writer;
  throw new AppError("busy", `${describe(agent, writer, label)}.`, {
    hint: hintFor(writer),
    facts: { pid: writer.pid, status: writer.status ?? null },
  });
}

/**
 * Waits until no foreign writer is at work in a conversation.
 *
 * @throws AppError as `checkForeignWriter` does; `own_conversation` where it is the turn that this command was started
 * from; the signal's reason
 */
export async function awaitForeignWriter(
  context: Context,
  agent: Agent,
  request: ForeignRequest,
): Promise<void> {
  const { label, signal } = request;
  let hasTold = false;
  for (;;) {
    const writer = checkForeignWriter(context, agent, request);
    if (writer === undefined) return;
    if (signal?.aborted) throw endedInLine(signal.reason, label);
    // Whoever started the agent, its turn can only end after its tools.
    if (callingConversation([agent], context.env)?.sessionId === request.sessionId)
      throw ownConversation(label, { pid: writer.pid });
    if (!hasTold) context.notify(`${describe(agent, writer, label)}; waiting for its end.`);
    hasTold = true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

function describe(agent: Agent, { kind, pid, isLocked }: ForeignWriter, label: string): string {
  const name = JSON.stringify(label);
  if (kind === "turn")
    return `${agent.title} is at work on ${name} outside of agent-sessions (process ${pid})`;
  const where = kind === "background" ? "in the background " : isLocked ? "" : "in a window ";
  return `${agent.title} has ${name} open ${where}(process ${pid})`;
}

function hintFor({ kind, isLocked, letGoHint = "" }: ForeignWriter): string {
  if (kind === "turn") return "Wait for its end with --if-busy wait, or try again later.";
  return isLocked ? letGoHint : "Close the window, or send anyway: add --with-open-window.";
}
