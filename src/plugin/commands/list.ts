import { formatAge } from "../../domain/age.ts";
import {
  agentOf,
  CHECKPOINT_AGENTS,
  type Checkpoint,
  isWorthKeeping,
  lastSeenMs,
} from "../../domain/checkpoint/checkpoint.ts";
import { newestFirst } from "../../domain/checkpoint/choose.ts";
import { clip, oneLine } from "../../domain/checkpoint/clip.ts";
import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { HookInput } from "../hook-input.ts";
import { type HookOutput, tellUser } from "../hook-output.ts";
import { awaitTalk } from "../hooks/notes.ts";
import { projectOf, type World } from "../world.ts";

/** Shows the checkpoints of the project. */
export function listCommand({ session_id }: HookInput, _: string, world: World): HookOutput {
  const checkpoints = new Checkpoints(projectOf(world));
  const { checkpoints: all, problems } = checkpoints.list();
  awaitTalk(session_id, checkpoints);
  return tellUser(world, listing(all, problems, world.now()));
}

const MOST = 20;
const CHARACTERS = 8_000;

/** Returns the checkpoints of a project as text for people, and the problems of those that can't be read. */
function listing(checkpoints: readonly Checkpoint[], problems: readonly string[], now: Date): string {
  const worthwhile = newestFirst(checkpoints.filter(isWorthKeeping));
  const blocks = worthwhile.slice(0, MOST).map((one) => describe(one, now));
  if (blocks.length === 0) blocks.push("Nothing has been saved in this project yet.");
  if (worthwhile.length > MOST) blocks.push(`and ${worthwhile.length - MOST} older ones`);
  return clip([...blocks, ...problems.map((problem) => oneLine(problem, 300))].join("\n"), CHARACTERS);
}

function describe(checkpoint: Checkpoint, now: Date): string {
  const { isByHand, savedAt, endedAt } = checkpoint;
  const agent = agentOf(checkpoint);
  const seen = formatAge(new Date(lastSeenMs(checkpoint)).toISOString(), now);
  const facts = [
    `  Last seen:  ${seen}${endedAt === undefined ? ", not closed" : ""}`,
    isByHand ? `summary saved by hand ${formatAge(savedAt, now)}` : "saved automatically",
    ...(agent === CHECKPOINT_AGENTS[0] ? [] : [agent]),
  ];
  return [
    checkpoint.sessionId,
    facts.join("  |  "),
    `  Last task:  ${oneLine(checkpoint.lastTask, 80)}`,
  ].join("\n");
}
