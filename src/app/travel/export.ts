import { resolve } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { TravelHeader, TravelSettings } from "../../domain/travel/format.ts";
import { version } from "../../domain/version.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { errnoOf } from "../../system/errors.ts";
import { isThere } from "../../system/files/links.ts";
import { makeNewFile } from "../../system/files/new-file.ts";
import type { Context } from "../context.ts";
import { resolveName } from "../names/resolve.ts";
import { refuseOnLine } from "../only-here.ts";
import { takeSession } from "../turn/acquire.ts";
import { newTicket } from "../turn/ticket.ts";
import { requireTravel } from "./can-travel.ts";
import { contentsOf } from "./contents.ts";
import { endIfAsked } from "./end-if-asked.ts";
import { pack } from "./pack.ts";

export interface ExportRequest {
  name: string;
  workspace: string;
  agent?: string | undefined;
  /** The file to make; relative to the caller's folder. Or what takes the bytes, in order. */
  to: string | ((packed: Uint8Array) => Promise<void> | void);
  /** Whether a file that is there is replaced. */
  replaces?: boolean | undefined;
  /** Whether the access that was chosen, the wrapper and the arguments go with it. */
  withSettings?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/** What was exported. */
export interface Exported {
  name: string;
  agent: string;
  workspace: string;
  sessionId: string;
  /** The file, absolute; absent if the bytes went elsewhere. */
  path?: string | undefined;
  /** The size of the file. */
  bytes: number;
  /** How many turns are in it, those of conversations before a `/clear` included. */
  turns: number;
  /** The other conversations in it: those that this one came from. */
  ancestors: string[];
  model?: string | undefined;
  effort?: string | undefined;
  hasRole: boolean;
  /** What the name remembers and the file does not: it does so if `withSettings` is asked for. */
  leftOut: (keyof TravelSettings)[];
}

/**
 * Writes a conversation into one file, with all that another machine needs to continue it. The file appears whole and
 * durable, or not at all; it is private to this user, and contains all that was said, unredacted.
 *
 * @throws AppError `no_such_name`, `ambiguous_name`; `unsupported` for an agent whose conversations can't travel;
 * `busy` while a turn runs in it, `own_conversation` in a turn of its own; `conversation_lost` where no transcript is
 * left; `usage` if the file exists; `state_unwritable` if it can't be written
 */
export async function exportConversation(context: Context, request: ExportRequest): Promise<Exported> {
  const { workspace, withSettings = false, signal } = request;
  refuseOnLine(context, "Exporting a conversation");
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const agent = context.findAgent(scope.agent);
  requireTravel(context, agent);
  const path = typeof request.to === "string" ? resolve(context.cwd, request.to) : undefined;
  if (path !== undefined && request.replaces !== true && isThere(path)) throw taken(context, path);
  const { name, sessionId } = entry;
  const key = { agent: agent.name, sessionId };
  const ticket = newTicket(context, undefined);
  const held = await takeSession(context, { key, label: name, workspace, ticket, ifBusy: "fail", signal });
  try {
    const conversations = await contentsOf(context, agent, { name, sessionId });
    const record = conversations[0]?.record;
    const settings = { access: record?.access, ...settingsOf(entry) };
    const header = headerOf(context, { ...key, name, entry, settings: withSettings ? settings : {} });
    const bytes = await write(context, { ...request, path, signal }, pack(header, conversations));
    return {
      name,
      agent: agent.name,
      workspace,
      sessionId,
      path,
      bytes,
      turns: conversations.reduce((sum, { turns }) => sum + turns.length, 0),
      ancestors: conversations.slice(1).map((one) => one.sessionId),
      model: entry.lastModel,
      effort: entry.lastEffort,
      hasRole: record?.roleText !== undefined,
      leftOut: withSettings ? [] : leftOutOf(settings),
    };
  } finally {
    await held.release();
  }
}

export function settingsOf({ agentCommand, agentArgs = [] }: NameEntry): TravelSettings {
  return { agentCommand, agentArgs: agentArgs.length === 0 ? undefined : agentArgs };
}

/** Returns which settings are there. Read-only needs no trust. */
export function leftOutOf(settings: TravelSettings): (keyof TravelSettings)[] {
  const { access, agentCommand, agentArgs } = settings;
  const isWider = access !== undefined && access !== "read-only";
  return [
    ...(isWider ? (["access"] as const) : []),
    ...(agentCommand === undefined ? [] : (["agentCommand"] as const)),
    ...(agentArgs === undefined ? [] : (["agentArgs"] as const)),
  ];
}

function headerOf(
  context: Context,
  about: { agent: string; sessionId: string; name: string; entry: NameEntry; settings: TravelSettings },
): Omit<TravelHeader, "type" | "v"> {
  const { agent, sessionId, name, entry, settings } = about;
  return {
    by: version,
    exportedAt: context.now().toISOString(),
    agent,
    name,
    sessionId,
    ...withoutUndefined({ model: entry.lastModel, effort: entry.lastEffort }),
    ...withoutUndefined({ ...settings, agentArgs: settings.agentArgs && [...settings.agentArgs] }),
  };
}

async function write(
  context: Context,
  {
    to,
    path,
    replaces,
    signal,
  }: Pick<ExportRequest, "to" | "replaces" | "signal"> & { path: string | undefined },
  lines: AsyncIterable<string>,
): Promise<number> {
  const { gzip } = await import("../../system/lines/gzip.ts");
  let bytes = 0;
  const packInto = (take: (packed: Uint8Array) => Promise<void> | void) =>
    gzip(lines, async (packed) => {
      endIfAsked(signal, "The export");
      bytes += packed.length;
      await take(packed);
    });
  if (typeof to !== "string" || path === undefined) {
    if (typeof to === "function") await packInto(to);
    return bytes;
  }
  await makeFile(context, path, packInto, replaces);
  return bytes;
}

/** Writes a text that was made of a conversation, in the same way. */
export function writeDocument(
  context: Context,
  { path, text, replaces }: { path: string; text: string; replaces: boolean | undefined },
): Promise<void> {
  return makeFile(context, path, async (write) => void (await write(Buffer.from(text))), replaces);
}

async function makeFile(
  context: Context,
  path: string,
  fill: (write: (bytes: Uint8Array) => Promise<void> | void) => Promise<void>,
  replaces: boolean | undefined,
): Promise<void> {
  try {
    await makeNewFile(path, fill, { replaces });
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw taken(context, path);
    throw errnoOf(error) === undefined ? error : unwritable(error, path);
  }
}

function unwritable(error: unknown, path: string): AppError {
  const errno = errnoOf(error);
  const isFull = errno === "ENOSPC" || errno === "EDQUOT";
  return new AppError("state_unwritable", `Could not write ${path}: ${errno}. There is no file.`, {
    hint: isFull ? "Free some space on that file system, or choose another one." : "Choose another folder.",
    cause: error,
    facts: { path, errno },
  });
}

function taken({ wording }: Context, path: string): AppError {
  return new AppError("usage", `The file ${path} exists already.`, {
    hint: `Give another name, or replace it with ${wording.choice({ ifExists: "replace" })}.`,
    facts: { path },
  });
}
