import type { Checkpoint } from "../../domain/checkpoint/checkpoint.ts";
import { chooseCheckpoint, isCheckpointId } from "../../domain/checkpoint/choose.ts";
import { oneLine } from "../../domain/checkpoint/clip.ts";
import type { Checkpoints } from "../../stores/project/checkpoints.ts";

const CHAIN = 3;

/** A checkpoint, followed by those that it was continued from. */
export type Chain = readonly [Checkpoint, ...Checkpoint[]];

/**
 * Returns the checkpoint that `wanted` selects and those it was continued from, or a sentence that says why
 * there is none.
 */
export function findTarget(
  wanted: string,
  checkpoints: Checkpoints,
  own: string,
): { chain: Chain } | { problem: string } {
  // With a whole id, the other checkpoints need not be read.
  const whole = isCheckpointId(wanted) && wanted !== "latest" ? checkpoints.read(wanted) : undefined;
  if (whole !== undefined) return { chain: chainOf(whole, checkpoints) };
  const { checkpoints: all, problems } = checkpoints.list();
  const choice = chooseCheckpoint(wanted, all, own);
  if (choice.checkpoint !== undefined) return { chain: chainOf(choice.checkpoint, checkpoints) };
  const shown = JSON.stringify(oneLine(wanted, 100));
  const said = {
    "not an id": `${shown} is not a session id.`,
    none:
      wanted === "latest"
        ? "Nothing has been saved in this project yet."
        : `No session is saved under ${shown}.`,
    several: `${shown} matches several ids: ${choice.among.slice(0, 5).join(", ")}.`,
  }[choice.problem];
  return { problem: [said, ...problems.slice(0, 3)].join(" ") };
}

function chainOf(first: Checkpoint, checkpoints: Checkpoints): Chain {
  const chain: [Checkpoint, ...Checkpoint[]] = [first];
  while (chain.length < CHAIN) {
    const before = chain.at(-1)?.resumedFrom;
    if (before === undefined || !isCheckpointId(before)) break;
    if (chain.some(({ sessionId }) => sessionId === before)) break;
    const found = readQuietly(before, checkpoints);
    if (found === undefined) break;
    chain.push(found);
  }
  return chain;
}

/** Returns an earlier checkpoint, or undefined if it can't be read: the newer ones are useful without it. */
function readQuietly(sessionId: string, checkpoints: Checkpoints): Checkpoint | undefined {
  try {
    return checkpoints.read(sessionId);
  } catch {
    return undefined;
  }
}
