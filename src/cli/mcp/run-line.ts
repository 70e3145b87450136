import { relative } from "node:path";
import { openContext } from "../../app/compose/open-context.ts";
import type { Context } from "../../app/context.ts";
import type { Surroundings } from "../../app/surroundings.ts";
import { WARM_MARK } from "../../app/warm-agents.ts";
import { status } from "../../app/watch/status.ts";
import { asCommands } from "../../app/wording.ts";
import { AppError } from "../../domain/errors.ts";
import type { Caller } from "../../mcp/caller.ts";
import type { Line, LineError, LineResult } from "../../mcp/tool.ts";
import { asTools } from "../../mcp/wording.ts";
import { errorView } from "../report.ts";
import type { CommandIo, Terminal } from "../terminal.ts";

/** Runs one command line with `--json` in this process, and returns what it says instead of printing it. */
export async function runLine(io: CommandIo, line: Line, caller: Caller): Promise<LineResult> {
  const printed: string[] = [];
  try {
    const around = await aroundOf(io.around, caller, io.isFolder);
    const own = { ...io, ...capturing(io, line, around), terminal: terminalInto(printed) };
    await io.runLine(asJson(line.argv), own);
    const json = JSON.parse(printed.join("") || "{}");
    return json.type === "agent_sessions.error" ? { error: json.error } : { json };
  } catch (error) {
    return { error: errorView(error) as LineError };
  }
}

/** Options end where `--` says so: what comes after may look like one. */
function asJson(argv: readonly string[]): string[] {
  const end = argv.indexOf("--");
  return end === -1 ? [...argv, "--json"] : argv.toSpliced(end, 0, "--json");
}

function capturing(
  io: CommandIo,
  { input, files = {}, signal }: Line,
  around: Surroundings,
): Partial<CommandIo> {
  return {
    around,
    openContext: (notify = around.notify, ownAgents) => openContext({ ...around, notify, ownAgents }),
    readStdin: async () => input ?? "",
    readFile: (path) => files[path] ?? io.readFile(path),
    // The end of a call stops a wait and ends no turn.
    catchSignals: () => ({ signal: stopped(signal), hurry: new AbortController().signal }),
    setLastWords: () => undefined,
    atEnd: () => undefined,
  };
}

function stopped(signal: AbortSignal | undefined): AbortSignal {
  const stop = new AbortController();
  const abort = () =>
    stop.abort(new AppError("cancelled", "The client has stopped waiting; the turn continues."));
  if (signal?.aborted) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  return stop.signal;
}

function terminalInto(printed: string[]): Terminal {
  const out = (text: string) => void printed.push(text);
  return {
    out,
    page: out,
    outLater: async (bytes) => out(Buffer.from(bytes).toString("utf8")),
    unreadMs: () => 0,
    forgetUnprinted: () => undefined,
    err: () => undefined,
    call: () => undefined,
    hasKeyboard: false,
    isTyped: false,
    isInteractive: false,
    size: () => undefined,
    status: undefined,
    hasColor: { out: false, err: false },
  };
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
  const turnId = await turnIn(context, agent, sessionId);
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
