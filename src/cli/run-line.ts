import { openContext } from "../app/compose/open-context.ts";
import type { Context } from "../app/context.ts";
import type { Surroundings } from "../app/surroundings.ts";
import { AppError } from "../domain/errors.ts";
import type { Line, LineError, LineResult } from "../mcp/tool.ts";
import { errorView } from "./report.ts";
import type { CommandIo, Terminal } from "./terminal.ts";

/** Runs one command line with `--json` in this process, and returns what it says instead of printing it. */
export async function runLine(io: CommandIo, line: Line, around: Surroundings): Promise<LineResult> {
  const printed: string[] = [];
  const error = await runInto(io, { ...line, argv: asJson(line.argv) }, around, (text) => printed.push(text));
  if (error !== undefined) return { error };
  const json = JSON.parse(printed.join("") || "{}");
  return json.type === "agent_sessions.error" ? { error: json.error } : { json };
}

/**
 * Runs one command line in this process, and hands over what it prints as it comes. Returns why it failed; undefined where
 * it has printed that itself, and where nothing did.
 */
export async function runInto(
  io: CommandIo,
  line: Line,
  around: Surroundings,
  take: (text: string) => unknown,
): Promise<LineError | undefined> {
  const opened: Context[] = [];
  const own = capturing(io, line, around, (context) => opened.push(context));
  try {
    await io.runLine(line.argv, { ...io, ...own, terminal: terminalInto(take) });
    return undefined;
  } catch (error) {
    return errorView(error) as LineError;
  } finally {
    // This process goes on: each line would leave its connections behind.
    for (const context of opened) void context.line?.close();
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
  onOpened: (context: Context) => void,
): Partial<CommandIo> {
  return {
    around,
    openContext: (notify = around.notify, ownAgents) => {
      const context = openContext({ ...around, notify, ownAgents });
      onOpened(context);
      return context;
    },
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

function terminalInto(take: (text: string) => unknown): Terminal {
  const out = (text: string) => void take(text);
  return {
    out,
    page: out,
    outLater: async (bytes) => void (await take(Buffer.from(bytes).toString("utf8"))),
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
