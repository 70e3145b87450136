import { dirname, join, relative, sep } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import type { TravelForm } from "../../domain/agent/travel.ts";
import { AppError } from "../../domain/errors.ts";
import { listFolder } from "../../system/files/folder.ts";
import { fileState } from "../../system/files/keep.ts";
import { isThere } from "../../system/files/links.ts";
import { folderAt } from "../../system/files/read.ts";
import type { Context } from "../context.ts";
import { locateTranscript, transcriptOrCopy } from "../conversation/transcript.ts";
import { NamesOfSessions } from "../names/tables.ts";
import { digestOf, type Placed } from "./staging.ts";
import type { Unpacked, UnpackedConversation } from "./unpack.ts";

/** Checks what ties the conversations of a file together. @throws AppError `file_refused` */
export function checkLineage(
  agent: Agent,
  { conversations }: Unpacked,
  refusal: (why: string) => AppError,
): void {
  const [named, ...others] = conversations;
  for (const { sessionId, parentId, roleText = "" } of conversations) {
    for (const id of [sessionId, parentId])
      if (id !== undefined && !agent.isSessionId(id))
        throw refusal(`${JSON.stringify(id)} is no id of a conversation of ${agent.title}`);
    if (Buffer.byteLength(roleText) > agent.roleLimitBytes)
      throw refusal(`its role is longer than the ${agent.roleLimitBytes} bytes that ${agent.title} takes`);
  }
  if (named?.transcript === undefined) throw refusal("it has no transcript");
  for (const { side } of others)
    if (side.length > 0) throw refusal("it has side files of another conversation");
}

/** What of a file is new here, and where its files belong. */
export interface Arrival {
  conversations: UnpackedConversation[];
  files: Placed[];
}

/**
 * Returns what an import adds. An ancestor that is here already is not added again, if what the file has of it is how
 * it begins here.
 *
 * @throws AppError `conversation_exists`; `file_refused` where the agent's folder is not what it should be
 */
export async function arrivalOf(
  context: Context,
  { agent, travel, workspace }: { agent: Agent; travel: TravelForm; workspace: string },
  { conversations }: Unpacked,
): Promise<Arrival> {
  const names = await NamesOfSessions.of(context, workspace);
  const arrival: Arrival = { conversations: [], files: [] };
  for (const [at, conversation] of conversations.entries()) {
    const key = { agent: agent.name, sessionId: conversation.sessionId };
    if (at > 0 && isSameHere(context, agent, conversation)) continue;
    const placed = names.of(key);
    const session = context.store.session(key);
    const isKnown =
      placed.length > 0 ||
      (await session.record()) !== undefined ||
      (await session.journal.last()) !== undefined ||
      listFolder(context.home.transcriptFolder(key)).length > 0 ||
      locateTranscript(context, agent, key.sessionId) !== undefined;
    if (isKnown) throw exists(context, agent, key.sessionId, placed);
    arrival.conversations.push(conversation);
    arrival.files.push(...placesOf(context, agent, travel, { conversation, workspace }));
  }
  return arrival;
}

function isSameHere(
  context: Context,
  agent: Agent,
  { sessionId, transcript }: UnpackedConversation,
): boolean {
  const there = transcriptOrCopy(context, agent, sessionId);
  if (transcript === undefined || there === undefined) return false;
  if ((fileState(there)?.bytes ?? 0) < transcript.bytes) return false;
  return digestOf(there, transcript.bytes) === transcript.sha256;
}

function placesOf(
  context: Context,
  agent: Agent,
  travel: TravelForm,
  { conversation, workspace }: { conversation: UnpackedConversation; workspace: string },
): Placed[] {
  const { sessionId, createdAt, transcript, side } = conversation;
  const place = agent.transcript?.(sessionId, context.env);
  if (transcript === undefined || place === undefined) return [];
  const begun = { workspace, createdAt: new Date(createdAt) };
  const path = travel.place(sessionId, begun, context.env);
  const sideFolder = join(dirname(path), place.sideFolder ?? "");
  const hasSide = place.sideFolder !== undefined;
  refuseLinks(place.root, dirname(path));
  for (const one of [path, ...(hasSide ? [sideFolder] : [])]) if (isThere(one)) throw fileThere(one);
  return [
    { staged: transcript.staged, path },
    ...(hasSide ? side.map((one) => ({ staged: one.staged, path: join(sideFolder, one.path) })) : []),
  ];
}

/** A link below the agent's folder may lead anywhere; that folder itself may be one, as its user likes. */
function refuseLinks(root: string, folder: string): void {
  const names = relative(root, folder).split(sep);
  for (const [at] of names.entries()) {
    const path = join(root, ...names.slice(0, at + 1));
    if (folderAt(path) === "other")
      throw new AppError(
        "file_refused",
        `The path ${path} is not a folder, or is a link. Nothing was written there.`,
        {
          hint: "Move it away, then import again.",
          facts: { path },
        },
      );
  }
}

function exists(
  { wording }: Context,
  agent: Agent,
  sessionId: string,
  names: readonly { name: string; workspace: string }[],
): AppError {
  const [first] = names;
  const where = first === undefined ? "" : `: ${JSON.stringify(first.name)} in ${first.workspace}`;
  return new AppError(
    "conversation_exists",
    `${agent.title} already has the conversation ${sessionId} here${where}. Nothing was changed.`,
    {
      hint:
        first === undefined
          ? `Give it a name with: ${wording.step("adopt", { name: "NAME", sessionId, agent: agent.name })}`
          : `Continue it with: ${wording.step("send", { name: first.name, workspace: first.workspace, agent: agent.name })}`,
      facts: { session_id: sessionId, agent: agent.name },
    },
  );
}

function fileThere(path: string): AppError {
  return new AppError("conversation_exists", `There is something already at ${path}. Nothing was changed.`, {
    hint: "Move it away if nothing needs it, then import again.",
    facts: { path },
  });
}
