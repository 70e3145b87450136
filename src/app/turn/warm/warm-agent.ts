import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Agent } from "../../../domain/agent/agent.ts";
import type { WarmForm, WarmSign } from "../../../domain/agent/warm.ts";
import { AppError } from "../../../domain/errors.ts";
import type { Folded } from "../../../domain/turn/fold.ts";
import type { AgentExit } from "../../../domain/turn/turn.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { copyPart } from "../../../system/files/copy-part.ts";
import { type FileState, fileState } from "../../../system/files/keep.ts";
import { readJson } from "../../../system/files/read.ts";
import { removeTree } from "../../../system/files/tree.ts";
import { createFile } from "../../../system/files/write.ts";
import { Tail } from "../../../system/lines/tail.ts";
import { memoryOf } from "../../../system/places/memory.ts";
import { asProcessIdentity, type ProcessIdentity } from "../../../system/processes/identity.ts";
import { endTree } from "../../../system/processes/tree.ts";
import { startWarm, type WarmProcess } from "../../../system/processes/warm-process.ts";
import type { Context } from "../../context.ts";
import { type RunningAgent, type Stopping, WARM_MARK } from "../../warm-agents.ts";
import { endAgent, treeOf } from "../running/stop.ts";
import { turnOver } from "../running/turn-over.ts";
import { turnVariables } from "../running/turn-variables.ts";

/** How long a request may wait for its answer; the first one waits for the start of the agent. */
const ANSWER_MS = 15_000;
/** How long an interrupted turn may take to end before the process is ended. */
const INTERRUPT_MS = 2_000;
/** How long a process may take to exit at the end of its input, and again after a signal. */
const CLOSE_MS = 3_000;
const LOOK_MS = 25;

const MOST_AGE_MS = 3_600_000;
const MOST_TURNS = 100;
const MOST_OUTPUT_BYTES = 16 * 1024 * 1024;
const MOST_MEMORY_BYTES = 600 * 1024 * 1024;

const OUTPUT = "stdout.jsonl";
const ERRORS = "stderr.log";
const PROCESS = "process.json";

/** Returns the process to which a folder of a warm agent belongs. */
export function agentIn(folder: string): ProcessIdentity | undefined {
  return asProcessIdentity(readJson(join(folder, PROCESS))?.value);
}

/** What must be the same for another turn in the same process. */
export interface Fit {
  /** The command and the surroundings of the process. */
  command: string;
  /** The files that it has read at its start. */
  files: string;
}

/** The turn that the process runs, as far as its output has shown it. */
interface Current {
  promptId: string;
  isOver: boolean;
  /** Resolves with how the turn left the process. */
  left: (how: "idle" | "gone") => void;
}

/** One process that stays between turns, and what is known of it. */
export class WarmAgent {
  /** The transcript as the last turn left it. */
  private transcript: FileState | undefined;
  private turns = 0;
  private readonly startedMs = performance.now();
  private current: Current | undefined;
  private hasScheduled = false;
  /** Whether it can take no other turn. */
  private isUsedUp = false;
  private hasExited = false;
  private requests = 0;
  private readonly answers = new Map<string, (isDone: boolean) => void>();
  private readonly tail: Tail;
  private stderrFrom = 0;
  usedMs = performance.now();

  private constructor(
    private readonly context: Context,
    private readonly agent: Agent,
    private readonly form: WarmForm,
    private readonly fit: Fit,
    private readonly folder: string,
    private readonly process: WarmProcess,
  ) {
    this.tail = new Tail(this.outputPath, (line) => {
      for (const sign of form.read(line)) this.take(sign);
    });
    process.exited.then(() => {
      this.tail.look();
      this.hasExited = true;
      this.isUsedUp = true;
      for (const answer of this.answers.values()) answer(false);
      this.current?.left("gone");
    });
  }

  static async start(
    context: Context,
    agent: Agent,
    form: WarmForm,
    fit: Fit,
    { file, args, cwd, folder }: { file: string; args: readonly string[]; cwd: string; folder: string },
  ): Promise<WarmAgent> {
    const env = {
      ...context.env,
      ...form.environment,
      // What it starts has the marks of the turn; it is itself of none.
      AGENT_SESSIONS_TURN: undefined,
      AGENT_SESSIONS_TURN_FOLDER: undefined,
      [WARM_MARK]: String(context.self.pid),
    };
    const paths = { stdoutPath: join(folder, OUTPUT), stderrPath: join(folder, ERRORS) };
    const process = await startWarm({ file, args }, { cwd, env, ...paths });
    createFile(join(folder, PROCESS), JSON.stringify({ v: 1, ...process.identity }), { sync: false });
    return new WarmAgent(context, agent, form, fit, folder, process);
  }

  get pid(): number {
    return this.process.identity.pid;
  }

  get isRunning(): boolean {
    return this.current !== undefined;
  }

  /** Whether the process can run a turn that needs `fit`, in a conversation whose transcript is as it is now. */
  fits(fit: Fit, transcript: { inode?: string | undefined; bytes: number } | undefined): boolean {
    this.tail.look();
    if (this.isUsedUp || this.hasExited || this.current !== undefined) return false;
    const isSame = this.fit.command === fit.command && this.fit.files === fit.files;
    const { transcript: known } = this;
    return (
      isSame && known !== undefined && known.inode === transcript?.inode && known.bytes === transcript?.bytes
    );
  }

  /**
   * Asks for a turn. Returns undefined if the process does not answer: then nothing has run.
   *
   * @throws AppError `cancelled`
   */
  async begin({ folder, plan }: OpenTurn): Promise<RunningAgent | undefined> {
    const { process, tail, form } = this;
    const promptId = plan.promptId ?? "";
    tail.look();
    const from = tail.position;
    this.stderrFrom = fileState(this.errorsPath)?.bytes ?? 0;
    process.hold(true);
    // Before the record that leads to it: whoever finds the record finds the output.
    folder.linkOutput(this.outputPath, from);
    folder.saveAgentProcess(process.identity, { outputFrom: from, isWarm: this.turns > 0 });
    const cancellation = folder.cancellation();
    if (cancellation !== undefined)
      throw new AppError("cancelled", `The turn was cancelled by ${cancellation.by} before it began.`);
    const variables = turnVariables(this.context, { folder, plan });
    if (!(await this.ask((request) => form.setVariables(request, variables)))) return undefined;
    const over = new Promise<"idle" | "gone">((left) => {
      this.current = { promptId, isOver: false, left };
    });
    if (this.hasExited) this.current?.left("gone");
    this.turns += 1;
    folder.markBegun();
    await process.write(form.prompt(promptId, folder.prompt()));
    return {
      identity: process.identity,
      over: (folded, stopping) => this.over(over, { folder, plan }, folded, stopping),
      end: (hurry) => this.end(over, plan.turnId, hurry),
      seal: (folded) => this.seal(folder, folded, from),
    };
  }

  private async over(
    over: Promise<"idle" | "gone">,
    turn: OpenTurn,
    folded: Folded,
    stopping: Stopping,
  ): Promise<AgentExit> {
    const how = await Promise.race([over, stopping.over.then(() => "stopped" as const)]);
    if (how === "gone") {
      const { identity, exited } = this.process;
      return turnOver(this.context, this.agent, turn, { identity, exited }, folded, stopping);
    }
    await stopping.done;
    return this.hasExited ? this.process.exited : {};
  }

  /** Interrupts the turn, and ends what it has left behind; where that does not help, ends the process. */
  private async end(over: Promise<unknown>, turnId: string, hurry: AbortSignal | undefined): Promise<void> {
    const { process, context, agent } = this;
    this.ask((request) => this.form.interrupt(request));
    const late = sleep(INTERRUPT_MS, "late" as const, { ref: false });
    const hurried = new Promise<"late">((resolve) => {
      if (hurry?.aborted) resolve("late");
      hurry?.addEventListener("abort", () => resolve("late"), { once: true });
    });
    const isLate = (await Promise.race([over, late, hurried])) === "late";
    if (isLate || this.hasExited) {
      this.isUsedUp = true;
      await endAgent(context, agent, turnId, process.identity, hurry);
      return;
    }
    // Not the leader, which is of no turn: only what bears the mark of this one.
    const { mark } = treeOf(turnId, process.identity);
    const tree = { leader: { ...process.identity, start: "of no turn" }, mark };
    await endTree(tree, { gentle: agent.gentleSignal, graceMs: 0, hurry });
  }

  /** Gives the turn's folder what the process has printed in this turn. */
  private seal(folder: TurnFolder, folded: Folded, from: number): AgentExit | undefined {
    this.current = undefined;
    const errors = fileState(this.errorsPath)?.bytes ?? 0;
    try {
      copyPart(this.outputPath, folder.stdoutPath, { from, to: this.tail.position });
      copyPart(this.errorsPath, folder.stderrPath, { from: this.stderrFrom, to: errors });
      folder.unlinkOutput(from);
    } catch {
      // The disk is full: the link stays, and shows the same.
      this.isUsedUp = true;
    }
    return this.hasExited ? undefined : { code: folded.end?.isError === false ? 0 : 1 };
  }

  /** Called when the end of a turn is recorded, with the transcript as it is then. Returns whether the process can stay. */
  rest(transcript: FileState | undefined): boolean {
    this.transcript = transcript;
    this.usedMs = performance.now();
    this.process.hold(false);
    if (transcript === undefined || this.isUsedUp || this.hasExited) return false;
    if (this.turns >= MOST_TURNS || performance.now() - this.startedMs > MOST_AGE_MS) return false;
    return this.tail.position <= MOST_OUTPUT_BYTES && (memoryOf(this.pid) ?? 0) <= MOST_MEMORY_BYTES;
  }

  /** Ends the process, at first by the end of its input. */
  async close(): Promise<void> {
    const { process } = this;
    this.isUsedUp = true;
    process.endInput();
    if (!(await this.exits())) {
      process.hold(true);
      const tree = { leader: process.identity, mark: `${WARM_MARK}=none` };
      await endTree(tree, { gentle: "SIGTERM", graceMs: CLOSE_MS });
    }
    this.tail.close();
    removeTree(this.folder);
  }

  private async exits(): Promise<boolean> {
    const untilMs = performance.now() + CLOSE_MS;
    while (!this.hasExited && performance.now() < untilMs) await sleep(LOOK_MS);
    return this.hasExited;
  }

  private take(sign: WarmSign): void {
    const { current } = this;
    switch (sign.is) {
      case "able":
        // Another version than the one that has shown more: it runs the turn, and exits.
        if (!sign.canStayWarm) this.useUp();
        break;
      case "answer":
        this.answers.get(sign.request)?.(sign.isDone);
        this.answers.delete(sign.request);
        break;
      case "tasks":
        // It exits when they have ended, and says so, as if it had run this turn alone.
        if (sign.count > 0) this.useUp();
        break;
      case "scheduled":
        this.hasScheduled = true;
        break;
      case "over":
        if (current?.promptId === sign.promptId) current.isOver = true;
        break;
      case "busy":
        // A turn that nobody has asked for.
        if (current === undefined) this.useUp();
        else if (current.isOver) this.hasScheduled = false;
        break;
      case "idle":
        if (current?.isOver && !this.hasScheduled && !this.isUsedUp) current.left("idle");
        break;
    }
  }

  private useUp(): void {
    this.isUsedUp = true;
    this.process.endInput();
  }

  private async ask(lineOf: (request: string) => string): Promise<boolean> {
    this.requests += 1;
    const request = `r${this.requests}`;
    const answered = new Promise<boolean>((resolve) => this.answers.set(request, resolve));
    if (this.hasExited) return false;
    await this.process.write(lineOf(request));
    const late = new AbortController();
    const isDone = await Promise.race([
      answered,
      sleep(ANSWER_MS, false, { signal: late.signal }).catch(() => false),
    ]);
    late.abort();
    this.answers.delete(request);
    return isDone;
  }

  private get outputPath(): string {
    return join(this.folder, OUTPUT);
  }

  private get errorsPath(): string {
    return join(this.folder, ERRORS);
  }
}
