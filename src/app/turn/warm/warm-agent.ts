import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Agent, Command } from "../../../domain/agent/agent.ts";
import { withVariables } from "../../../domain/agent/variables.ts";
import type { WarmForm, WarmSign } from "../../../domain/agent/warm.ts";
import { cancellationError } from "../../../domain/turn/cancellation.ts";
import type { Folded } from "../../../domain/turn/fold.ts";
import type { AgentExit } from "../../../domain/turn/turn.ts";
import type { TurnFolder } from "../../../stores/file/turns/folder.ts";
import { sentIdOf } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import { saveAgentOf } from "../../../stores/file/warm-folders.ts";
import { copyPart } from "../../../system/files/copy-part.ts";
import { type FileState, fileState } from "../../../system/files/keep.ts";
import { removeTree } from "../../../system/files/tree.ts";
import { replaceFile } from "../../../system/files/write.ts";
import { Tail } from "../../../system/lines/tail.ts";
import { memoryOf } from "../../../system/places/memory.ts";
import { listProcesses } from "../../../system/processes/list.ts";
import { endTree } from "../../../system/processes/tree.ts";
import { startWarm, type WarmProcess } from "../../../system/processes/warm-process.ts";
import type { Context } from "../../context.ts";
import { type RunningAgent, type Stopping, WARM_CHAIN, WARM_MARK } from "../../warm-agents.ts";
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
  hasBegun: boolean;
  isOver: boolean;
  /** Resolves with how the turn left the process. */
  left: (how: "idle" | "gone") => void;
}

/** What became of a request: `never` says that it can't be done with this process, nor with another one like it. */
type Answer = "done" | "refused" | "never" | "none";

/** One process that stays between turns, and what is known of it. */
export class WarmAgent {
  /** The transcript as the last turn left it. */
  private transcript: FileState | undefined;
  private turns = 0;
  /** Whether it was started before anybody asked for its first turn. */
  private wasAhead = false;
  private readonly startedMs = performance.now();
  private current: Current | undefined;
  /** Whether it was given to a turn that is not recorded yet. */
  private isTaken = false;
  /** The tools that are to begin a turn by themselves. */
  private readonly scheduled = new Set<string>();
  /** Whether servers run in it that no turn has started. */
  private hasServers = false;
  /** Whether it can take no other turn. */
  private isUsedUp = false;
  private isInputEnded = false;
  private hasExited = false;
  private requests = 0;
  private readonly answers = new Map<string, (answer: Answer) => void>();
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
    const take = (line: Buffer) => {
      for (const sign of form.read(line)) this.take(sign);
    };
    this.tail = new Tail(this.outputPath, take, () => this.useUp());
    process.exited.then(() => {
      this.hasExited = true;
      this.isUsedUp = true;
      for (const answer of this.answers.values()) answer("none");
      this.current?.left("gone");
    });
  }

  static async start(
    context: Context,
    agent: Agent,
    form: WarmForm,
    fit: Fit,
    {
      file,
      args,
      env: added,
      cwd,
      folder,
    }: Pick<Command, "file" | "env"> & {
      args: readonly string[];
      cwd: string;
      folder: string;
    },
  ): Promise<WarmAgent> {
    const env = {
      ...withVariables(context.env, agent, added),
      ...form.environment,
      // What it starts has the marks of the turn; it is itself of none.
      AGENT_SESSIONS_TURN: undefined,
      AGENT_SESSIONS_TURN_FOLDER: undefined,
      [WARM_MARK]: folder,
    };
    const paths = { stdoutPath: join(folder, OUTPUT), stderrPath: join(folder, ERRORS) };
    const process = await startWarm({ file, args }, { cwd, env, ...paths });
    try {
      saveAgentOf(folder, process.identity);
      return new WarmAgent(context, agent, form, fit, folder, process);
    } catch (error) {
      process.endInput();
      throw error;
    }
  }

  get pid(): number {
    return this.process.identity.pid;
  }

  get isRunning(): boolean {
    return this.isTaken;
  }

  /** Whether the process can run a turn that needs `fit`, in a conversation whose transcript is as it is now. */
  fits(fit: Fit, transcript: { inode?: string | undefined; bytes: number } | undefined): boolean {
    if (!this.tail.look() || this.isUsedUp || this.hasExited || this.isTaken) return false;
    const isSame = this.fit.command === fit.command && this.fit.files === fit.files;
    const { transcript: known } = this;
    const isUntouched = known?.inode === transcript?.inode && known?.bytes === transcript?.bytes;
    return isSame && known !== undefined && (isUntouched || this.form.readsAnew === true);
  }

  /**
   * Asks for a turn. Returns how it came to nothing if the process can't run it, or does not answer: then nothing has
   * run.
   *
   * @throws AppError `cancelled`; the reason of the signal: nothing has run then either
   */
  async begin(
    { folder, plan }: OpenTurn,
    signal: AbortSignal | undefined,
  ): Promise<RunningAgent | "refused" | "never" | "mute"> {
    this.isTaken = true;
    const { process, tail, form } = this;
    const promptId = sentIdOf(plan);
    if (!tail.look()) return "refused";
    const from = tail.position;
    this.stderrFrom = fileState(this.errorsPath)?.bytes ?? 0;
    process.hold(true);
    // Before the record that leads to it: whoever finds the record finds the output.
    folder.linkOutput(this.outputPath, from);
    folder.saveAgentProcess(process.identity, { outputFrom: from, isWarm: this.turns > 0 || this.wasAhead });
    const cancellation = folder.cancellation();
    if (cancellation !== undefined) throw cancellationError(cancellation, false);
    const variables = turnVariables(this.context, { folder, plan });
    replaceFile(join(this.folder, WARM_CHAIN), variables.AGENT_SESSIONS_CHAIN ?? "", { sync: false });
    const answer = await this.ask(
      (request) => form.setVariables(request, { ...variables, [WARM_MARK]: "" }, promptId),
      signal,
    );
    signal?.throwIfAborted();
    if (answer === "none") return "mute";
    if (answer !== "done") return answer;
    if (this.isUsedUp) return "refused";
    const over = new Promise<"idle" | "gone">((left) => {
      this.current = { promptId, hasBegun: false, isOver: false, left };
    });
    this.turns += 1;
    folder.markBegun();
    // Not waited for: an agent that no longer reads is ended like any other.
    process.write(form.prompt(promptId, folder.prompt()));
    return {
      identity: process.identity,
      isShared: true,
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
      while (!this.tail.look()) await new Promise(setImmediate);
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
    const late = new AbortController();
    const timeout = sleep(INTERRUPT_MS, undefined, { signal: late.signal }).catch(() => undefined);
    const stopNow = () => late.abort();
    if (hurry?.aborted) stopNow();
    hurry?.addEventListener("abort", stopNow, { once: true });
    const how = await Promise.race([over, timeout]);
    hurry?.removeEventListener("abort", stopNow);
    late.abort();
    // What a server has started for this turn bears no mark of it.
    if (how === undefined || this.hasExited || this.hasServers) {
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
    this.tail.look();
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

  /** Lets it wait for its first turn, in a conversation whose transcript is as it was before the process was started. */
  await(transcript: FileState): void {
    this.transcript = transcript;
    this.wasAhead = true;
  }

  /** Called when the end of a turn is recorded, with the transcript as it is then. Returns whether the process can stay. */
  rest(transcript: FileState | undefined): boolean {
    this.isTaken = false;
    this.transcript = transcript;
    this.usedMs = performance.now();
    this.process.hold(false);
    if (transcript === undefined || this.isUsedUp || this.hasExited) return false;
    if (this.turns >= MOST_TURNS || performance.now() - this.startedMs > MOST_AGE_MS) return false;
    return this.tail.position <= MOST_OUTPUT_BYTES && this.memory() <= MOST_MEMORY_BYTES;
  }

  private memory(): number {
    const { pid, agent } = this;
    const isWhole = agent.bridge === undefined;
    const pids = isWhole ? [pid] : listProcesses().flatMap((row) => (row.group === pid ? row.pid : []));
    return pids.reduce((sum, one) => sum + (memoryOf(one) ?? 0), 0);
  }

  /** Ends the process, at first by the end of its input. Never rejects. */
  async close(): Promise<void> {
    const { process } = this;
    this.useUp();
    if (!(await this.exits())) {
      process.hold(true);
      const tree = { leader: process.identity, mark: `${WARM_MARK}=none` };
      await endTree(tree, { gentle: "SIGTERM", graceMs: CLOSE_MS }).catch(() => []);
    }
    process.hold(false);
    this.tail.close();
    try {
      removeTree(this.folder);
    } catch {
      // The agent can put there what it wants; gc tries again.
    }
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
        this.hasServers = sign.hasServers;
        // Another version than the one that has shown more: it runs the turn, and exits.
        if (!sign.canStayWarm) this.useUp();
        break;
      case "answer":
        this.answers.get(sign.request)?.(sign.isDone ? "done" : sign.isNever ? "never" : "refused");
        this.answers.delete(sign.request);
        break;
      case "tasks":
        // It exits when they have ended, and says so, as if it had run this turn alone.
        if (sign.count > 0) this.useUp();
        break;
      case "scheduled":
        // It may begin turns at any time from now on: it is not kept when this one is over.
        this.scheduled.add(sign.tool);
        this.isUsedUp = true;
        break;
      case "failed":
        this.scheduled.delete(sign.tool);
        break;
      case "over":
        if (current?.promptId === sign.promptId) current.isOver = true;
        break;
      case "busy":
        // A turn that nobody has asked for.
        if (current === undefined) this.useUp();
        else if (current.isOver) this.scheduled.clear();
        else current.hasBegun = true;
        break;
      case "idle":
        if (current === undefined) break;
        // At the end of its input it exits when its tasks have ended.
        if (current.isOver && this.scheduled.size === 0 && !this.isInputEnded) current.left("idle");
        // It knows nothing of the prompt: at the end of its input it takes what is left of it, and exits.
        else if (current.hasBegun && !current.isOver) this.useUp();
        break;
    }
  }

  /** Lets it run no turn after this one. */
  retire(): void {
    this.isUsedUp = true;
  }

  private useUp(): void {
    this.isUsedUp = true;
    this.isInputEnded = true;
    this.process.endInput();
  }

  private async ask(lineOf: (request: string) => string, signal?: AbortSignal): Promise<Answer> {
    this.requests += 1;
    const request = `r${this.requests}`;
    const answered = new Promise<Answer>((resolve) => this.answers.set(request, resolve));
    if (this.hasExited) return "none";
    this.process.write(lineOf(request));
    const late = new AbortController();
    const ending = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
    const answer = await Promise.race([
      answered,
      sleep(ANSWER_MS, "none" as const, { signal: ending }).catch(() => "none" as const),
    ]);
    late.abort();
    this.answers.delete(request);
    return answer;
  }

  private get outputPath(): string {
    return join(this.folder, OUTPUT);
  }

  private get errorsPath(): string {
    return join(this.folder, ERRORS);
  }
}
