import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Access } from "../../domain/agent/access.ts";
import { AppError } from "../../domain/errors.ts";
import type { TranscriptStore } from "../../domain/session/transcript-store.ts";
import type { SessionStore } from "../../domain/store.ts";
import type { Claim, TurnLine } from "../../domain/turn/line.ts";
import { GenerationLock } from "../../system/locks/generation-lock.ts";
import { machineName } from "../../system/places/user.ts";
import type { Context } from "../context.ts";
import type { OnLost } from "./lost-turn.ts";
import { runClaim } from "./run-claim.ts";
import { sweepTurnFiles } from "./turn-files.ts";

export interface WorkRequest {
  /** Which agents' turns are taken. */
  agents: readonly string[];
  /** The folders whose turns are taken, by what their workspaces are called everywhere. */
  workspaces: ReadonlyMap<string, string>;
  /** How many turns at once. */
  places: number;
  onLost: OnLost;
  maxAccess?: Access | undefined;
  allowsAgentArgs: boolean;
  /** Aborted: takes nothing new, and waits for what runs. */
  stop: AbortSignal;
  /** Aborted: ends what runs. */
  hurry: AbortSignal;
}

/** What a worker works with. */
export interface WorkPlaces {
  line: TurnLine;
  store: SessionStore;
  transcripts: TranscriptStore;
  /** The worker's name, as others see it. */
  name: string;
  /** Opens the state of the worker. */
  open(storeOf: (local: SessionStore) => SessionStore): Context;
  onClaim?: ((claim: Claim) => void) | undefined;
  onEnd?: ((claim: Claim) => void) | undefined;
}

/** Runs the turns of a line until it is asked to stop, and resolves when those that it runs have ended. */
export async function work(places: WorkPlaces, request: WorkRequest): Promise<void> {
  const { agents, workspaces, onLost, maxAccess, allowsAgentArgs, hurry } = request;
  const machine = {
    ...places,
    onLost,
    maxAccess,
    allowsAgentArgs,
    hurry,
    folderOf: (workspace: string) => {
      const folder = workspaces.get(workspace);
      if (folder === undefined)
        throw new AppError("folder_missing", `This worker has no folder of the workspace ${workspace}.`);
      return folder;
    },
  };
  await sweepTurnFiles(places.open((local) => local));
  const serves = { agents, workspaces: [...workspaces.keys()], places: request.places };
  await places.line.work(
    serves,
    async (claim) => {
      places.onClaim?.(claim);
      try {
        await runClaim(machine, claim);
      } finally {
        places.onEnd?.(claim);
      }
    },
    request.stop,
  );
}

/** A worker's own folder, and its name. */
export interface Slot {
  folder: string;
  name: string;
  release(): void;
}

/**
 * Takes the first folder that no other worker of this machine has: a worker that is started again finds what it has left
 * when it was killed.
 */
export function takeSlot(root: string, now: Date): Slot {
  // Workers of other state homes on this machine have other names, and the same one each time.
  const home = createHash("sha256").update(root).digest("hex").slice(0, 4);
  for (let at = 1; ; at += 1) {
    const folder = join(root, String(at));
    const release = new GenerationLock(join(folder, "worker")).tryTake({ since: now.toISOString() });
    if (release !== undefined) return { folder, name: `${machineName()}:${home}/${at}`, release };
  }
}
