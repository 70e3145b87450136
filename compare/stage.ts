import { type LoopbackModel, type ReceivedRequest, startModel } from "../test/support/loopback/model.ts";
import { type Running, type RunResult, start } from "../test/support/run.ts";
import { openSandbox, type Sandbox } from "../test/support/sandbox.ts";
import { until } from "../test/support/until.ts";
import { processesOf, signalAll } from "./processes.ts";
import type { Argv, Tool } from "./tools/tool.ts";

/** Far more than any command needs. Without it, one that hangs would hang the comparison. */
const LIMIT_MS = 300_000;
/** How long a tool may take to end its processes when it is asked to. */
const GRACE_MS = 10_000;

/** A model on loopback and a throw-away home and workspace, in which one tool is used. */
export class Stage<T extends Tool = Tool> {
  private readonly env: Record<string, string>;

  private constructor(
    readonly tool: T,
    readonly model: LoopbackModel,
    readonly sandbox: Sandbox,
    readonly stop: AbortSignal,
  ) {
    this.env = sandbox.with(tool.extraEnvironment);
  }

  /** Opens a stage for as long as `use` takes, and ends whatever the tool has left running. */
  static async with<T extends Tool, Seen>(
    tool: T,
    stop: AbortSignal,
    use: (stage: Stage<T>) => Promise<Seen>,
  ): Promise<Seen> {
    stop.throwIfAborted();
    const model = await startModel();
    const sandbox = openSandbox({ modelUrl: model.url });
    try {
      return await use(new Stage(tool, model, sandbox, stop));
    } finally {
      await model.stop();
      sandbox.remove();
    }
  }

  /** Runs a command to its end, whatever its exit code. */
  async run(argv: Argv): Promise<RunResult> {
    return this.start(argv).result;
  }

  start(argv: Argv): Running {
    this.stop.throwIfAborted();
    const { sandbox, env, stop } = this;
    const running = start(argv, { cwd: sandbox.workspace, env, ownGroup: true });
    const end = () => running.killGroup("SIGKILL");
    const limit = setTimeout(end, LIMIT_MS);
    stop.addEventListener("abort", end);
    const result = running.result.finally(() => {
      clearTimeout(limit);
      stop.removeEventListener("abort", end);
    });
    result.catch(() => undefined);
    return { ...running, result };
  }

  /** @throws Error when the command fails: what comes after would mean nothing. */
  async mustRun(argv: Argv): Promise<RunResult> {
    const result = await this.run(argv);
    this.stop.throwIfAborted();
    if (result.code === 0) return result;
    const said = (result.stderr.trim() || result.stdout.trim()).slice(-400);
    const ended = result.signal ?? `exit code ${result.code}`;
    throw new Error(`${this.tool.title} failed (${ended}): ${argv.slice(-4).join(" ")}: ${said}`);
  }

  async begin(name: string, prompt: string): Promise<void> {
    for (const argv of this.tool.begin(name, prompt)) await this.mustRun(argv);
  }

  async say(name: string, prompt: string): Promise<void> {
    await this.mustRun(this.tool.say(name, prompt));
  }

  /** The newest question to the model that ended in this prompt: not the ones that a tool asks for itself. */
  asked(prompt: string): ReceivedRequest | undefined {
    return this.model.requests().findLast(({ userMessages }) => userMessages.at(-1)?.trim() === prompt);
  }

  /** What the user has said in the conversation, as the model saw it with this prompt; none if it was never asked. */
  seenWith(prompt: string): string[] {
    return this.asked(prompt)?.userMessages.map((text) => text.trim()) ?? [];
  }

  processes(): number[] {
    return processesOf(this.sandbox.home);
  }

  /** Asks everything that the tool has left running to end, and waits for it. */
  async endAll(): Promise<void> {
    signalAll(this.processes(), "SIGTERM");
    const isOver = () => this.processes().length === 0;
    await until(isOver, { what: "processes to end", timeoutMs: GRACE_MS }).catch(() => this.killAll());
  }

  /** kill -9 of everything: the tool, its agent, and what they have started meanwhile. */
  async killAll(): Promise<void> {
    const isOver = () => {
      const pids = this.processes();
      signalAll(pids, "SIGKILL");
      return pids.length === 0;
    };
    await until(isOver, { what: "killed processes to be gone", timeoutMs: GRACE_MS });
  }

  /** The versions of claude that have asked the model. */
  claudeVersions(): string[] {
    const versions = this.model.requests().map(({ headers }) => {
      return /^claude-cli\/(\S+)/.exec(headers["user-agent"] ?? "")?.[1] ?? "unknown";
    });
    return [...new Set(versions)];
  }
}
