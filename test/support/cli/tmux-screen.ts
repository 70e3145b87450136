import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { quoteWords } from "../../../src/domain/words.ts";
import { REPOSITORY } from "../environment.ts";
import { run } from "../run.ts";
import type { Sandbox } from "../sandbox.ts";
import { until } from "../until.ts";
import { windowEnvironment } from "./claude-window.ts";
import type { RealCli } from "./real-cli.ts";

/** A terminal of tmux in which one command of ours runs. */
export interface Screen {
  text(): Promise<string>;
  /** The same with those lines joined that the terminal has broken. */
  unbroken(): Promise<string>;
  see(what: RegExp): Promise<void>;
  /** Types a word and presses Enter until `isTaken`: codex takes an Enter that comes fast for part of a paste. */
  enter(word: string, isTaken: () => boolean | Promise<boolean>): Promise<void>;
  press(...keys: string[]): Promise<void>;
  isCursorShown(): Promise<boolean>;
  /** Waits for the end of the command and returns its exit code. */
  ended(): Promise<number>;
  /** Closes the terminal as with its cross. */
  close(): Promise<void>;
}

export async function hasTmux(cli: Pick<RealCli, "workspace" | "env">): Promise<boolean> {
  return (await run(["sh", "-c", "command -v tmux"], { cwd: cli.workspace, env: cli.env })).code === 0;
}

interface ScreenOptions {
  columns?: number;
  rows?: number;
  cwd?: string;
  env?: Record<string, string>;
}

/** Runs our command line in a terminal. */
export async function openScreen(
  cli: RealCli,
  args: readonly string[],
  { columns = 150, rows = 50, cwd = cli.workspace, env: extra = {} }: ScreenOptions = {},
): Promise<Screen> {
  const env = { ...windowEnvironment(cli), ...extra };
  const command = quoteWords([process.execPath, join(REPOSITORY, "dist/cli.cjs"), ...args]);
  return openTerminal(`${command}; echo "code=$?"; exec cat`, {
    sandbox: cli.sandbox,
    columns,
    rows,
    cwd,
    env,
  });
}

interface TerminalOptions {
  sandbox: Sandbox;
  columns: number;
  rows: number;
  cwd: string;
  env: Record<string, string>;
}

/** Runs a shell command in a terminal. */
export async function openTerminal(
  command: string,
  { sandbox, columns, rows, cwd, env: given }: TerminalOptions,
): Promise<Screen> {
  // A server of its own: the one before may be just ending, and takes the new terminal with it (tmux 3.3a).
  const sockets = mkdtempSync(join(sandbox.folder, "tmux-"));
  const env = { ...given, TMUX_TMPDIR: sockets };
  const tmux = (...words: string[]) => run(["tmux", "-u", "-f", "/dev/null", ...words], { cwd, env });
  const opened = await tmux(
    "new-session",
    "-d",
    "-s",
    "w",
    "-x",
    String(columns),
    "-y",
    String(rows),
    command,
  );
  if (opened.code !== 0) throw new Error(opened.stderr);
  const text = async () => (await tmux("capture-pane", "-p", "-t", "w")).stdout;
  const see = (what: RegExp) =>
    until(async () => what.test(await text()), {
      what: `${what} on the screen`,
      everyMs: 50,
    }).then(
      () => undefined,
      async (error) => {
        throw new Error(`${error.message}\n${await text()}`);
      },
    );
  return {
    text,
    unbroken: async () => (await tmux("capture-pane", "-p", "-J", "-t", "w")).stdout,
    see,
    enter: async (word, isTaken) => {
      await tmux("send-keys", "-t", "w", "-l", word);
      await see(new RegExp(`^[❯›].?${word}`, "m"));
      const press = async () => {
        await tmux("send-keys", "-t", "w", "Enter");
        return until(isTaken, { what: "an Enter that is taken", timeoutMs: 1_000 }).then(
          () => true,
          () => false,
        );
      };
      await until(press, { what: `${word} to be taken` });
    },
    press: async (...keys) => {
      await tmux("send-keys", "-t", "w", ...keys);
    },
    isCursorShown: async () =>
      (await tmux("display-message", "-p", "-t", "w", "#{cursor_flag}")).stdout.trim() === "1",
    ended: async () => {
      await see(/^code=\d+$/m);
      const code = Number(/^code=(\d+)$/m.exec(await text())?.[1]);
      await tmux("kill-session", "-t", "w");
      return code;
    },
    close: async () => {
      await tmux("kill-session", "-t", "w");
    },
  };
}
