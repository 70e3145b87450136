import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import {
  FAKE_AGENT,
  type FakeRecord,
  type FakeScript,
  fakePrompt,
  readFakeRecords,
} from "../fake-agent/script.ts";
import { type Running, type RunResult, run, start } from "../run.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";
import { runHere } from "./run-here.ts";

export const CLI = join(REPOSITORY, "dist/cli.cjs");

/** The port where nobody listens: these tests need no model. */
const NO_MODEL = "http://127.0.0.1:9";

export interface CliResult extends RunResult {
  /** The last line of stdout as JSON. */
  json: Record<string, unknown> & { error?: { code: string; message: string; hint: string | null } };
}

export interface FakeCli {
  sandbox: Sandbox;
  /** Runs the built command line with the fake agent as the agent command of create and send. */
  run(args: readonly string[], options?: CliOptions): Promise<CliResult>;
  /** The same in this process, from the source: for commands that start no agent, where no process has to be proven. */
  here(args: readonly string[], options?: Pick<CliOptions, "cwd" | "env" | "plain">): Promise<CliResult>;
  start(args: readonly string[], options?: CliOptions): Running;
  /** The words that run it. */
  argv(args: readonly string[]): string[];
  /** A prompt for the fake; its runs are recorded. */
  say(script: FakeScript, text: string): string;
  /** What the fake was started with, one record for each start. */
  records(): FakeRecord[];
}

interface CliOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  input?: string | Buffer;
  /** The number of the user to run it as. */
  user?: number;
  /** True: the agents of PATH instead of the fake. */
  plain?: boolean;
}

export function openFakeCli(t: TestContext): FakeCli {
  const sandbox = openSandbox({ modelUrl: NO_MODEL });
  t.after(() => sandbox.remove());
  const recordTo = join(sandbox.folder, "records.jsonl");
  const argv = (args: readonly string[], plain = false) => {
    const isTurn = ["create", "send", "continue", "ask", "fork", "once"].includes(args[0] ?? "");
    const fake = isTurn && !plain ? ["--agent-cmd", FAKE_AGENT] : [];
    return [process.execPath, CLI, ...args.slice(0, 1), ...fake, ...args.slice(1)];
  };
  const place = (options: CliOptions) => ({
    cwd: options.cwd ?? sandbox.workspace,
    env: sandbox.with(options.env ?? {}),
    ...(options.input === undefined ? {} : { input: options.input }),
    ...(options.user === undefined ? {} : { user: options.user }),
  });
  return {
    sandbox,
    run: async (args, options = {}) => withJson(await run(argv(args, options.plain), place(options))),
    here: async (args, options = {}) => {
      const { cwd, env } = place(options);
      const [, , ...words] = argv(args, options.plain);
      return withJson(await runHere(words, { cwd, env, userHome: sandbox.home }));
    },
    argv: (args) => argv(args),
    start: (args, options = {}) => start(argv(args, options.plain), place(options)),
    say: (script, text) => fakePrompt({ recordArgvTo: recordTo, ...script }, text),
    records: () =>
      existsSync(recordTo)
        ? readFakeRecords(readFileSync(recordTo, "utf8")).filter(({ event }) => event === "start")
        : [],
  };
}

function withJson(result: RunResult): CliResult {
  const last = result.stdout.trimEnd().split("\n").at(-1) ?? "";
  return { ...result, json: last.startsWith("{") ? JSON.parse(last) : {} };
}
