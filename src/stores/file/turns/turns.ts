import { basename, join } from "node:path";
import { AppError } from "../../../domain/errors.ts";
import { byAsking } from "../../../domain/turn/asked.ts";
import { stateError } from "../../../system/errors.ts";
import {
  listFolder,
  makeNewFolder,
  moveIfThere,
  removeFile,
  removeFlatFolder,
  touch,
} from "../../../system/files/folder.ts";
import { createFile, makeFolder, placeFile, replaceFile, syncFolder } from "../../../system/files/write.ts";
import { identifySelf } from "../../../system/processes/identity.ts";
import type { StateHome } from "../home.ts";
import { type AcceptedTurn, askedByRequest } from "./accepted.ts";
import { ACCEPTED, PLAN, TurnFolder } from "./folder.ts";
import { askedByPlan, type TurnPlan } from "./plan.ts";

/** A turn that has begun and has not ended yet. */
export interface OpenTurn {
  folder: TurnFolder;
  plan: TurnPlan;
}

/** A turn that was accepted and has not begun. */
export interface QueuedTurn {
  folder: TurnFolder;
  accepted: AcceptedTurn;
}

interface BeginOptions {
  /** What the agent reads instead of the prompt. */
  stdin?: string | undefined;
  /** More files that the agent reads, by name. */
  files?: Readonly<Record<string, string>> | undefined;
  /** Whether the turn was accepted before, so that its folder must be there. */
  isAccepted?: boolean;
}

/** The turns of this state home. */
export class Turns {
  constructor(private readonly home: StateHome) {}

  /** Makes a turn's folder with its plan and prompt; returns once all of it is durable. */
  begin(
    plan: TurnPlan,
    prompt: string,
    { stdin, files = {}, isAccepted = false }: BeginOptions = {},
  ): TurnFolder {
    const folder = this.find(plan.turnId);
    const writePlan = () => {
      if (stdin !== undefined) createFile(folder.ownStdinPath, stdin);
      if (plan.roleText !== undefined) createFile(folder.rolePath, plan.roleText);
      if (plan.schemaText !== undefined) createFile(folder.schemaPath, plan.schemaText);
      for (const [name, text] of Object.entries(files)) createFile(join(folder.path, name), text);
      // At once: a plan that was cut off while it was written would be neither a turn nor none.
      placeFile(folder.planPath, JSON.stringify(plan));
    };
    if (folder.accepted() === undefined) {
      if (isAccepted) throw new AppError("internal", `Turn ${plan.turnId} was taken away before it began.`);
      this.make(folder, prompt, writePlan);
      return folder;
    }
    try {
      if (folder.prompt() !== prompt) replaceFile(folder.promptPath, prompt);
      writePlan();
      syncFolder(folder.path);
    } catch (error) {
      throw stateError(error, "write", folder.path);
    }
    return folder;
  }

  /** Makes the folder of a turn that is to run later; returns once prompt and request are durable. */
  accept(accepted: AcceptedTurn, prompt: string): TurnFolder {
    const folder = this.find(accepted.turnId);
    this.make(folder, prompt, () => placeFile(folder.acceptedPath, JSON.stringify(accepted)));
    return folder;
  }

  find(turnId: string): TurnFolder {
    return new TurnFolder(this.home.turnFolder(turnId));
  }

  /** The folder of a turn whose end is written down, as long as it is kept. */
  findSettled(turnId: string): TurnFolder {
    return new TurnFolder(this.home.settledTurnFolder(turnId));
  }

  /** Where a turn may lie, in this order: one that ends meanwhile moves on. */
  placesOf(turnId: string): TurnFolder[] {
    const told = new TurnFolder(this.home.toldTurnFolder(turnId));
    return [this.find(turnId), this.findSettled(turnId), told];
  }

  /** The ids of the turns that are kept for whoever comes back, oldest first. */
  settledIds(): string[] {
    return listFolder(this.home.settledFolder);
  }

  /** The turn of that id, as far as it has come. */
  look(turnId: string): { open?: OpenTurn; queued?: QueuedTurn } {
    const folder = this.find(turnId);
    const plan = folder.plan();
    if (plan !== undefined) return { open: { folder, plan } };
    const accepted = folder.accepted();
    return accepted === undefined ? {} : { queued: { folder, accepted } };
  }

  /** The turns whose end is not written down yet, each kind in the order in which they were asked for. */
  all(): { open: OpenTurn[]; queued: QueuedTurn[] } {
    const open: OpenTurn[] = [];
    const queued: QueuedTurn[] = [];
    for (const id of listFolder(this.home.turnsFolder)) {
      const found = this.look(id);
      if (found.open !== undefined) open.push(found.open);
      if (found.queued !== undefined) queued.push(found.queued);
    }
    const inOrder = byAsking(identifySelf().boot);
    open.sort((left, right) => inOrder(askedByPlan(left.plan), askedByPlan(right.plan)));
    queued.sort((left, right) => inOrder(askedByRequest(left.accepted), askedByRequest(right.accepted)));
    return { open, queued };
  }

  /**
   * Moves a turn whose end is written down aside, where whoever comes back can still read its output.
   * Returns false when another command was faster.
   */
  settle(folder: TurnFolder, turnId: string): boolean {
    makeFolder(this.home.settledFolder);
    this.removeTemporary(folder);
    // However long ago it ended, whoever may read it has got to hear of it only now.
    touch(folder.path);
    return moveIfThere(folder.path, this.home.settledTurnFolder(turnId));
  }

  /**
   * Moves a turn whose caller has been told aside, where its output can still be looked at. Its result is in the
   * journal: nobody who looks for results has to look there.
   */
  keepTold(folder: TurnFolder, turnId: string): void {
    this.removeTemporary(folder);
    try {
      makeFolder(this.home.toldFolder);
      touch(folder.path);
      moveIfThere(folder.path, this.home.toldTurnFolder(turnId));
    } catch {
      // Something is in the way, or the disk is full: no turn fails for the sake of a look at it later.
      this.remove(folder);
    }
  }

  /** Removes a turn that is over and told, or that never began. One that runs in the background is kept. */
  remove(folder: TurnFolder): void {
    this.removeTemporary(folder);
    if (folder.accepted() !== undefined || folder.attendant() !== undefined) return;
    // Out of the way first: whoever writes into it now finds nothing, and removes nobody's turn half.
    removeFlatFolder(this.moveAway(folder), PLAN);
  }

  private moveAway({ path }: TurnFolder): string {
    try {
      makeFolder(this.home.trashFolder);
      const trash = join(this.home.trashFolder, basename(path));
      moveIfThere(path, trash);
      return trash;
    } catch {
      // Something is in the place of the folder: then it is removed where it lies.
      return path;
    }
  }

  private make(folder: TurnFolder, prompt: string, writeLast: () => void): void {
    const root = this.home.turnsFolder;
    try {
      makeFolder(root);
      makeNewFolder(folder.path);
    } catch (error) {
      throw stateError(error, "write", folder.path);
    }
    try {
      createFile(folder.promptPath, prompt);
      const { stdoutPath, stderrPath, markPath, agentPath, herePath } = folder;
      for (const path of [stdoutPath, stderrPath, markPath, agentPath, herePath]) {
        // Made empty here, so that filling them later costs no wait for the folder.
        createFile(path, "", { sync: false });
      }
      writeLast();
      syncFolder(folder.path);
      syncFolder(root);
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
