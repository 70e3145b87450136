import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { listProcesses } from "../../src/system/processes/list.ts";
import { CLI } from "../../test/support/cli/fake-cli.ts";
import { type RunResult, run, start, until } from "../../test/support/run.ts";
import { openSandbox } from "../../test/support/sandbox.ts";
import { addUses } from "../../test/support/stores/add-uses.ts";

const AGENT = join(import.meta.dirname, "quick-agent.sh");
const STOP_AT_CALL = join(import.meta.dirname, "stop-at-call.cjs");

/** The port where nobody listens. */
const NO_MODEL = "http://127.0.0.1:9";

/** What a command printed, whether it came to its end or not. */
export interface Ran extends RunResult {
  /** The last whole line of stdout; undefined where there is none. */
  json: Record<string, unknown> | undefined;
  durationMs: number;
}

/** Who is killed: the command alone, or with it whoever works for it, as when a machine stops. */
export type Victim = "command" | "everyone";

/** Where a sub-command is stopped: before its n-th step, or once the agent is let go. 0 only names the steps. */
export interface Stop {
  verb: string;
  at: number | "gate";
}

/** A workspace and a state home of its own, with the built command line to use and to kill. */
export class Place {
  private readonly sandbox = openSandbox({ modelUrl: NO_MODEL });
  readonly workspace = this.sandbox.workspace;
  readonly state = join(this.sandbox.home, "agent-sessions-state");
  readonly views = join(this.sandbox.home, "tmp/agent-sessions");
  readonly transcripts = [".claude/projects/x", ".codex/sessions/2026/11/21"].map((path) =>
    join(this.sandbox.home, path),
  );
  private readonly stepsFile = join(this.sandbox.folder, "steps");

  constructor() {
    for (const folder of this.transcripts) mkdirSync(folder, { recursive: true });
  }

  /** Runs a command to its end. */
  async run(args: readonly string[]): Promise<Ran> {
    const startedMs = performance.now();
    const result = await run(argv(args), { cwd: this.workspace, env: this.sandbox.env });
    return asRan(result, startedMs);
  }

  /** Starts a command and kills it after so long, unless it is faster. */
  async runAndKill(args: readonly string[], afterMs: number, victim: Victim): Promise<Ran> {
    const startedMs = performance.now();
    const running = start(argv(args), { cwd: this.workspace, env: this.sandbox.env });
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (victim === "command") running.kill("SIGKILL");
    else await this.killEveryone();
    return asRan(await running.result, startedMs);
  }

  /** Runs a command with a stop in it, or in what it starts. Returns with it the steps that were named. */
  async runAndStop(args: readonly string[], { verb, at }: Stop): Promise<Ran & { steps: string[] }> {
    rmSync(this.stepsFile, { force: true });
    const startedMs = performance.now();
    const env = this.sandbox.with({
      NODE_OPTIONS: `--require ${STOP_AT_CALL}`,
      STOP_IN: verb,
      STOP_AT: String(at),
      STOP_STEPS_TO: this.stepsFile,
    });
    const result = await run(argv(args), { cwd: this.workspace, env });
    await this.quiet();
    const steps = existsSync(this.stepsFile)
      ? readFileSync(this.stepsFile, "utf8").trimEnd().split("\n")
      : [];
    return { ...asRan(result, startedMs), steps };
  }

  /** Waits until nobody works here any more: agents end by themselves, whoever has been killed. */
  async quiet(): Promise<void> {
    await until(() => this.everyone().length === 0, { what: "all processes to end", everyMs: 2 });
  }

  async killEveryone(): Promise<void> {
    await until(
      () => {
        const all = this.everyone();
        for (const pid of all) killIfThere(pid);
        return all.length === 0;
      },
      { what: "everyone to be gone", everyMs: 1 },
    );
  }

  /** Lets the next turn under a name write the file of uses anew. Returns the file. */
  addUses(name: string): string {
    return addUses(this.state, name);
  }

  remove(): void {
    this.sandbox.remove();
  }

  private everyone(): number[] {
    const mark = Buffer.from(`\0HOME=${this.sandbox.home}\0`);
    return listProcesses().flatMap(({ pid }) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`);
        return Buffer.concat([Buffer.of(0), environment]).includes(mark) ? [pid] : [];
      } catch {
        // Gone, or of another user.
        return [];
      }
    });
  }
}

function argv([verb = "", ...rest]: readonly string[]): string[] {
  const agent = verb === "create" || verb === "send" ? ["--agent-cmd", AGENT] : [];
  return [process.execPath, CLI, verb, ...agent, "--json", ...rest];
}

function asRan(result: RunResult, startedMs: number): Ran {
  const durationMs = performance.now() - startedMs;
  const whole = result.stdout.split("\n").slice(0, -1).at(-1);
  return { ...result, json: whole?.startsWith("{") ? JSON.parse(whole) : undefined, durationMs };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
