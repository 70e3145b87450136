import { relative } from "node:path";
import { openContext } from "../../app/compose/open-context.ts";
import type { Context } from "../../app/context.ts";
import type { Surroundings } from "../../app/surroundings.ts";
import { WARM_MARK } from "../../app/warm-agents.ts";
import { status } from "../../app/watch/status.ts";
import { asCommands } from "../../app/wording.ts";
import type { Caller } from "../../mcp/caller.ts";
import type { Line, LineError, LineResult } from "../../mcp/tool.ts";
import { asTools } from "../../mcp/wording.ts";
import { errorView } from "../report.ts";
import { runLine } from "../run-line.ts";
import type { CommandIo } from "../terminal.ts";

/** Runs one command line for the caller of a tool. */
export async function runToolLine(io: CommandIo, line: Line, caller: Caller): Promise<LineResult> {
  let around: Surroundings;
  try {
    around = await aroundOf(io.around, caller, io.isFolder);
  } catch (error) {
    return { error: errorView(error) as LineError };
  }
  return runLine(io, line, around);
}

/**
 * Returns what a command knows of the process that has called the tool. Where the environment does not say in which turn
 * that is, its conversation does: a turn that asks itself must be told so instead of waiting.
 */
async function aroundOf(
  given: Surroundings,
  { conversation, folders = [] }: Caller,
  isFolder: CommandIo["isFolder"],
): Promise<Surroundings> {
  const around = { ...given, cwd: folderOf(given.cwd, folders.filter(isFolder)) };
  const asked = { ...around, wording: asTools(asCommands()), notify: () => undefined };
  if (conversation === undefined || around.env.AGENT_SESSIONS_CHAIN || around.env[WARM_MARK]) return asked;
  const { agent, sessionId } = conversation;
  const context = openContext(asked);
  const turnId = await turnIn(context, agent, sessionId).finally(() => context.line?.close());
  // As the agent itself tells it to the commands that it runs.
  const { sessionVariable = "" } = context.findAgent(agent);
  const who = { AGENT_SESSIONS_CALLER: `${agent} ${sessionId}`, [sessionVariable]: sessionId };
  const chain = turnId === undefined ? {} : { AGENT_SESSIONS_CHAIN: turnId, AGENT_SESSIONS_TURN: turnId };
  return { ...asked, env: { ...around.env, ...who, ...chain } };
}

/** Returns the folder of a call: that of the server, unless the client works elsewhere. */
function folderOf(cwd: string, folders: readonly string[]): string {
  const isWithin = (folder: string) => !relative(folder, cwd).startsWith("..");
  return folders.some(isWithin) ? cwd : (folders[0] ?? cwd);
}

/** Returns the turn that runs in a conversation; undefined if none of ours does. */
async function turnIn(context: Context, agent: string, sessionId: string): Promise<string | undefined> {
  const { turns } = await status(context, { workspace: undefined, agent });
  return turns.find((turn) => turn.sessionId === sessionId && turn.reason !== "queued")?.turnId;
}
