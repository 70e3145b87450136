import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Agent } from "../../domain/agent/agent.ts";
import type { WriterLockPlace } from "../../domain/agent/places.ts";
import { AppError } from "../../domain/errors.ts";
import { listFolder } from "../../system/files/folder.ts";
import { readJsonFolder } from "../../system/files/read.ts";
import { lockHolders } from "../../system/processes/flock-holders.ts";
import { identifyProcess } from "../../system/processes/identity.ts";
import { groupOfProcess, wordsOfProcess } from "../../system/processes/list.ts";
import { hasPathVariable } from "../../system/processes/mark.ts";
import { callingConversation } from "../caller.ts";
import type { Context } from "../context.ts";
import { isOfWindow, ownWindows } from "../conversation/windows.ts";
import { WARM_MARK } from "../warm-agents.ts";
import { endedInLine } from "./acquire.ts";
import { ownConversation } from "./own-wait.ts";

/** How often a waiting command checks whether a foreign turn has ended. */
const LOOK_MS = 200;
/** A process that does nothing for this long is no turn, which would end by itself. */
const IDLE_MS = 2_000;

/** An agent's process that has a conversation open and that we did not start. */
export interface ForeignWriter {
  sessionId: string;
  pid: number;
  /** A window or a background agent stays until a person closes it; a turn ends by itself. */
  kind: "window" | "turn" | "background";
  /** What it is doing, in the agent's words. */
  status?: string | undefined;
  /** Whether the agent's own lock keeps every other process from writing. */
  isLocked: boolean;
  /** How to release that lock, where there is one. */
  letGoHint?: string | undefined;
}

export interface ForeignRequest {
  sessionId: string;
  /** The conversation in messages. */
  label: string;
  ifBusy: "wait" | "fail";
  /** Send although a window has it open. Does not override the agent's own lock. */
  withOpenWindow: boolean;
  signal?: AbortSignal | undefined;
}

/**
 * Returns the foreign writers of some conversations, as far as the agent shows them. Windows that our own
 * commands have opened do not count.
 *
 * @param ownLeaders the process groups of our running turns: processes in them are ours
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
  return found.filter(({ pid, sessionId, kind, status }) => {
    // Kept warm by a program of ours: it does nothing until it is given a prompt, under the conversation's lock.
    if (
      kind === "turn" &&
      (context.warm?.owns(pid) || (status === "idle" && hasPathVariable(pid, WARM_MARK)))
    )
      return false;
    if (windows.some((window) => window.sessionId === sessionId && isOfWindow(window, pid))) return false;
    const group = ownLeaders.length === 0 ? undefined : groupOfProcess(pid);
    return group === undefined || !ownLeaders.includes(group);
  });
}

/**
 * Returns the agent's processes that report which conversation they have open, including those that we
 * started.
 */
export function openWindows(context: Context, agent: Agent): ForeignWriter[] {
  const places = agent.windows?.(context.env) ?? [];
  const found = places.flatMap(({ folder, read }) => readJsonFolder(folder).flatMap(read));
  const seen = new Set<string>();
  return found.flatMap(({ sessionId, pid, start, status, isTurn = false, letGoHint }) => {
    // The file remains when the process is killed, and another process may have its PID by now.
    const running = identifyProcess(pid);
    if (running === undefined || (start ?? running.start) !== running.start) return [];
    // The process may be listed in more than one place; the first place has more details.
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
  // An agent may keep the locks of all its conversations in one folder and never delete them. Few are held,
  // so only held locks are matched with a conversation.
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
    const isTurn = place.isTurn(wordsOfProcess(pid), hasPathVariable(pid, WARM_MARK));
    const kind = isTurn ? "turn" : "window";
    return [{ sessionId, pid, kind, isLocked: place.isEnforced, letGoHint: place.hint }];
  });
}

/**
 * Looks for a foreign writer of one conversation. Returns the writer to wait for, or undefined when there is
 * none. Never waits for a window: its end can't be foreseen, and even an idle window continues from the
 * history that it has in memory.
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
    hint: hintFor(context, writer),
    facts: { pid: writer.pid, status: writer.status ?? null },
  });
}

/**
 * Waits until no foreign writer has a conversation open.
 *
 * @throws AppError as `checkForeignWriter` does; `own_conversation` where the writer is the turn that this
 * command was started from; the signal's reason
 */
export async function awaitForeignWriter(
  context: Context,
  agent: Agent,
  request: ForeignRequest,
): Promise<void> {
  const { label, signal } = request;
  let hasTold = false;
  let idleSinceMs: number | undefined;
  for (;;) {
    const writer = checkForeignWriter(context, agent, request);
    if (writer === undefined) return;
    const nowMs = performance.now();
    idleSinceMs = writer.status === "idle" ? (idleSinceMs ?? nowMs) : undefined;
    if (idleSinceMs !== undefined && nowMs - idleSinceMs > IDLE_MS)
      throw keptOpen(context, agent, writer, label);
    if (signal?.aborted) throw endedInLine(signal.reason, label);
    // This command runs as a tool of that very turn, and a turn ends only after its tools.
    if (callingConversation([agent], context.env)?.sessionId === request.sessionId)
      throw ownConversation(label, { pid: writer.pid });
    if (!hasTold) context.notify(`${describe(agent, writer, label)}; waiting for its end.`);
    hasTold = true;
    await sleep(LOOK_MS);
  }
}

/** Whether an error says that a process which we did not start has the conversation open. */
export function isByForeignWriter({ code, facts }: AppError): boolean {
  return code === "busy" && "pid" in facts && "status" in facts;
}

/** The error for an agent that another program keeps warm. */
function keptOpen({ wording }: Context, agent: Agent, { pid }: ForeignWriter, label: string): AppError {
  return new AppError(
    "busy",
    `Another program keeps ${agent.title} open for ${JSON.stringify(label)} (process ${pid}); it does nothing now, and does not end by itself.`,
    {
      hint: `End that process, or send anyway: add ${wording.choice({ withOpenWindow: true })}.`,
      facts: { pid, status: "idle" },
    },
  );
}

function describe(agent: Agent, { kind, pid, isLocked }: ForeignWriter, label: string): string {
  const name = JSON.stringify(label);
  if (kind === "turn") return `${agent.title} is working in ${name} outside agent-sessions (pid ${pid})`;
  const where = kind === "background" ? "in the background " : isLocked ? "" : "in a window ";
  return `${agent.title} has ${name} open ${where}(process ${pid})`;
}

function hintFor(
  { wording: { choice } }: Context,
  { kind, isLocked, letGoHint = "" }: ForeignWriter,
): string {
  if (kind === "turn") return `Wait for its end with ${choice({ ifBusy: "wait" })}, or try again later.`;
  return isLocked ? letGoHint : `Close the window, or send anyway: add ${choice({ withOpenWindow: true })}.`;
}
