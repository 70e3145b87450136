import { join } from "node:path";
import { asEntry, asScope, type NameEntry, type NameScope } from "../domain/name.ts";
import {
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  oneOf,
  type Shape,
  sessionId,
  text,
} from "../domain/shape.ts";
import { CONTINUITIES, type Continuity } from "../domain/turn.ts";
import {
  createFile,
  fillFile,
  makeFolder,
  readFileIfAny,
  replaceFile,
  syncFolder,
} from "../system/atomic-file.ts";
import { errnoOf, stateError } from "../system/errno.ts";
import {
  listFolder,
  makeNewFolder,
  moveIfThere,
  removeFile,
  removeFlatFolder,
  touch,
} from "../system/folder.ts";
import { parseJson } from "../system/json-lines.ts";
import { asProcessIdentity, isOfThisBoot, type ProcessIdentity } from "../system/process-identity.ts";
import type { StateHome } from "../system/state-home.ts";

/** What a turn is, written down before anything of it runs. */
export interface TurnPlan {
  v: 1;
  turnId: string;
  kind: "create" | "send";
  /** Where the name lives; `scope.agent` runs the turn. */
  scope: NameScope;
  /** Absent for a conversation that is continued by its id alone. */
  name?: string;
  /** Where the agent runs. */
  cwd: string;
  /** The conversation it continues, or the id that was chosen for a new one; absent when the agent chooses. */
  sessionId?: string;
  continuity: Continuity;
  command: { file: string; args: string[] };
  /** Whether the agent reads something else than the prompt from its standard input. */
  hasOwnStdin?: boolean;
  /** Files to remove with the turn's folder. */
  temporaryFiles?: string[];
  model?: string;
  effort?: string;
  roleText?: string;
  startedAt: string;
  /** The process that asked for the turn. */
  caller: ProcessIdentity;
  /** Bytes that other writers have added to the transcript before the turn. */
  foreignBytes?: number;
}

const asPlan: Shape<TurnPlan> = object({
  v: literal(1),
  turnId: text,
  kind: oneOf(["create", "send"]),
  scope: asScope,
  name: maybe(text),
  cwd: text,
  sessionId: maybe(sessionId),
  continuity: oneOf(CONTINUITIES),
  command: object({ file: text, args: list(text) }),
  hasOwnStdin: maybe(flag),
  temporaryFiles: maybe(list(text)),
  model: maybe(text),
  effort: maybe(text),
  roleText: maybe(text),
  startedAt: text,
  caller: asProcessIdentity,
  foreignBytes: maybe(number),
});

/** Under which id a create was published, and what its name pointed at before. */
export interface Publication {
  sessionId: string;
  replaced?: NameEntry;
}

const asPublication: Shape<Publication> = object({ sessionId, replaced: maybe(asEntry) });

const PLAN = "turn.json";
const PROMPT = "prompt";
const AGENT = "agent.json";
const SESSION = "session.json";
const MARK = "gate";
const LEFT = "left";
const STDIN = "stdin";

/**
 * One turn on disk: its plan, its prompt, the agent's raw output, and who runs it. The folder lies in
 * `turns/` until the end of the turn is in the journal; one whose result nobody has read yet then waits in
 * `settled/`. Without its plan a folder is litter.
 */
export class TurnFolder {
  constructor(readonly path: string) {}

  get promptPath(): string {
    return join(this.path, PROMPT);
  }

  /** What the agent gets as its standard input. */
  stdinPath({ hasOwnStdin }: TurnPlan): string {
    return hasOwnStdin === true ? join(this.path, STDIN) : this.promptPath;
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

  get markPath(): string {
    return join(this.path, MARK);
  }

  /** Undefined when there is no such turn (any more), or a newer version planned it. */
  plan(): TurnPlan | undefined {
    return this.read(PLAN, asPlan);
  }

  prompt(): string {
    return readFileIfAny(this.promptPath)?.toString("utf8") ?? "";
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

  publication(): Publication | undefined {
    return this.read(SESSION, asPublication);
  }

  savePublication(publication: Publication): void {
    const path = join(this.path, SESSION);
    try {
      replaceFile(path, JSON.stringify({ v: 1, ...publication }));
    } catch (error) {
      throw stateError(error, "write", path);
    }
  }

  /** Says that the caller, though it may live on, works on this turn no more. */
  leave(): void {
    try {
      createFile(join(this.path, LEFT), "", { sync: false });
    } catch {
      // The folder is gone, or the disk is full: then the caller's own end will tell.
    }
  }

  isLeft(): boolean {
    return readFileIfAny(join(this.path, LEFT)) !== undefined;
  }

  stderrTail(): string {
    const bytes = readFileIfAny(this.stderrPath);
    return bytes === undefined ? "" : bytes.subarray(-8192).toString("utf8");
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

/** A turn that is not in `settled/` yet. */
export interface OpenTurn {
  folder: TurnFolder;
  plan: TurnPlan;
}

/** The turns of this state home. */
export class Turns {
  constructor(private readonly home: StateHome) {}

  /** Makes a turn's folder with its plan and prompt; returns once all of it is durable. */
  begin(plan: TurnPlan, prompt: string, stdin?: string): TurnFolder {
    const root = this.home.turnsFolder;
    const folder = this.find(plan.turnId);
    try {
      makeFolder(root);
      makeNewFolder(folder.path);
    } catch (error) {
      throw stateError(error, "write", folder.path);
    }
    try {
      createFile(folder.promptPath, prompt);
      if (stdin !== undefined) createFile(join(folder.path, STDIN), stdin);
      for (const path of [folder.stdoutPath, folder.stderrPath, folder.markPath, join(folder.path, AGENT)]) {
        // Made empty here, so that filling them later costs no wait for the folder.
        createFile(path, "", { sync: false });
      }
      if (plan.roleText !== undefined) createFile(folder.rolePath, plan.roleText);
      createFile(join(folder.path, PLAN), JSON.stringify(plan));
      syncFolder(folder.path);
      syncFolder(root);
    } catch (error) {
      this.remove(folder);
      throw stateError(error, "write", folder.path);
    }
    return folder;
  }

  find(turnId: string): TurnFolder {
    return new TurnFolder(join(this.home.turnsFolder, turnId));
  }

  /** The turns whose end is not in a journal yet, oldest first. */
  open(): OpenTurn[] {
    return listFolder(this.home.turnsFolder).flatMap((id) => {
      const folder = this.find(id);
      const plan = folder.plan();
      return plan === undefined ? [] : [{ folder, plan }];
    });
  }

  /**
   * Moves a turn whose end is in the journal aside, where whoever comes back can still read its output.
   * Returns false when another command was faster.
   */
  settle(folder: TurnFolder, turnId: string): boolean {
    makeFolder(this.home.settledFolder);
    this.removeTemporary(folder);
    // However long ago it ended, whoever may read it has got to hear of it only now.
    touch(folder.path);
    return moveIfThere(folder.path, join(this.home.settledFolder, turnId));
  }

  remove(folder: TurnFolder): void {
    this.removeTemporary(folder);
    removeFlatFolder(folder.path, PLAN);
  }

  private removeTemporary(folder: TurnFolder): void {
    for (const path of folder.plan()?.temporaryFiles ?? []) removeFile(path);
  }
}
