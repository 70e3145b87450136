import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../test/support/environment.ts";
import { type LoopbackModel, type Reply, startModel } from "../test/support/loopback/model.ts";
import type { ReceivedRequest } from "../test/support/loopback/received.ts";
import type { RunResult } from "../test/support/run.ts";
import { openSandbox, type Sandbox } from "../test/support/sandbox.ts";
import { runCommand } from "./command-run.ts";
import { command, print } from "./narrator.ts";
import { writeShop } from "./shop.ts";
import { verify } from "./verify.ts";

export const CLI = join(REPOSITORY, "dist/cli.cjs");

export interface StageOptions {
  /** What the model says to a request; `files` are those of the codebase. */
  reply: (request: ReceivedRequest, files: readonly string[]) => Reply | Promise<Reply>;
  /** Programs to be found before all others on PATH: their names, and their files. Default: those of npm. */
  programs?: Record<string, string>;
  /** What is in the environment of each command, besides what each has. */
  env?: Record<string, string>;
}

interface RunOptions {
  exitCode?: number;
  env?: Record<string, string>;
}

/** A model on loopback, a throw-away home and a small codebase, in which commands run one after the other. */
export class Stage {
  /** How many commands have run, each a process of its own. */
  commandCount = 0;

  private opened: Sandbox | undefined;
  /** Where its programs are found, to be put into an environment. */
  path: { PATH?: string } = {};

  private constructor(
    readonly model: LoopbackModel,
    private readonly stop: AbortSignal,
    private readonly env: Record<string, string>,
  ) {}

  /** `stop` ends the command that runs, and all that would follow. */
  static async open(stop: AbortSignal, { reply, programs = {}, env = {} }: StageOptions): Promise<Stage> {
    verify(existsSync(CLI), `${CLI} is missing. Build it with: npm run build`);
    let files: readonly string[] = [];
    const model = await startModel({ reply: (request) => reply(request, files) });
    const stage = new Stage(model, stop, env);
    try {
      stage.opened = openSandbox({ modelUrl: model.url });
      stage.putOnPath(stage.sandbox, programs);
      files = writeShop(stage.sandbox.workspace);
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  get sandbox(): Sandbox {
    if (this.opened === undefined) throw new Error("The stage is not open.");
    return this.opened;
  }

  /** Prints and runs `agent-sessions …`, prints what it says, and insists on its exit code. */
  async run(args: readonly string[], { exitCode = 0, env = {} }: RunOptions = {}): Promise<RunResult> {
    const { sandbox, stop } = this;
    const words = ["agent-sessions", ...args];
    command(words);
    const argv = [process.execPath, CLI, ...args];
    const result = await runCommand(argv, {
      cwd: sandbox.workspace,
      env: sandbox.with({ ...this.path, ...this.env, ...env }),
      stop,
    });
    this.commandCount += 1;
    print(result.stdout + result.stderr);
    const ended = result.signal ?? `exit code ${result.code}`;
    verify(
      result.code === exitCode,
      `${words.slice(0, 2).join(" ")} ended with ${ended} instead of ${exitCode}.`,
    );
    return result;
  }

  async close(): Promise<void> {
    await this.model.stop();
    this.opened?.remove();
  }

  private putOnPath(sandbox: Sandbox, programs: Record<string, string>): void {
    const folder = join(sandbox.folder, "bin");
    mkdirSync(folder);
    for (const [name, file] of Object.entries(programs)) symlinkSync(file, join(folder, name));
    this.path = { PATH: `${folder}:${sandbox.env.PATH}` };
  }
}
