import { basename, join } from "node:path";
import { AppError } from "../../../domain/errors.ts";
import { asEntry, type NameEntry } from "../../../domain/names/name.ts";
import {
  anything,
  both,
  flag,
  maybe,
  number,
  object,
  oneOf,
  record,
  type Shape,
  sessionId,
  text,
} from "../../../domain/shape.ts";
import type { Asked } from "../../../domain/turn/asked.ts";
import type { Cancellation } from "../../../domain/turn/cancellation.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";
import { errnoOf, stateError } from "../../../system/errors.ts";
import { linkFile, modifiedMs, moveIfThere, removeFile, writtenTo } from "../../../system/files/folder.ts";
import { readEnds, readFileIfAny, readJson } from "../../../system/files/read.ts";
import { createFile, fillFile, replaceFile } from "../../../system/files/write.ts";
import { asProcessIdentity, isOfThisBoot, type ProcessIdentity } from "../../../system/processes/identity.ts";
import { type AcceptedTurn, asAccepted, askedByRequest } from "./accepted.ts";
import { askedByPlan, asPlan, type TurnPlan } from "./plan.ts";

/** The id under which a create was published, and what its name pointed at before. */
export interface Publication {
  sessionId: string;
  replaced?: NameEntry;
}

/** The agent of a turn, and what a process has that runs other turns too. */
const asAgent = both(
  asProcessIdentity,
  object({
    /** Where the output of this turn begins in that of its process. */
    outputFrom: maybe(number),
    /** Whether the process was there before the turn. */
    isWarm: maybe(flag),
  }),
);

const asPublication: Shape<Publication> = object({ sessionId, replaced: maybe(asEntry) });

const asEnding = object({ result: anything });
const asEndReason: Shape<TurnFailure> = object({
  code: oneOf(["deadline", "output_limit", "stopped_at_budget"]),
  message: text,
  hint: maybe(text),
});
const asCancellation: Shape<Cancellation> = object({ at: text, by: text, isTerminated: maybe(flag) });

export const PLAN = "turn.json";
export const ACCEPTED = "request.json";
const PROMPT = "prompt";
export const AGENT = "agent.json";
const ATTENDANT = "attendant.json";
const CANCELLATION = "cancel.json";
const END_REASON = "end-reason.json";
const ENDING = "ending.json";
const RESULT = "result.json";
export const SESSION = "session.json";
const MARK = "gate";
/** Becomes `LEFT`: a rename needs no disk space and no inode. */
export const HERE = "here";
const LEFT = "left";
export const STDIN = "stdin";

/** Where the output of a turn is. */
export interface Spool {
  path: string;
  /** The byte where it begins. */
  from: number;
  /** Whether the process prints the output of other turns too, in which case lines of them can follow. */
  isShared: boolean;
}

/**
 * One turn on disk: its plan, its prompt, the agent's raw output, and the process that runs it. The folder is
 * in `turns/` until the end of the turn is in the journal. Then it moves to `settled/` if nobody has read the
 * result yet, or to `told/` if the caller was there. A turn that was accepted for later has a request until
 * it has a plan. A folder with neither is a leftover.
 */
export class TurnFolder {
  constructor(readonly path: string) {}

  get turnId(): string {
    return basename(this.path);
  }

  /** Returns the path of one of its files. */
  at(file: string): string {
    return join(this.path, file);
  }

  get promptPath(): string {
    return this.at(PROMPT);
  }

  /** Returns the file that the agent gets as its stdin. */
  stdinPath({ hasOwnStdin }: TurnPlan): string {
    return hasOwnStdin === true ? this.at(STDIN) : this.promptPath;
  }

  /** The output of the turn's attendant: empty, unless the attendant fails. */
  get attendantLogPath(): string {
    return this.at("attendant.log");
  }

  get stdoutPath(): string {
    return this.at("stdout.jsonl");
  }

  get stderrPath(): string {
    return this.at("stderr.log");
  }

  get rolePath(): string {
    return this.at("role.md");
  }

  get schemaPath(): string {
    return this.at("schema.json");
  }

  get markPath(): string {
    return this.at(MARK);
  }

  /** Returns the plan; undefined when there is no such turn (any more), or a newer version planned it. */
  plan(): TurnPlan | undefined {
    return this.read(PLAN, asPlan);
  }

  /** Forgets an agent that has run nothing, before another one is started. */
  forgetAgent(): void {
    const from = this.agent()?.outputFrom;
    if (from !== undefined) this.unlinkOutput(from);
    for (const path of [this.at(AGENT), this.markPath, this.stderrPath])
      replaceFile(path, "", { sync: false });
  }

  /** Changes what the plan says; durable when it returns. What is undefined is left out of it. */
  amendPlan(found: Partial<TurnPlan>): void {
    this.replace(PLAN, { ...this.read(PLAN, record), ...found });
  }

  prompt(): string {
    return readFileIfAny(this.promptPath)?.toString("utf8") ?? "";
  }

  /** Returns the request of a turn that was accepted to run in the background. */
  accepted(): AcceptedTurn | undefined {
    return this.read(ACCEPTED, asAccepted);
  }

  /** Changes what an accepted turn says; durable. */
  acceptAgain(accepted: AcceptedTurn): void {
    this.replace(ACCEPTED, accepted);
  }

  /** Returns when the turn was asked for; undefined if the folder does not say. */
  asked(): Asked | undefined {
    const accepted = this.accepted();
    if (accepted !== undefined) return askedByRequest(accepted);
    const plan = this.plan();
    return plan === undefined ? undefined : askedByPlan(plan);
  }

  /** Returns the process that runs the turn in the background. */
  attendant(): ProcessIdentity | undefined {
    return this.read(ATTENDANT, asProcessIdentity);
  }

  /** Durable: from then on the turn is accepted, and runs whatever becomes of its processes. */
  saveAttendant(identity: ProcessIdentity): void {
    this.replace(ATTENDANT, { v: 1, ...identity });
  }

  cancellation(): Cancellation | undefined {
    return this.read(CANCELLATION, asCancellation);
  }

  saveCancellation(cancellation: Cancellation): void {
    this.replace(CANCELLATION, { v: 1, ...cancellation });
  }

  /** Returns why another command ended the agent, in place of the command that runs the turn. */
  endReason(): TurnFailure | undefined {
    return this.read(END_REASON, asEndReason);
  }

  /** Saves the reason if possible: an agent that fills the disk must be ended all the same. */
  saveEndReason(reason: TurnFailure): void {
    try {
      this.replace(END_REASON, { v: 1, ...reason });
    } catch {
      // Then the outcome is derived from what the agent has left.
    }
  }

  /** Returns the result that `saveEnding` stored: the caller may not have been there to get it. */
  ending(): unknown {
    return this.read(ENDING, asEnding)?.result;
  }

  saveEnding(result: object): void {
    this.replace(ENDING, { v: 1, result });
  }

  /** Keeps the result as the command line prints it, for a program that is told where it is. */
  saveResult(line: string): void {
    this.replaceText(RESULT, line);
  }

  /** Returns the path of what `saveResult` kept; undefined if there is none. */
  get resultPath(): string | undefined {
    const path = this.at(RESULT);
    return modifiedMs(path) === undefined ? undefined : path;
  }

  /** Returns the agent's leading process; undefined if nothing has run. */
  agentProcess(): ProcessIdentity | undefined {
    return this.agent();
  }

  /** Whether the agent's process was there before the turn. */
  isWarm(): boolean {
    return this.agent()?.isWarm === true;
  }

  /** Where the output of the turn is: the file, and the place where it begins. */
  spool(): Spool {
    const { outputFrom: from } = this.agent() ?? {};
    const path = from === undefined ? undefined : this.linkPath(from);
    return path !== undefined && modifiedMs(path) !== undefined
      ? { path, from: from ?? 0, isShared: true }
      : { path: this.stdoutPath, from: 0, isShared: from !== undefined };
  }

  /** Makes the output of a process that runs other turns too that of this turn, from `from` on. */
  linkOutput(path: string, from: number): void {
    const link = this.linkPath(from);
    try {
      linkFile(path, link);
    } catch (error) {
      throw stateError(error, "write", link);
    }
  }

  unlinkOutput(from: number): void {
    removeFile(this.linkPath(from));
  }

  private linkPath(from: number): string {
    return this.at(`output-from-${from}.jsonl`);
  }

  /** Records that the agent may have run, where no gate does. */
  markBegun(): void {
    replaceFile(this.markPath, "\n", { sync: false });
  }

  private agent() {
    return this.read(AGENT, asAgent);
  }

  /** Durable when it returns: the gate opens only after this. */
  saveAgentProcess(identity: ProcessIdentity, process: { outputFrom?: number; isWarm?: boolean } = {}): void {
    const path = this.at(AGENT);
    try {
      fillFile(path, JSON.stringify({ v: 1, ...identity, ...process }));
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  /**
   * Whether the agent may have started. After a restart of the machine, a missing mark proves nothing: the
   * mark is never forced to disk.
   */
  mayHaveRun(): boolean {
    const leader = this.agentProcess();
    if (leader === undefined) return false;
    return !isOfThisBoot(leader) || (readFileIfAny(this.markPath)?.length ?? 0) > 0;
  }

  /** Whether the agent has certainly printed nothing: a restart of the machine may have lost its output. */
  isSilent(): boolean {
    const leader = this.agentProcess();
    return leader !== undefined && isOfThisBoot(leader) && this.output().bytes === 0;
  }

  publication(): Publication | undefined {
    return this.read(SESSION, asPublication);
  }

  savePublication(publication: Publication): void {
    this.replace(SESSION, { v: 1, ...publication });
  }

  /** Records that the caller no longer works on this turn, even if the caller still lives. */
  leave(): void {
    const left = this.at(LEFT);
    try {
      if (moveIfThere(this.at(HERE), left)) return;
      // No `here` file: version 0.1 began the turn.
      createFile(left, "", { sync: false });
    } catch {
      // The folder is gone, or the disk is full: then the end of the caller's process shows it.
    }
  }

  isLeft(): boolean {
    return readFileIfAny(this.at(LEFT)) !== undefined;
  }

  /**
   * Returns how much the agent has written to `stdoutPath`, and when it last wrote anything; both absent
   * where no output is kept.
   */
  output(): { bytes?: number; lastMs?: number } {
    const { path, from } = this.spool();
    const stdout = writtenTo(path);
    if (stdout === undefined) return {};
    const times = [stdout, writtenTo(this.stderrPath)].flatMap((one) =>
      one === undefined || one.bytes === 0 ? [] : [one.lastMs],
    );
    return {
      bytes: Math.max(0, stdout.bytes - from),
      ...(times.length === 0 ? {} : { lastMs: Math.max(...times) }),
    };
  }

  /** Returns when the agent's process was recorded; undefined before that. */
  begunMs(): number | undefined {
    const agent = writtenTo(this.at(AGENT));
    return agent === undefined || agent.bytes === 0 ? undefined : agent.lastMs;
  }

  /** Returns how much the agent has written in total. */
  writtenBytes(): number {
    return (this.output().bytes ?? 0) + (writtenTo(this.stderrPath)?.bytes ?? 0);
  }

  /** Returns what the agent has written to `stderrPath`; of more than 12 kB, the first 4 and the last 8. */
  stderrEnds(): string {
    return readEnds(this.stderrPath, { headBytes: 4096, tailBytes: 8192 });
  }

  private replace(file: string, value: object, sync = true): void {
    this.replaceText(file, JSON.stringify(value), sync);
  }

  private replaceText(file: string, content: string, sync = true): void {
    const path = this.at(file);
    try {
      replaceFile(path, content, { sync });
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  private read<T>(file: string, shape: Shape<T>): T | undefined {
    const path = this.at(file);
    try {
      return shape(readJson(path)?.value);
    } catch (error) {
      if (error instanceof AppError && errnoOf(error.cause) === "ENOTDIR") return undefined;
      throw error;
    }
  }
}
