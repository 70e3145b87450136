import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readJsonFolder } from "../../../src/system/files/read.ts";
import { LOOPBACK_KEY } from "../environment.ts";
import { type Running, start, until } from "../run.ts";
import type { RealCli } from "./real-cli.ts";

/** Claude Code in a terminal of its own, with a conversation open. */
export interface ClaudeWindow {
  pid: number;
  /** What it says it is doing; undefined once it has taken its record away. */
  status(): string | undefined;
  /** Types a prompt of one word and returns once the model has it. */
  say(word: string): Promise<void>;
  /** Waits until a word is on the screen and the window does nothing any more. */
  showed(word: string): Promise<void>;
  /** Leaves it as people do. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

/**
 * An address on this machine where nobody listens. claude 2.1.329 looks for hosts by itself when it has a window,
 * whatever it was told of traffic; through a proxy it asks nobody else.
 */
const NOWHERE = "http://127.0.0.1:9";

/** Opens a conversation in a window. */
export async function openClaudeWindow(cli: RealCli, sessionId: string): Promise<ClaudeWindow> {
  const { home } = cli.sandbox;
  passFirstRun(join(home, ".claude.json"), cli.workspace);
  const records = () =>
    readJsonFolder(join(home, ".claude/sessions")) as { pid: number; sessionId: string; status?: string }[];
  const before = records().map(({ pid }) => pid);
  const terminal = start(
    ["script", "-qefc", `stty rows 50 cols 120; exec claude --resume ${sessionId}`, "/dev/null"],
    { cwd: cli.workspace, env: windowEnvironment(cli), keepStdin: true },
  );
  const { pid } = await until(
    () => records().find((record) => !before.includes(record.pid) && record.status === "idle"),
    { what: `a window that is ready; it shows ${JSON.stringify(terminal.stdout())}` },
  );
  const status = () => records().find((record) => record.pid === pid)?.status;
  const type = async (word: string) => {
    const shown = terminal.stdout().length;
    terminal.write(word);
    await until(() => terminal.stdout().slice(shown).includes(word), { what: `${word} on the screen` });
    terminal.write("\r");
  };
  return {
    pid,
    status,
    say: async (word) => {
      await type(word);
      await cli.model.received(word);
    },
    showed: async (word) => {
      await until(() => terminal.stdout().includes(word), { what: `${word} on the screen` });
      await until(() => status() === "idle", { what: "an idle window" });
    },
    close: async () => {
      await type("/exit");
      await ended(terminal);
    },
    kill: async () => {
      process.kill(pid, "SIGKILL");
      await ended(terminal);
    },
  };
}

/** All that a conversation's transcript says. */
export function transcriptOf(cli: RealCli, sessionId: string): string {
  const projects = join(cli.sandbox.home, ".claude/projects");
  const [project = ""] = readdirSync(projects);
  return readFileSync(join(projects, project, `${sessionId}.jsonl`), "utf8");
}

/** The environment of a window that asks nobody outside. */
export function windowEnvironment(cli: RealCli): Record<string, string> {
  return cli.sandbox.with({
    TERM: "xterm-256color",
    HTTPS_PROXY: NOWHERE,
    HTTP_PROXY: NOWHERE,
    NO_PROXY: "127.0.0.1",
    CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
  });
}

/** What claude 2.1.329 writes down once a user has seen its welcome, taken the key and trusted the folder. */
export function passFirstRun(path: string, workspace: string): void {
  const known = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  const seen = {
    hasCompletedOnboarding: true,
    customApiKeyResponses: { approved: [LOOPBACK_KEY.slice(-20)], rejected: [] },
    projects: { [workspace]: { hasTrustDialogAccepted: true } },
  };
  writeFileSync(path, JSON.stringify({ ...known, ...seen }));
}

async function ended(terminal: Running): Promise<void> {
  await terminal.exited;
  terminal.endInput();
}
