import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { openContext } from "../../../src/app/compose/open-context.ts";
import { openShared } from "../../../src/app/compose/open-shared.ts";
import { readConfig } from "../../../src/app/config/read.ts";
import type { Surroundings } from "../../../src/app/surroundings.ts";
import { runCommandLine } from "../../../src/cli/program.ts";
import { report } from "../../../src/cli/report.ts";
import { AGENT_SESSIONS } from "../../../src/cli/surface/surface.ts";
import type { CommandIo } from "../../../src/cli/terminal.ts";
import { REPOSITORY } from "../environment.ts";
import type { RunResult } from "../run.ts";

interface Place {
  cwd: string;
  env: Record<string, string>;
  userHome: string;
}

const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8"));

/** Runs one command line in this process, with pipes for its output, as `main` does in a process of its own. */
export async function runHere(argv: readonly string[], { cwd, env, userHome }: Place): Promise<RunResult> {
  const said = { out: "", err: "" };
  const terminal: CommandIo["terminal"] = {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    page: (text) => {
      said.out += text;
    },
    outLater: async (bytes) => {
      said.out += Buffer.from(bytes).toString("utf8");
    },
    call: () => undefined,
    unreadMs: () => 0,
    forgetUnprinted: () => undefined,
    hasKeyboard: false,
    isTyped: false,
    isInteractive: false,
    size: () => undefined,
    status: undefined,
    hasColor: { out: false, err: false },
  };
  const never = new AbortController().signal;
  const around: Surroundings = {
    env,
    cwd,
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome,
    program: [process.execPath, join(REPOSITORY, "dist/cli.cjs")],
    openShared,
    notify: (message) => terminal.err(`${message}\n`),
  };
  const { defaultAgent } = AGENT_SESSIONS;
  const io: Omit<CommandIo, "runLine" | "loadCommands"> = {
    around,
    config: { notes: [] },
    readConfig: (workspace) =>
      readConfig({ ...around, workspace, defaultAgent }, () => openContext(around).home),
    openContext: (notify = around.notify) => openContext({ ...around, notify }),
    terminal,
    readStdin: async () => "",
    edit: async () => ({ text: "", path: "", discard: () => undefined }),
    confirm: async () => false,
    atEnd: () => undefined,
    readFile: (path) => readFileSync(resolve(cwd, path), "utf8"),
    isFolder: (path) => statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isDirectory() === true,
    packageFolder: REPOSITORY,
    defaultAgent,
    catchSignals: () => ({ signal: never, hurry: never }),
    setLastWords: () => undefined,
  };
  const code = await runCommandLine(argv, version, io, AGENT_SESSIONS).catch((thrown: unknown) =>
    report(thrown, argv, io),
  );
  return { code, signal: null, stdout: said.out, stderr: said.err };
}
