import { join } from "node:path";
import { asEntry, type NameEntry } from "../../../domain/names/name.ts";
import {
  anything,
  maybe,
  object,
  oneOf,
  record,
  type Shape,
  sessionId,
  text,
} from "../../../domain/shape.ts";
import type { Asked } from "../../../domain/turn/asked.ts";
import type { TurnFailure } from "../../../domain/turn/turn.ts";
import { errnoOf, stateError } from "../../../system/errors.ts";
import { moveIfThere, writtenTo } from "../../../system/files/folder.ts";
import { readEnds } from "../../../system/files/read-ends.ts";
import { createFile, fillFile, readFileIfAny, replaceFile } from "../../../system/files/write.ts";
import { parseJson } from "../../../system/lines/json.ts";
import { asProcessIdentity, isOfThisBoot, type ProcessIdentity } from "../../../system/processes/identity.ts";
import { type AcceptedTurn, asAccepted, askedByRequest } from "./accepted.ts";
import { askedByPlan, asPlan, type TurnPlan } from "./plan.ts";

/** Under which id a create was published, and what its name pointed at before. */
export interface Publication {
  sessionId: string;
  replaced?: NameEntry;
}

const asPublication: Shape<Publication> = object({ sessionId, replaced: maybe(asEntry) });

/** Who asked for a turn to be ended, and when. */
export interface Cancellation {
  at: string;
  /** In words for people. */
  by: string;
}

const asEnding = object({ result: anything });
const asEndReason: Shape<TurnFailure> = object({
  code: oneOf(["deadline", "output_limit"]),
  message: text,
  hint: maybe(text),
});
const asCancellation: Shape<Cancellation> = object({ at: text, by: text });

export const PLAN = "turn.json";
export const ACCEPTED = "request.json";
const PROMPT = "prompt";
const AGENT = "agent.json";
const ATTENDANT = "attendant.json";
const CANCELLATION = "cancel.json";
const END_REASON = "end-reason.json";
const ENDING = "ending.json";
const SESSION = "session.json";
const MARK = "gate";
/** Becomes `LEFT`: a rename needs no room on the disk, and no room in its inode table. */
const HERE = "here";
const LEFT = "left";
const STDIN = "stdin";

/**
 * One turn on disk: its plan, its prompt, the agent's raw output, and who runs it. The folder lies in
 * `turns/` until the end of the turn is in the journal; one whose result nobody has read yet then waits in
 * `settled/`, one whose caller was there in `told/`. A turn that was accepted for later has a request until it has a plan. Without either a folder
 * is litter.
 */
export class TurnFolder {
  constructor(readonly path: string) {}

  get promptPath(): string {
    return join(this.path, PROMPT);
  }

  /** What the agent gets as its standard input. */
  stdinPath({ hasOwnStdin }: TurnPlan): string {
    return hasOwnStdin === true ? this.ownStdinPath : this.promptPath;
  }

  get ownStdinPath(): string {
    return join(this.path, STDIN);
  }

  get agentPath(): string {
    return join(this.path, AGENT);
  }

  get planPath(): string {
    return join(this.path, PLAN);
  }

  get acceptedPath(): string {
    return join(this.path, ACCEPTED);
  }

  /** What the process that attends to the turn in the background has to say: nothing, unless it breaks. */
  get attendantLogPath(): string {
    return join(this.path, "attendant.log");
  }

  get stdoutPath(): string {
    return join(this.path, "stdout.jsonl");
  }

  get stderrPath(): string {
    return join(this.path, "stderr.log");
  }

  get rolePath(): string {
    return join(this.path, "role.md");
  }

  get schemaPath(): string {
    return join(this.path, "schema.json");
  }

  get markPath(): string {
    return join(this.path, MARK);
  }

  /** Undefined when there is no such turn (any more), or a newer version planned it. */
  plan(): TurnPlan | undefined {
    return this.read(PLAN, asPlan);
  }

  /** Adds to the plan what is known only shortly before the agent starts; returns once it is durable. */
  amendPlan(found: Partial<TurnPlan>): void {
    this.replace(PLAN, { ...this.read(PLAN, record), ...found });
  }

  prompt(): string {
    return readFileIfAny(this.promptPath)?.toString("utf8") ?? "";
  }

  /** What was asked for, where the turn was accepted to run in the background. */
  accepted(): AcceptedTurn | undefined {
    return this.read(ACCEPTED, asAccepted);
  }

  /** When the turn was asked for; undefined where the folder does not say. */
  asked(): Asked | undefined {
    const accepted = this.accepted();
    if (accepted !== undefined) return askedByRequest(accepted);
    const plan = this.plan();
    return plan === undefined ? undefined : askedByPlan(plan);
  }

  /** The process that runs the turn in the background. */
  attendant(): ProcessIdentity | undefined {
    return this.read(ATTENDANT, asProcessIdentity);
  }

  /** Not forced to disk: a restart of the machine ends the process all the same. */
  saveAttendant(identity: ProcessIdentity): void {
    this.replace(ATTENDANT, { v: 1, ...identity }, false);
  }

  cancellation(): Cancellation | undefined {
    return this.read(CANCELLATION, asCancellation);
  }

  saveCancellation(cancellation: Cancellation): void {
    this.replace(CANCELLATION, { v: 1, ...cancellation });
  }

  /** Why another command has ended the agent, in the place of the one that was to do it. */
  endReason(): TurnFailure | undefined {
    return this.read(END_REASON, asEndReason);
  }

  /** As good as it can: what fills the disk is to be ended all the same. */
  saveEndReason(reason: TurnFailure): void {
    try {
      this.replace(END_REASON, { v: 1, ...reason });
    } catch {
      // Then the turn is judged by what its agent has left.
    }
  }

  /** How the turn ended, where nobody may have been there to be told; as `saveEnding` was given it. */
  ending(): unknown {
    return this.read(ENDING, asEnding)?.result;
  }

  saveEnding(result: object): void {
    this.replace(ENDING, { v: 1, result });
  }

  /** The agent's leading process; undefined means that nothing has run. */
  agentProcess(): ProcessIdentity | undefined {
    return this.read(AGENT, asProcessIdentity);
  }

  /** Returns once it is durable: the agent is let go only after this. */
  saveAgentProcess(identity: ProcessIdentity): void {
    const path = join(this.path, AGENT);
    try {
      fillFile(path, JSON.stringify({ v: 1, ...identity }));
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  /**
   * Whether the agent may have started. After a restart of the machine the mark proves nothing: it was never
   * forced to disk.
   */
  mayHaveRun(): boolean {
    const leader = this.agentProcess();
    if (leader === undefined) return false;
    return !isOfThisBoot(leader) || (readFileIfAny(this.markPath)?.length ?? 0) > 0;
  }

  /** Whether it is certain that the agent has printed nothing: a restart of the machine may have lost what it did. */
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

  get herePath(): string {
    return join(this.path, HERE);
  }

  /** Says that the caller, though it may live on, works on this turn no more. */
  leave(): void {
    const left = join(this.path, LEFT);
    try {
      if (moveIfThere(this.herePath, left)) return;
      // A turn that 0.1 began.
      createFile(left, "", { sync: false });
    } catch {
      // The folder is gone, or the disk is full: then the caller's own end will tell.
    }
  }

  isLeft(): boolean {
    return readFileIfAny(join(this.path, LEFT)) !== undefined;
  }

  /** How much the agent has written to `stdoutPath`, and when it wrote anything last; absent where nothing is kept. */
  output(): { bytes?: number; lastMs?: number } {
    const stdout = writtenTo(this.stdoutPath);
    if (stdout === undefined) return {};
    const times = [stdout, writtenTo(this.stderrPath)].flatMap((one) =>
      one === undefined || one.bytes === 0 ? [] : [one.lastMs],
    );
    return { bytes: stdout.bytes, ...(times.length === 0 ? {} : { lastMs: Math.max(...times) }) };
  }

  /** When the agent's process was put on record; undefined while there is none. */
  begunMs(): number | undefined {
    const agent = writtenTo(this.agentPath);
    return agent === undefined || agent.bytes === 0 ? undefined : agent.lastMs;
  }

  /** How much the agent has written in all. */
  writtenBytes(): number {
    return (writtenTo(this.stdoutPath)?.bytes ?? 0) + (writtenTo(this.stderrPath)?.bytes ?? 0);
  }

  /** What the agent has written to `stderrPath`; of more than 12 kB the first 4 and the last 8. */
  stderrEnds(): string {
    return readEnds(this.stderrPath, { headBytes: 4096, tailBytes: 8192 });
  }

  private replace(file: string, value: object, sync = true): void {
    const path = join(this.path, file);
    try {
      replaceFile(path, JSON.stringify(value), { sync });
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  private read<T>(file: string, shape: Shape<T>): T | undefined {
    const path = join(this.path, file);
    try {
      const bytes = readFileIfAny(path);
      // Cut off by a power failure before it was acknowledged: as good as never written.
      return bytes === undefined ? undefined : shape(parseJson(bytes));
    } catch (error) {
      if (errnoOf(error) === "ENOTDIR") return undefined;
      throw stateError(error, "read", path);
    }
  }
}
