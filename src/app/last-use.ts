import { dirname } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { NameScope } from "../domain/names/name.ts";
import { maybe, object, text } from "../domain/shape.ts";
import { modifiedMs } from "../system/files/folder.ts";
import { readJson } from "../system/files/read.ts";
import { makeFolder, replaceFile } from "../system/files/write.ts";
import { callingConversation } from "./caller.ts";
import type { Context } from "./context.ts";

const asUse = object({ name: text, agent: text, sessionId: maybe(text), turnId: maybe(text) });

/**
 * What a caller has used: a name, and the id that shows whether the name still points at the same
 * conversation.
 */
export interface Use {
  name: string;
  /** Absent while a new conversation has no id. */
  sessionId?: string | undefined;
  /** The turn that begins the new conversation. */
  turnId?: string | undefined;
}

/**
 * Records that this caller has used a name. Losing the record does little harm, so it is not synced, and
 * errors are ignored.
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
      // Other writes will report a full disk.
    }
  }
}

/**
 * Returns what this caller has used last in some workspaces, with any agent or with one.
 *
 * @throws AppError `no_such_name`
 */
export function readUse(
  context: Context,
  workspaces: readonly string[],
  agent: string | undefined,
): Use & { workspace: string; agent: string } {
  const found = workspaces.flatMap((workspace) => {
    const [any, ofAgent] = pathsOf(context, workspace, agent ?? "");
    const path = agent === undefined ? any : ofAgent;
    const use = asUse(readJson(path)?.value);
    return use === undefined ? [] : [{ ...use, workspace, changedMs: modifiedMs(path) ?? 0 }];
  });
  const [last] = found.toSorted((left, right) => right.changedMs - left.changedMs);
  if (last !== undefined) return last;
  const [workspace = ""] = workspaces;
  const whose = agent === undefined ? "" : ` with ${agent}`;
  const { step } = context.wording;
  throw new AppError("no_such_name", `You have not used a conversation${whose} in ${workspace} yet.`, {
    hint: `Say which one: ${step("send", { name: "NAME", workspace })}   See what there is with: ${step("list", { workspace })}`,
    facts: { workspace },
  });
}

/** Returns the files of the last use: with any agent, and with one agent. */
function pathsOf(context: Context, workspace: string, agent: string): [string, string] {
  const caller = callerKey(context);
  return [
    context.home.lastUsePath(workspace, caller, ""),
    context.home.lastUsePath(workspace, caller, agent),
  ];
}

/** Returns a key of the caller that is the same in its later commands. */
function callerKey({ agents, env, terminalKey }: Context): string {
  const { AGENT_SESSIONS_CALLER } = env;
  if (AGENT_SESSIONS_CALLER) return `caller ${AGENT_SESSIONS_CALLER}`;
  const calling = callingConversation(agents, env);
  return calling === undefined ? `terminal ${terminalKey()}` : `${calling.agent.name} ${calling.sessionId}`;
}
