import { join } from "node:path";
import type { NameEntry } from "../domain/name.ts";
import type { Continuity } from "../domain/turn.ts";
import {
  createFile,
  fillFile,
  makeFolder,
  readFileIfAny,
  replaceFile,
  syncFolder,
} from "../system/atomic-file.ts";
import { errnoOf, stateError } from "../system/errno.ts";
import { listFolder, makeNewFolder, moveIfThere, removeFlatFolder } from "../system/folder.ts";
import { isOfThisBoot, type ProcessIdentity } from "../system/process-identity.ts";
import type { StateHome } from "../system/state-home.ts";

/** What a turn is, written down before anything of it runs. */
export interface TurnPlan {
  v: 1;
  turnId: string;
  kind: "create" | "send";
  agent: string;
  workspace: string;
  name: string;
  /** The conversation it continues, or the id that was chosen for a new one; absent when the agent chooses. */
  sessionId?: string;
  /** What the name pointed at before, when it is to be replaced. */
  replaces?: NameEntry;
  continuity: Continuity;
  /** Command line without the prompt. */
  command: { file: string; args: string[] };
  model?: string;
  effort?: string;
  roleText?: string;
  startedAt: string;
  /** The process that asked for the turn, and the turns above it. */
  caller: ProcessIdentity;
  /** Bytes that other writers have added to the transcript before the turn. */
  foreignBytes?: number;
}

const PLAN = "turn.json";
const PROMPT = "prompt";
const AGENT = "agent.json";
const SESSION = "session.json";
const MARK = "gate";

/**
 * One turn on disk: its plan, its prompt, the agent's raw output, and who runs it. The folder lies in
 * `turns/` until the end of the turn is in the journal; one whose result nobody has read yet then waits in
 * `settled/`.
 */
export class TurnFolder {
  constructor(readonly path: string) {}

  get promptPath(): string {
    return join(this.path, PROMPT);
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

  /**
   * Whether the agent may have started. After a restart of the machine the mark proves nothing: it was never
   * forced to disk.
   */
  mayHaveRun(): boolean {
    const leader = this.agentProcess();
    if (leader === undefined) return false;
    return !isOfThisBoot(leader) || (readFileIfAny(this.markPath)?.length ?? 0) > 0;
  }

  plan(): TurnPlan | undefined {
    return this.readJson<TurnPlan>(PLAN);
  }

  prompt(): string {
    return readFileIfAny(this.promptPath)?.toString("utf8") ?? "";
  }

  /** The agent's leading process; undefined means that nothing has run. */
  agentProcess(): ProcessIdentity | undefined {
    return this.readJson<ProcessIdentity>(AGENT);
  }

  /** Returns once it is durable: the agent is let go only after this. */
  saveAgentProcess(identity: ProcessIdentity): void {
    fillFile(join(this.path, AGENT), JSON.stringify(identity));
  }

  /** The id under which the turn's conversation was published, once it was. */
  publishedSessionId(): string | undefined {
    return this.readJson<{ sessionId: string }>(SESSION)?.sessionId;
  }

  savePublishedSessionId(sessionId: string): void {
    replaceFile(join(this.path, SESSION), JSON.stringify({ sessionId }));
  }

  stderrTail(): string {
    const bytes = readFileIfAny(this.stderrPath);
    return bytes === undefined ? "" : bytes.subarray(-8192).toString("utf8");
  }

  private readJson<T>(file: string): T | undefined {
    const path = join(this.path, file);
    let bytes: Buffer | undefined;
    try {
      bytes = readFileIfAny(path);
    } catch (error) {
      if (errnoOf(error) === "ENOTDIR") return undefined;
      throw stateError(error, "read", path);
    }
    if (bytes === undefined) return undefined;
    try {
      return JSON.parse(bytes.toString("utf8")) as T;
    } catch {
      // Cut off by a power failure before it was acknowledged: as good as never written.
      return undefined;
    }
  }
}

/** The turns of this state home. */
export class Turns {
  constructor(private readonly home: StateHome) {}

  /** Makes a turn's folder with its plan and prompt; returns once all of it is durable. */
  begin(plan: TurnPlan, prompt: Uint8Array): TurnFolder {
    const root = this.home.turnsFolder;
    const folder = new TurnFolder(join(root, plan.turnId));
    try {
      makeFolder(root);
      makeNewFolder(folder.path);
      createFile(folder.promptPath, prompt);
      createFile(folder.stdoutPath, "", { sync: false });
      createFile(folder.stderrPath, "", { sync: false });
      createFile(folder.markPath, "", { sync: false });
      // Made empty here, so that filling it later costs no wait for the folder.
      createFile(join(folder.path, AGENT), "", { sync: false });
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
  unsettled(): { folder: TurnFolder; plan: TurnPlan }[] {
    return listFolder(this.home.turnsFolder).flatMap((id) => {
      const folder = this.find(id);
      const plan = folder.plan();
      return plan === undefined ? [] : [{ folder, plan }];
    });
  }

  /** Moves a turn whose end is in the journal aside, where whoever comes back can still read its output. */
  settle(folder: TurnFolder, turnId: string): void {
    makeFolder(this.home.settledFolder);
    moveIfThere(folder.path, join(this.home.settledFolder, turnId));
  }

  remove(folder: TurnFolder): void {
    removeFlatFolder(folder.path);
  }
}
