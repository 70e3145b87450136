import { basename, join } from "node:path";
import type { Bridge } from "../../../domain/agent/warm.ts";
import { AppError } from "../../../domain/errors.ts";
import { byAsking } from "../../../domain/turn/asked.ts";
import { stateError } from "../../../system/errors.ts";
import {
  listFolder,
  moveIfThere,
  removeFile,
  removeFlatFolder,
  touch,
} from "../../../system/files/folder.ts";
import {
  createFile,
  makeFolder,
  mkdirPrivate,
  placeFile,
  replaceFile,
  syncPath,
} from "../../../system/files/write.ts";
import { thisBoot } from "../../../system/processes/identity.ts";
import type { StateHome } from "../home.ts";
import { type AcceptedTurn, askedByRequest } from "./accepted.ts";
import { ACCEPTED, AGENT, HERE, PLAN, STDIN, TurnFolder } from "./folder.ts";
import { askedByPlan, type TurnPlan } from "./plan.ts";

/** A turn that has begun and has not ended yet. */
export interface OpenTurn {
  folder: TurnFolder;
  plan: TurnPlan;
  /** How to ask without an id, if the program turns out not to take one; only in the process that asks. */
  withoutId?: Pick<TurnPlan, "command" | "hasOwnStdin"> | undefined;
  /** What can run it in a process that stays, where that is not the agent itself; only in the process that asks. */
  bridge?: Bridge | undefined;
  /** Whether a copy may be put back that lacks the last turn; only in the process that asks. */
  trustsCopy?: boolean | undefined;
}

/** A turn that was accepted and has not begun. */
export interface QueuedTurn {
  folder: TurnFolder;
  accepted: AcceptedTurn;
}

export function hasBegun(turn: OpenTurn | QueuedTurn | undefined): turn is OpenTurn {
  return turn !== undefined && "plan" in turn;
}

interface BeginOptions {
  /** What the agent reads instead of the prompt. */
  stdin?: string | undefined;
  /** More files that the agent reads, by name. */
  files?: Readonly<Record<string, string>> | undefined;
  /** Whether the turn was accepted before, so that its folder must exist. */
  isAccepted?: boolean;
}

/** The turns of this state home. */
export class Turns {
  constructor(private readonly home: StateHome) {}

  /** Creates a turn's folder with its plan and prompt; all of it is durable when it returns. */
  begin(
    plan: TurnPlan,
    prompt: string,
    { stdin, files = {}, isAccepted = false }: BeginOptions = {},
  ): TurnFolder {
    const folder = this.find(plan.turnId);
    // A plan that was taken back has left its files.
    const write = isAccepted ? placeFile : createFile;
    const writePlan = () => {
      if (stdin !== undefined) write(folder.at(STDIN), stdin);
      if (plan.roleText !== undefined) write(folder.rolePath, plan.roleText);
      if (plan.schemaText !== undefined) write(folder.schemaPath, plan.schemaText);
      for (const [name, text] of Object.entries(files)) write(folder.at(name), text);
      // Atomic: a half-written plan would be neither a turn nor none.
      placeFile(folder.at(PLAN), JSON.stringify(plan));
    };
    if (folder.accepted() === undefined) {
      if (isAccepted) throw new AppError("internal", `Turn ${plan.turnId} was removed before it began.`);
      this.make(folder, prompt, writePlan);
      return folder;
    }
    try {
      if (folder.prompt() !== prompt) replaceFile(folder.promptPath, prompt);
      writePlan();
      syncPath(folder.path);
    } catch (error) {
      throw stateError(error, "write", folder.path);
    }
    return folder;
  }

  /** Creates the folder of a turn that runs later; prompt and request are durable when it returns. */
  accept(accepted: AcceptedTurn, prompt: string): TurnFolder {
    const folder = this.find(accepted.turnId);
    this.make(folder, prompt, () => placeFile(folder.at(ACCEPTED), JSON.stringify(accepted)));
    return folder;
  }

  /** Lets an accepted turn wait again whose agent has not been started; durable when it returns. */
  takeBack(folder: TurnFolder): void {
    this.removeTemporary(folder);
    folder.forgetAgent();
    removeFile(folder.at(PLAN));
    syncPath(folder.path);
  }

  find(turnId: string): TurnFolder {
    return new TurnFolder(join(this.home.turnsFolder, turnId));
  }

  /** Returns the folder of a turn whose end is recorded, as long as it is kept. */
  findSettled(turnId: string): TurnFolder {
    return new TurnFolder(join(this.home.settledFolder, turnId));
  }

  /**
   * Returns the folders where a turn may be, in this order: a turn that ends meanwhile moves to a later one.
   */
  placesOf(turnId: string): TurnFolder[] {
    const told = new TurnFolder(join(this.home.toldFolder, turnId));
    return [this.find(turnId), this.findSettled(turnId), told];
  }

  /** Returns the ids of the turns that are kept for callers who come back, oldest first. */
  settledIds(): string[] {
    return listFolder(this.home.settledFolder);
  }

  /** Returns the turn with this id if its end is not recorded yet. */
  unended(turnId: string): OpenTurn | QueuedTurn | undefined {
    const folder = this.find(turnId);
    const plan = folder.plan();
    if (plan !== undefined) return { folder, plan };
    const accepted = folder.accepted();
    return accepted && { folder, accepted };
  }

  /** Returns the turns whose end is not recorded yet, each kind in the order in which they were asked for. */
  all(): { open: OpenTurn[]; queued: QueuedTurn[] } {
    const open: OpenTurn[] = [];
    const queued: QueuedTurn[] = [];
    for (const id of listFolder(this.home.turnsFolder)) {
      const turn = this.unended(id);
      if (hasBegun(turn)) open.push(turn);
      else if (turn !== undefined) queued.push(turn);
    }
    const inOrder = byAsking(thisBoot());
    open.sort((left, right) => inOrder(askedByPlan(left.plan), askedByPlan(right.plan)));
    queued.sort((left, right) => inOrder(askedByRequest(left.accepted), askedByRequest(right.accepted)));
    return { open, queued };
  }

  /**
   * Moves a turn whose end is recorded aside, where a caller who comes back can still read its output.
   * Returns false when another command was faster.
   */
  settle(folder: TurnFolder, turnId: string): boolean {
    makeFolder(this.home.settledFolder);
    this.removeTemporary(folder);
    // Its age counts from now: its callers can learn of the end only now, however long ago it was.
    touch(folder.path);
    return moveIfThere(folder.path, join(this.home.settledFolder, turnId));
  }

  /**
   * Moves a turn whose caller got the result aside, where its output can still be read. The result is in the
   * journal, so nobody has to search this folder for results. Returns false when another command was faster.
   */
  keepTold(folder: TurnFolder, turnId: string): boolean {
    this.removeTemporary(folder);
    try {
      makeFolder(this.home.toldFolder);
      touch(folder.path);
      return moveIfThere(folder.path, join(this.home.toldFolder, turnId));
    } catch {
      // Something is in the way, or the disk is full: a turn must not fail because its output can't be kept.
      return this.remove(folder);
    }
  }

  /**
   * Deletes a turn that has ended and was reported, or that never began. A turn that runs in the background
   * is kept. Returns false when it is kept, or when another command was faster.
   */
  remove(folder: TurnFolder): boolean {
    this.removeTemporary(folder);
    if (folder.accepted() !== undefined || folder.attendant() !== undefined) return false;
    // Moved away first: a process that still writes into it finds no folder, so the deletion can't stop
    // halfway.
    const trash = this.moveAway(folder);
    if (trash !== undefined) removeFlatFolder(trash, PLAN);
    return trash !== undefined;
  }

  /** Deletes an accepted turn that nobody may run: durable when it returns. */
  withdraw(folder: TurnFolder): void {
    removeFile(folder.at(ACCEPTED));
    syncPath(folder.path);
    this.remove(folder);
  }

  /** Returns where it is now; undefined if it was gone. */
  private moveAway({ path }: TurnFolder): string | undefined {
    try {
      makeFolder(this.home.trashFolder);
      const trash = join(this.home.trashFolder, basename(path));
      return moveIfThere(path, trash) ? trash : undefined;
    } catch {
      // The trash can't be used: delete the folder where it is.
      return path;
    }
  }

  private make(folder: TurnFolder, prompt: string, writeLast: () => void): void {
    const root = this.home.turnsFolder;
    try {
      makeFolder(root);
      mkdirPrivate(folder.path);
    } catch (error) {
      throw stateError(error, "write", folder.path);
    }
    try {
      createFile(folder.promptPath, prompt);
      const { stdoutPath, stderrPath, markPath } = folder;
      for (const path of [stdoutPath, stderrPath, markPath, folder.at(AGENT), folder.at(HERE)]) {
        // Created empty here, so that filling them later needs no sync of the folder.
        createFile(path, "", { sync: false });
      }
      writeLast();
      syncPath(folder.path);
      syncPath(root);
    } catch (error) {
      this.removeTemporary(folder);
      removeFlatFolder(folder.path, ACCEPTED);
      throw stateError(error, "write", folder.path);
    }
  }

  private removeTemporary(folder: TurnFolder): void {
    for (const path of folder.plan()?.temporaryFiles ?? []) removeFile(path);
  }
}
