import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve as resolvePath } from "node:path";
import { openContextOf } from "../app/compose/open-context-of.ts";
import type { Agent } from "../domain/agent/agent.ts";
import { AppError } from "../domain/errors.ts";
import { runInstead } from "../system/processes/instead.ts";
import { wordsOfProcess } from "../system/processes/list.ts";
import { print, printLater } from "../system/terminal/output.ts";
import { catchEndSignals } from "../system/terminal/signals.ts";
import { isRuledByEnvFile, STARTED_ANEW } from "./node-options.ts";
import { ArgumentError, parseArguments } from "./parse/argparse.ts";
import { subCommands, type Tool } from "./parse/flags.ts";
import { createSession } from "./run/create.ts";
import { failureOf, ScriptFailure } from "./run/failure.ts";
import type { DraftFor } from "./run/invocation.ts";
import { Script, type ScriptIo } from "./run/invocation.ts";
import { deleteAllSessions, deleteSession, listSessions, resolve } from "./run/names.ts";
import { resumeJson, resumeStream } from "./run/resume.ts";

const COMMANDS: Record<string, (script: Script) => Promise<void>> = {
  "create-session": createSession,
  resolve,
  "list-sessions": listSessions,
  "delete-session": deleteSession,
  "delete-all-sessions": deleteAllSessions,
  "resume-json": resumeJson,
  "resume-stream": resumeStream,
};

const ABOUT: Record<Tool, string> = {
  claude: "Named conversations with Claude Code that any later process can continue.",
  codex: "Named conversations with the Codex CLI that any later process can continue.",
};

/**
 * Runs a command line of one of the original scripts and ends the process with its exit code. Each script
 * works with one agent, so its program contains no other agent.
 */
export function main(tool: Tool, agent: Agent, draftFor: DraftFor): void {
  const args = process.argv.slice(2);
  const { env, pid, ppid: parent } = process;
  const isRuled = isRuledByEnvFile({ args, env, parent, commandLine: () => wordsOfProcess(pid) });
  delete process.env[STARTED_ANEW];
  (isRuled ? startAnew(args) : run({ tool, agent, draftFor }, args)).then(
    (code) => process.exit(code),
    (error: unknown) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      print(2, `${text}\nRuntimeError: this is a bug in agent-sessions\n`);
      process.exit(1);
    },
  );
}

/**
 * Restarts the same command line with two dashes before the script: Node does not read the arguments after
 * them.
 */
function startAnew(args: readonly string[]): Promise<number> {
  const { argv, env, execArgv, execPath, pid } = process;
  const words = [...execArgv, "--", argv[1] ?? "", ...args];
  return runInstead(execPath, words, { ...env, [STARTED_ANEW]: String(pid) });
}

/** What only one of the two programs contains. */
interface Carried {
  tool: Tool;
  agent: Agent;
  draftFor: DraftFor;
}

async function run({ tool, agent, draftFor }: Carried, argv: readonly string[]): Promise<number> {
  try {
    const parsed = parseArguments(argv, subCommands(tool), ABOUT[tool]);
    if ("help" in parsed) {
      print(1, parsed.help);
      return 0;
    }
    await COMMANDS[parsed.command]?.(new Script(tool, parsed.values, processIo(agent), draftFor));
    return 0;
  } catch (error) {
    if (error instanceof ArgumentError) {
      print(2, error.text);
      return 2;
    }
    if (error instanceof AppError && (error.code === "cancelled" || error.code === "terminated")) {
      print(2, `${error.message}\n`);
      return error.exitCode;
    }
    const failure = error instanceof AppError ? failureOf(error) : error;
    if (!(failure instanceof ScriptFailure)) throw error;
    print(2, failure.lastLine);
    return 1;
  }
}

function processIo(agent: Agent): ScriptIo {
  const { env } = process;
  const cwd = process.cwd();
  return {
    cwd,
    env,
    out: (text) => print(1, text),
    outLater: printLater,
    err: (text) => print(2, text),
    readFile: (path) => readFileSync(resolvePath(cwd, path), "utf8"),
    isFile: (path) => statSync(resolvePath(cwd, path), { throwIfNoEntry: false })?.isDirectory() === false,
    openContext: (notify) =>
      openContextOf(
        { [agent.name]: agent },
        {
          env,
          cwd,
          platform: process.platform,
          uid: process.getuid?.() ?? 0,
          userHome: homedir(),
          notify,
        },
      ),
    catchSignals: catchEndSignals,
  };
}
