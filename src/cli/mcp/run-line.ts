import { openContext } from "../../app/compose/open-context.ts";
import type { Context } from "../../app/context.ts";
import type { Surroundings } from "../../app/surroundings.ts";
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
  const around = await aroundOf(io.around, caller);
  const printed: string[] = [];
  const own = { ...io, ...capturing(io, line, around), terminal: terminalInto(printed) };
  const [verb = "", ...rest] = line.argv;
  try {
    await io.runLine([verb, "--json", ...rest], own);
  } catch (error) {
    return { error: errorView(error) as LineError };
  }
  const json = JSON.parse(printed.join("") || "{}");
  return json.type === "agent_sessions.error" ? { error: json.error } : { json };
}

function capturing(
  io: CommandIo,
  { input, files = {}, signal }: Line,
  around: Surroundings,
): Partial<CommandIo> {
  return {
    around,
    openContext: (notify = around.notify) => openContext({ ...around, notify }),
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
async function aroundOf(around: Surroundings, { conversation }: Caller): Promise<Surroundings> {
  const asked = { ...around, wording: asTools(asCommands()), notify: () => undefined };
  if (conversation === undefined || around.env.AGENT_SESSIONS_CHAIN) return asked;
  const { agent, sessionId } = conversation;
  const turnId = await turnIn(openContext(asked), agent, sessionId);
  const who = { AGENT_SESSIONS_CALLER: `${agent} ${sessionId}` };
  const chain = turnId === undefined ? {} : { AGENT_SESSIONS_CHAIN: turnId, AGENT_SESSIONS_TURN: turnId };
  return { ...asked, env: { ...around.env, ...who, ...chain } };
}

/** Returns the turn that runs in a conversation; undefined if none of ours does. */
async function turnIn(context: Context, agent: string, sessionId: string): Promise<string | undefined> {
  const { turns } = await status(context, { workspace: undefined, agent });
  return turns.find((turn) => turn.sessionId === sessionId && turn.reason !== "queued")?.turnId;
}
