import { setTimeout } from "node:timers/promises";
import { Checkpoints } from "../../../src/stores/project/checkpoints.ts";

/** Adds its mark to the summary of a checkpoint so many times: `project mark count`. */
const [project = "", mark = "", count = "0"] = process.argv.slice(2);
const checkpoints = new Checkpoints({ folder: project, env: process.env });
for (let at = 0; at < Number(count); at += 1) {
  checkpoints.update("id", (before) => before && { ...before, summary: before.summary + mark });
  // Hooks come one by one: whoever has had its turn must not be the next one always.
  await setTimeout(Math.random() * 5);
}
