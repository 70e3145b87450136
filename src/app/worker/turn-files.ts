import { createHash } from "node:crypto";
import { join } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { flag, maybe, object, oneOf, type Read, text } from "../../domain/shape.ts";
import { unpackTree } from "../../domain/tree/pack.ts";
import type { TreeState, TurnTree } from "../../domain/tree/tree.ts";
import type { Claim } from "../../domain/turn/line.ts";
import { isFolderAt, listFolder, removeFile } from "../../system/files/folder.ts";
import { folderAt, readJson } from "../../system/files/read.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { writeChanges } from "../../system/git/changes.ts";
import { type Checkout, findCheckout, stateOf } from "../../system/git/checkout.ts";
import type { GitOptions } from "../../system/git/run.ts";
import {
  addWorktree,
  commitOf,
  keepTree,
  patchOf,
  removeWorktree,
  treeOf,
} from "../../system/git/worktree.ts";
import type { Context } from "../context.ts";

const asState = object({ commit: maybe(text), isDirty: maybe(flag) });
const asNote = object({
  kind: oneOf(["here", "commit", "carry"]),
  folder: text,
  checkout: object({ root: text, below: text, gitDir: text, commonDir: text, settings: text }),
  before: asState,
  /** Of a worktree: the tree that the agent has found. */
  tree: maybe(text),
});

/** What is written down of a turn's files, for a worker that is started again. */
type Note = Read<typeof asNote>;

/** What the turn's files came to. */
export interface LeftBehind {
  tree: TurnTree;
  patch?: Buffer;
}

/** A large repository may need as long as this. */
const AFTER_MS = 120_000;

/** The files that one turn works on: the worker's checkout as it stands, or a worktree of its own. */
export class TurnFiles {
  private mustStay = false;

  private constructor(
    private readonly context: Context,
    private readonly turnId: string,
    private readonly note: Note,
  ) {}

  /** Returns those that an earlier attempt on this machine has worked on; undefined if there was none. */
  static left(context: Context, turnId: string): TurnFiles | undefined {
    const note = asNote(readJson(noteOf(context, turnId))?.value);
    return note && new TurnFiles(context, turnId, note);
  }

  /**
   * Gets the files of a turn ready. `folder` is the workspace on this machine; nothing of it is changed. Undefined where a
   * turn works on a folder that is in no repository.
   *
   * @throws AppError `no_such_commit`, `file_refused`, `folder_missing`, `unsupported`; nothing of the worktree is left then
   */
  static async open(
    context: Context,
    claim: Claim,
    { folder, worker }: { folder: string; worker: string },
    signal: AbortSignal | undefined,
  ): Promise<TurnFiles | undefined> {
    const { order } = claim;
    const options = { env: context.env, signal };
    if (!isFolderAt(folder))
      throw new AppError("folder_missing", `The worker ${worker} no longer has the folder ${folder}.`, {
        hint: "Start a worker where the workspace is now, then try again.",
      });
    const checkout = await findCheckout(folder, options);
    const { tree } = order;
    if (tree === undefined) {
      if (checkout === undefined) return undefined;
      const before = (await stateOf(checkout, options)) ?? {};
      return new TurnFiles(context, order.turnId, { kind: "here", folder, checkout, before }).saved();
    }
    const has = checkout && (await commitOf(checkout, tree.commit, options));
    if (checkout === undefined || has === undefined)
      throw new AppError(
        "no_such_commit",
        `The worker ${worker} does not have the commit ${tree.commit} in ${folder}.`,
        { hint: "Push the commit, and fetch it on that machine." },
      );
    // Read before anything is made: what can't be opened leaves nothing.
    const packed = tree.kind === "carry" ? await claim.carried() : undefined;
    if (tree.kind === "carry" && packed === undefined)
      throw new AppError("file_refused", "What the turn was to carry is not in the store.");
    const changes = packed && unpackTree(packed);
    const place = placeFor(context, order);
    const worktree = await addWorktree(checkout, place, tree.commit, options).catch(async (error) => {
      await removeWorktree({ ...checkout, root: place });
      throw error;
    });
    try {
      if (changes !== undefined) writeChanges(worktree.root, changes);
      const inside = join(worktree.root, worktree.below);
      if (folderAt(inside) !== "folder")
        throw new AppError(
          "folder_missing",
          `The folder ${worktree.below} is not in the commit ${tree.commit}.`,
        );
      const note: Note = {
        kind: tree.kind,
        folder: inside,
        checkout: worktree,
        before: {
          commit: tree.commit,
          isDirty: (changes?.files.length ?? 0) + (changes?.gone.length ?? 0) > 0,
        },
        tree: await treeOf(worktree, indexOf(worktree), options),
      };
      return new TurnFiles(context, order.turnId, note).saved();
    } catch (error) {
      await removeWorktree(worktree);
      throw error;
    }
  }

  /** Where the agent works. */
  get folder(): string {
    return this.note.folder;
  }

  /** Returns how the files stand, and what the turn has changed in a worktree of its own. Never throws. */
  async after(): Promise<LeftBehind> {
    const { kind, before, checkout, tree } = this.note;
    const options = { env: this.context.env, timeoutMs: AFTER_MS };
    const told: TurnTree = { kind, before: stateIn(before), after: {} };
    const { root, commonDir } = checkout;
    try {
      told.after = (await stateOf(checkout, options)) ?? {};
      if (tree === undefined) return { tree: told };
      const now = await treeOf(checkout, indexOf(checkout), options);
      if (now === tree) return { tree: { ...told, patch: "none" } };
      const patch = await patchOf(checkout, tree, now, options);
      if (patch !== undefined) return { tree: { ...told, patch: "kept" }, patch };
      const ref = await this.keep(now, options);
      return { tree: { ...told, patch: "too_large", leftIn: `${ref} in ${commonDir}` } };
    } catch {
      if (tree === undefined) return { tree: told };
      this.mustStay = true;
      return { tree: { ...told, patch: "failed", leftIn: root } };
    }
  }

  /** Deletes the worktree, unless something is in it that is nowhere else, and what was written down. */
  async close(): Promise<void> {
    if (this.note.tree !== undefined && !this.mustStay) await removeWorktree(this.note.checkout);
    removeFile(noteOf(this.context, this.turnId));
  }

  /** Work must not be lost for its size. */
  private async keep(tree: string, options: GitOptions): Promise<string> {
    const { checkout, before } = this.note;
    const ref = `refs/agent-sessions/${this.turnId}`;
    const message = `Turn ${this.turnId}`;
    await keepTree(checkout, { tree, commit: before.commit ?? tree, ref, message }, options);
    return ref;
  }

  private saved(): this {
    makeFolder(folderOf(this.context));
    // What is here after a power failure runs no more, but a worktree is to be found again.
    const sync = this.note.tree !== undefined;
    replaceFile(noteOf(this.context, this.turnId), JSON.stringify(this.note), { sync });
    return this;
  }
}

/** Deletes what turns have left here that no longer run: their worker was killed, and another one has them. */
export async function sweepTurnFiles(context: Context): Promise<void> {
  for (const file of listFolder(folderOf(context))) {
    const [, turnId] = /^(.+)\.json$/.exec(file) ?? [];
    if (turnId === undefined || context.turns.unended(turnId) !== undefined) continue;
    const left = TurnFiles.left(context, turnId);
    if (left === undefined) removeFile(join(folderOf(context), file));
    else await left.close();
  }
}

/**
 * Returns a free folder for a worktree. It is the same for each turn of a name, if it can be: agents remember paths.
 */
function placeFor(context: Context, { scope, name }: Claim["order"]): string {
  const key = createHash("sha256")
    .update(JSON.stringify([scope.agent, scope.workspace, name]))
    .digest("hex");
  for (let at = 1; ; at += 1) {
    const place = join(folderOf(context), `${key.slice(0, 12)}${at === 1 ? "" : `-${at}`}`);
    if (folderAt(place) === "absent") {
      // Made at once, so that nobody else here takes it.
      makeFolder(place);
      return place;
    }
  }
}

function stateIn({ commit, isDirty }: Read<typeof asState>): TreeState {
  return { ...(commit === undefined ? {} : { commit }), ...(isDirty === undefined ? {} : { isDirty }) };
}

function folderOf({ home }: Context): string {
  return join(home.path, "trees");
}

function noteOf(context: Context, turnId: string): string {
  return join(folderOf(context), `${turnId}.json`);
}

/** An index of our own, outside of the folder that the agent works in. */
function indexOf({ gitDir }: Checkout): string {
  return join(gitDir, "index.agent-sessions");
}
