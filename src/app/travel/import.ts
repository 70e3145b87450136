import { resolve } from "node:path";
import type { Access } from "../../domain/agent/access.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { type NameEntry, parseNewName } from "../../domain/names/name.ts";
import type { SessionRecord, TurnEnded } from "../../domain/session/session.ts";
import {
  LONGEST_LINE_BYTES,
  MOST_BYTES,
  type TravelHeader,
  type TravelSettings,
  type TravelTurn,
} from "../../domain/travel/format.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { pythonTimestamp } from "../../stores/file/names/mapping-format.ts";
import { errnoOf, stateError } from "../../system/errors.ts";
import { fileState } from "../../system/files/keep.ts";
import { openPlain } from "../../system/files/read.ts";
import { LineSplitter } from "../../system/lines/splitter.ts";
import { requireFolder } from "../../system/places/workspace.ts";
import type { Context } from "../context.ts";
import { takeStock } from "../conversation/baseline.ts";
import { pointAtKept } from "../conversation/guard.ts";
import { findTwin, refuseReserved } from "../names/taken.ts";
import { refuseOnLine } from "../only-here.ts";
import { findLauncher } from "../turn/launcher.ts";
import { refuseAccess } from "../turn/plan.ts";
import { startOf } from "../turn/remembered.ts";
import { requireTravel } from "./can-travel.ts";
import { type Arrival, arrivalOf, checkLineage } from "./check.ts";
import { leftOutOf } from "./export.ts";
import { proveIt } from "./proof.ts";
import { Staging, undoAbandoned } from "./staging.ts";
import { type Unpacked, Unpacking } from "./unpack.ts";

export interface ImportRequest {
  /** The file; relative to the caller's folder. Or a descriptor that its bytes are read from, and that is closed. */
  from: string | number;
  /** Default: the name that it was exported under. */
  name?: string | undefined;
  /** Where its turns run from now on. */
  workspace: string;
  /** Whether access, wrapper and arguments are taken over, too. */
  trust?: boolean | undefined;
  /** Whether a role, a model and an effort in the file may hold; a function is asked once they are known. */
  acceptSettings: boolean | ((offer: Imported) => Promise<boolean>);
  /** Whether everything is checked and nothing is changed; the agent itself is not asked. */
  dryRun?: boolean | undefined;
  /** The most bytes that it may have unpacked. Default: 1 GB. */
  mostBytes?: number | undefined;
  /** Called before anything changes; until then, whatever ends this process does no harm. */
  listen?: (() => AbortSignal | undefined) | undefined;
}

/** What was imported, or would be. */
export interface Imported {
  name: string;
  agent: string;
  workspace: string;
  sessionId: string;
  /** When it was exported; ISO 8601. */
  exportedAt: string;
  /** How many turns came along. */
  turns: number;
  /** The other conversations that came along: those that this one came from. */
  ancestors: string[];
  /** The settings that hold for its next turns. */
  model?: string | undefined;
  effort?: string | undefined;
  role?: string | undefined;
  access?: Access | undefined;
  agentCommand?: string | undefined;
  agentArgs?: readonly string[] | undefined;
  /** What is in the file and was not taken over, for want of `trust`. */
  leftOut: (keyof TravelSettings)[];
  /** False if nothing was changed. */
  isImported: boolean;
}

/**
 * Takes a conversation that `exportConversation` has written, and gives it a name in a workspace; its next turn
 * continues it, and says `restored`. What is in the file is a stranger's: nothing is changed before all of it was read
 * and checked, and nothing stays unless the agent itself has shown that it can continue the conversation.
 *
 * @returns undefined if the one who was asked did not accept its settings
 * @throws AppError `file_refused`, `state_newer` for a file that can't be imported; `conversation_exists`,
 * `name_exists`; `unsupported` for an agent whose conversations can't travel; `agent_missing`; `agent_failed` if the
 * agent has shown nothing; `usage` if its settings were not accepted
 */
export async function importConversation(
  context: Context,
  request: ImportRequest,
): Promise<Imported | undefined> {
  const { workspace, dryRun = false } = request;
  refuseOnLine(context, "Importing a conversation");
  requireFolder(workspace);
  await undoAbandoned(context);
  const staging = Staging.open(context);
  try {
    const source = typeof request.from === "string" ? resolve(context.cwd, request.from) : "standard input";
    const what = typeof request.from === "string" ? `The file ${source}` : "What was read";
    const unpacking = new Unpacking(what, staging.folder, request.mostBytes ?? MOST_BYTES);
    const unpacked = await unpack(unpacking, request, source);
    const planned = await plan(context, request, unpacked, (why) => unpacking.refusal(why));
    const { agent, travel, launcher, arrival, entry, imported } = planned;
    if (dryRun) return imported;
    if (!(await isAccepted(context, request, imported))) return undefined;
    const signal = request.listen?.();
    const sessionIds = arrival.conversations.map(({ sessionId }) => sessionId);
    staging.place({ agent: agent.name, workspace, sessionIds, files: arrival.files });
    const proof = travel.proof(imported.sessionId, workspace);
    await proveIt(context, agent, proof, { launcher, cwd: workspace, signal });
    await record(context, arrival, imported);
    await nameIt(context, imported, entry);
    staging.keep();
    return { ...imported, isImported: true };
  } finally {
    await staging.close();
  }
}

/** Reads all of a file into the staging folder. */
async function unpack(unpacking: Unpacking, { from }: ImportRequest, source: string): Promise<Unpacked> {
  const { gunzip } = await import("../../system/lines/gzip.ts");
  // One byte more than allowed: the rest of a longer line is dropped, and it is refused.
  const lines = new LineSplitter(LONGEST_LINE_BYTES + 1);
  try {
    const input = typeof from === "string" ? openPlain(source) : from;
    let begun = 0;
    for await (const piece of gunzip(input)) {
      const end = piece.lastIndexOf("\n");
      begun = end === -1 ? begun + piece.length : piece.length - end - 1;
      for (const line of lines.push(piece)) unpacking.add(line);
      // Not read to its end: there may be none.
      if (begun > LONGEST_LINE_BYTES) throw unpacking.tooLong();
    }
    if ([...lines.rest()].length > 0) throw unpacking.refusal("its last line is cut off");
    return unpacking.whole();
  } catch (error) {
    if (error instanceof AppError) throw error;
    const errno = errnoOf(error) ?? "";
    if (errno.startsWith("Z_"))
      throw unpacking.refusal(
        errno === "Z_BUF_ERROR" ? "its end is missing" : "it is not packed with gzip, or is damaged",
      );
    throw stateError(error, errno === "ENOSPC" || errno === "EDQUOT" ? "write" : "read", source);
  } finally {
    unpacking.close();
  }
}

/** Decides what becomes of a file that is whole: all that can be refused is refused here. */
async function plan(
  context: Context,
  request: ImportRequest,
  unpacked: Unpacked,
  refusal: (why: string) => AppError,
) {
  const { workspace, trust = false } = request;
  const { header, conversations } = unpacked;
  const agent = context.agents.find(({ name }) => name === header.agent);
  if (agent === undefined)
    throw refusal(`it is of an agent that is not known here, ${JSON.stringify(header.agent)}`);
  const travel = requireTravel(context, agent);
  checkLineage(agent, unpacked, refusal);
  const name = parseNewName(request.name ?? header.name);
  const entry = entryOf(context, agent, { name, header, trust });
  const access = accessOf(agent, header, trust);
  refuseAccess(context, agent, access);
  const launcher = findLauncher(context, agent, entry.agentCommand);
  await refuseTaken(context, { workspace, agent: agent.name }, name);
  const arrival = await arrivalOf(context, { agent, travel, workspace }, unpacked);
  const imported: Imported = {
    name,
    agent: agent.name,
    workspace,
    sessionId: header.sessionId,
    exportedAt: header.exportedAt,
    turns: arrival.conversations.reduce((sum, { turns }) => sum + turns.length, 0),
    ancestors: conversations.slice(1).map(({ sessionId }) => sessionId),
    model: entry.lastModel,
    effort: entry.lastEffort,
    role: conversations[0]?.roleText,
    access,
    agentCommand: entry.agentCommand,
    agentArgs: entry.agentArgs,
    leftOut: trust ? [] : leftOutOf(header),
    isImported: false,
  };
  return { agent, travel, launcher, arrival, entry, imported };
}

function entryOf(
  context: Context,
  agent: Agent,
  { name, header, trust }: { name: string; header: TravelHeader; trust: boolean },
): NameEntry {
  const { sessionId, model, effort, agentCommand, agentArgs } = header;
  const isKnown = effort !== undefined && agent.can.efforts.includes(effort);
  return {
    name,
    sessionId,
    createdAt: pythonTimestamp(context.now()),
    ...withoutUndefined({ lastModel: model, lastEffort: isKnown ? effort : undefined }),
    ...(trust ? withoutUndefined({ agentCommand, agentArgs }) : startOf(context, agent)),
  };
}

/** Without trust, an agent that can be held to reading may only read: what a stranger has said could tell it to do more. */
function accessOf({ can }: Agent, { access }: TravelHeader, trust: boolean): Access | undefined {
  if (trust) return access;
  return can.access.includes("read-only") ? "read-only" : undefined;
}

async function isAccepted(
  { wording }: Context,
  { acceptSettings }: ImportRequest,
  imported: Imported,
): Promise<boolean> {
  if (typeof acceptSettings === "function") return acceptSettings(imported);
  const { role, model, effort } = imported;
  const brought = Object.entries(withoutUndefined({ role, model, effort }));
  if (acceptSettings || brought.length === 0) return true;
  throw new AppError(
    "usage",
    `The file brings settings that would hold for its turns: ${brought.map(([what, value]) => `${what} ${JSON.stringify(value)}`).join(", ")}. Nothing was changed.`,
    {
      hint: `Read them, then accept them with ${wording.choice({ acceptSettings: true })}.`,
      facts: Object.fromEntries(brought),
    },
  );
}

/** Records the conversations as ours. */
async function record(
  context: Context,
  { conversations, files }: Arrival,
  imported: Imported,
): Promise<void> {
  const { agent, workspace, access, name } = imported;
  const pathOf = new Map(files.map(({ staged, path }) => [staged, path]));
  for (const conversation of conversations) {
    const { sessionId, createdAt, began, parentId, copiedBytes, roleText, isRoleChanged, turns, transcript } =
      conversation;
    const isNamed = sessionId === imported.sessionId;
    const key = { agent, sessionId };
    const session = context.store.session(key);
    const known = {
      began,
      parentId,
      copiedBytes,
      roleText,
      isRoleChanged,
      access: isNamed ? access : undefined,
    };
    const kept: SessionRecord = { ...key, workspace, createdAt, ...withoutUndefined(known) };
    await session.saveRecord(kept);
    const path = pathOf.get(transcript?.staged ?? "");
    for (const turn of turns) await session.journal.append(endedOf(turn, { name, path }));
    if (path === undefined) continue;
    await takeStock(context, key, kept);
    if (isNamed)
      await session.changeRecord((now) =>
        now.seen === undefined ? now : { ...now, seen: { ...now.seen, isImported: true } },
      );
  }
}

/** Returns the journal's entry of a turn that ran on another machine. */
function endedOf(
  { transcriptBytes, ...turn }: TravelTurn,
  { name, path }: { name: string; path: string | undefined },
): TurnEnded {
  const state = path === undefined ? undefined : fileState(path);
  const isThere = path !== undefined && state !== undefined && transcriptBytes !== undefined;
  const place = isThere ? { transcript: { path, inode: state.inode, bytes: transcriptBytes } } : {};
  return { ...turn, name, ...place };
}

async function nameIt(
  context: Context,
  { agent, sessionId, workspace }: Imported,
  entry: NameEntry,
): Promise<void> {
  const isThere = async () => true;
  await pointAtKept(context, { agent, sessionId }, isThere, async () => {
    await context.store.update({ workspace, agent }, (names) => {
      refuseReserved(context, names, entry.name);
      if (findTwin(names, entry.name) !== undefined) throw nameTaken(context, entry.name);
      return [{ op: "set", entry, reason: "import" }];
    });
  });
}

async function refuseTaken(
  context: Context,
  scope: { workspace: string; agent: string },
  name: string,
): Promise<void> {
  await context.runner.refresh(scope);
  const names = await context.store.list(scope);
  refuseReserved(context, names, name);
  if (findTwin(names, name) !== undefined) throw nameTaken(context, name);
  // The name alone would be ambiguous.
  for (const { name: agent } of context.agents) {
    if (agent === scope.agent) continue;
    if (findTwin(await context.store.list({ ...scope, agent }), name) !== undefined)
      throw nameTaken(context, name);
  }
}

function nameTaken({ wording }: Context, name: string): AppError {
  return new AppError(
    "name_exists",
    `The name ${JSON.stringify(name)} already exists in this workspace. Nothing was changed.`,
    {
      hint: `Give another one after the file, or rename this one first: ${wording.step("rename", { name, newName: `${name}-old` })}`,
      facts: { name },
    },
  );
}
