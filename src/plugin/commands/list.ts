import { Checkpoints } from "../../stores/project/checkpoints.ts";
import type { HookInput } from "../hook-input.ts";
import { type HookOutput, tellUser } from "../hook-output.ts";
import { awaitTalk } from "../hooks/await-talk.ts";
import { projectOf, type World } from "../world.ts";
import { listing } from "./listing.ts";

/** Shows the checkpoints of the project. */
export function listCommand({ session_id }: HookInput, _: string, world: World): HookOutput {
  const checkpoints = new Checkpoints(projectOf(world));
  const { checkpoints: all, problems } = checkpoints.list();
  awaitTalk(session_id, checkpoints);
  return tellUser(world, listing(all, problems, world.now()));
}
