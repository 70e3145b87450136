import { dirname } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { NameScope } from "../domain/names/name.ts";
import { maybe, object, text } from "../domain/shape.ts";
import { stateError } from "../system/errors.ts";
import { makeFolder, readFileIfAny, replaceFile } from "../system/files/write.ts";
import { parseJson } from "../system/lines/json.ts";
import { callingConversation } from "./caller.ts";
import type { Context } from "./context.ts";

const asUse = object({ name: text, agent: text, sessionId: maybe(text), turnId: maybe(text) });

/** What a caller has used: a name, and what makes sure that it still stands for the same. */
export interface Use {
  name: string;
  /** Absent while a new conversation has no id. */
  sessionId?: string | undefined;
  /** The turn that was to begin such a one. */
  turnId?: string | undefined;
}

/**
 * Remembers that this caller has used a name. A lost memory hurts nobody, so it costs no wait for the disk and no
 * error.
 */
export function rememberUse(
  context: Context,
  { workspace, agent, mappingFile }: NameScope,
  { name, sessionId, turnId }: Use,
): void {
  if (mappingFile !== undefined) return;
  const use = { v: 1, name, agent, ...(sessionId === undefined ? { turnId } : { sessionId }) };
  for (const path of pathsOf(context, workspace, agent)) {
    try {
      makeFolder(dirname(path));
      replaceFile(path, JSON.stringify(use), { sync: false });
    } catch {
      // A full disk has other ways to be found out.
    }
  }
}

/** What this caller has used last in a workspace, with any agent or with one. @throws AppError `no_such_name` */
export function readUse(context: Context, workspace: string, agent: string | undefined) {
  const [any = "", ofAgent = ""] = pathsOf(context, workspace, agent ?? "");
  const path = agent === undefined ? any : ofAgent;
  let bytes: Buffer | undefined;
  try {
    bytes = readFileIfAny(path);
  } catch (error) {
    throw stateError(error, "read", path);
  }
  const use = bytes === undefined ? undefined : asUse(parseJson(bytes));
  if (use !== undefined) return use;
  const whose = agent === undefined ? "" : ` with ${agent}`;
  throw new AppError("no_such_name", `You have not used a conversation${whose} in ${workspace} yet.`, {
    hint: "Say which one: agent-sessions send NAME '…'   See what there is with: agent-sessions list",
    facts: { workspace },
  });
}

/** Where the last use is kept: of all agents, and of one. */
function pathsOf(context: Context, workspace: string, agent: string): [string, string] {
  const caller = callerKey(context);
  return [
    context.home.lastUsePath(workspace, caller, ""),
    context.home.lastUsePath(workspace, caller, agent),
  ];
}

/** Who calls, so that the same one is known again by a later command. */
function callerKey({ agents, env, terminalKey }: Context): string {
  const { AGENT_SESSIONS_CALLER } = env;
  if (AGENT_SESSIONS_CALLER) return `caller ${AGENT_SESSIONS_CALLER}`;
  const calling = callingConversation(agents, env);
  return calling === undefined ? `terminal ${terminalKey()}` : `${calling.agent.name} ${calling.sessionId}`;
}
