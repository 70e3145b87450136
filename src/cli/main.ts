import { readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { openContext } from "../app/compose/open-context.ts";
import type { Surroundings } from "../app/surroundings.ts";
import { AppError } from "../domain/errors.ts";
import { version } from "../domain/version.ts";
import { splitWords } from "../domain/words.ts";
import { confirm } from "../system/terminal/confirm.ts";
import { editText } from "../system/terminal/editor.ts";
import { isInForeground } from "../system/terminal/foreground.ts";
import { readStandardInput } from "../system/terminal/input.ts";
import { isTerminal } from "../system/terminal/is-terminal.ts";
import {
  allPrinted,
  forgetUnprinted,
  print,
  printIfRoom,
  printLater,
  ring,
  unreadMs,
} from "../system/terminal/output.ts";
import { pageText } from "../system/terminal/pager.ts";
import { catchEndSignals, setLastWords } from "../system/terminal/signals.ts";
import { COMPLETE } from "./complete/complete-line.ts";
import { printable, printableLines } from "./output/table.ts";
import { runCommandLine, type Surface } from "./program.ts";
import { report } from "./report.ts";
import type { CommandIo, Terminal } from "./terminal.ts";
import { StatusLine } from "./turn/status-line.ts";

const argv = process.argv.slice(2);

const wantsColor = (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb";

const status =
  isTerminal(2) && process.env.TERM !== "dumb"
    ? new StatusLine({
        write: (text) => printIfRoom(2, text),
        // A terminal whose size was never set reports 0 columns.
        columns: () => process.stderr.columns || 80,
        isOurs: isInForeground,
        // Every command at a terminal asks, and `performance` is 1 ms to load (Node 20.20).
        nowMs: () => Number(process.hrtime.bigint() / 1_000_000n),
      })
    : undefined;

/** Whether the terminal has echoed ^C on the line where the next message goes. */
let isBehindEcho = false;

const terminal: Terminal = {
  out: (text) => {
    status?.clear();
    if (isTerminal(1)) isBehindEcho = false;
    print(1, text);
  },
  err: (text) => {
    // The status line has overwritten the echo, and is erased now.
    const isOnNewLine = !isBehindEcho || status?.isShown === true;
    isBehindEcho = false;
    status?.clear();
    print(2, isOnNewLine ? text : `\n${text}`);
  },
  page: (text, isWanted, wanted = "less") => {
    const pager = splitWords(process.env.PAGER ?? wanted);
    const size = terminal.size();
    const isNeeded = size !== undefined && isTerminal(0) && linesOf(text, size.columns) >= size.rows;
    const isPaged = isWanted && isNeeded && pager.length > 0 && pageText(text, pager, process.env);
    if (!isPaged) terminal.out(text);
  },
  outLater: (bytes) => {
    status?.clear();
    if (isTerminal(1)) isBehindEcho = false;
    return printLater(bytes);
  },
  unreadMs,
  forgetUnprinted,
  call: (text) => {
    if (process.env.TERM !== "dumb") ring(2, printable(text));
  },
  hasKeyboard: isTerminal(0) && isTerminal(1),
  isTyped: isTerminal(0),
  isInteractive: isTerminal(1),
  // A terminal whose size was never set reports 0.
  size: () =>
    isTerminal(1) ? { columns: process.stdout.columns || 80, rows: process.stdout.rows || 24 } : undefined,
  status,
  hasColor: { out: wantsColor && isTerminal(1), err: wantsColor && isTerminal(2) },
};

/** How many lines of a terminal a text takes, at least. */
function linesOf(text: string, columns: number): number {
  return text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / columns)), 0);
}

const around: Surroundings = {
  env: process.env,
  cwd: workingFolder(),
  platform: process.platform,
  uid: process.getuid?.() ?? 0,
  userHome: userHome(),
  program: [process.execPath, realpathSync(process.argv[1] ?? "")],
  notify: (message) => terminal.err(`${printableLines(message)}\n`),
};

const atEnd: ((exitCode: number) => void)[] = [];

const io: Omit<CommandIo, "defaultAgent" | "openContext" | "readConfig" | "runLine" | "loadCommands"> = {
  around,
  terminal,
  config: { notes: [] },
  readStdin: readStandardInput,
  edit: (editor, temp) => editText(editor, { env: process.env, temp }),
  confirm: (question) => confirm(question, terminal.err),
  atEnd: (work) => atEnd.push(work),
  readFile: (path) => readFileSync(path, "utf8"),
  isFolder: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  packageFolder: join(dirname(realpathSync(process.argv[1] ?? "")), ".."),
  catchSignals: () => {
    const signals = catchEndSignals();
    signals.signal.addEventListener("abort", () => {
      isBehindEcho = isTerminal(2) && isCtrlC(signals.signal.reason);
    });
    return signals;
  },
  setLastWords,
};

/**
 * Runs this process's command line with the commands of `surface`, then ends the process with its exit code.
 */
export function main(surface: Surface): void {
  const { defaultAgent, runsWaiting = true, readConfig, openShared } = surface;
  const here = { ...around, openShared };
  const open: CommandIo["openContext"] = (notify = around.notify, ownAgents) =>
    openContext({ ...here, runsWaiting, notify, ownAgents });
  const home = () => open(() => undefined).home;
  const read: CommandIo["readConfig"] = async (workspace) =>
    readConfig === undefined ? io.config : readConfig({ ...around, workspace, defaultAgent }, home);
  runCommandLine(
    argv,
    version,
    { ...io, around: here, openContext: open, readConfig: read, defaultAgent },
    surface,
  )
    .catch(async (thrown: unknown) => {
      // The error must come after the output that a slow reader has not read yet.
      await allPrinted();
      // The parser may have failed before it read the flag.
      if (argv.includes("--notify")) terminal.call("agent-sessions: the command has failed");
      return report(thrown, argv, io);
    })
    .then(async (exitCode) => {
      await allPrinted();
      for (const work of atEnd) work(exitCode);
      process.exit(exitCode);
    });
}

function isCtrlC(reason: unknown): boolean {
  return reason instanceof AppError && reason.code === "cancelled";
}

function userHome(): string | undefined {
  try {
    const home = homedir();
    return home === "" ? undefined : home;
  } catch {
    return undefined;
  }
}

/** Returns the folder that this command was started in. Ends the process if that folder no longer exists. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    if (argv[0] === COMPLETE) process.exit(0);
    const error = new AppError(
      "folder_missing",
      "The folder in which this command was started does not exist any more.",
      {
        hint: "Change to a folder that does, and run the command again.",
        cause,
      },
    );
    return endWith(error);
  }
}

/** Reports what is wrong before any command could run, and ends the process. */
export function endWith(error: AppError): never {
  process.exit(report(error, argv, { terminal, around: { env: process.env } }));
}
