import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { REPOSITORY } from "../environment.ts";
import { codeBlocks } from "./code-blocks.ts";

export interface Step {
  uses?: string;
  if?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, unknown>;
}

/** The blocks of the guide for CI. */
export const guideBlocks = codeBlocks("docs/guide-ci.md");

export const guideCommands = guideBlocks.filter(({ language }) => language === "sh").map(({ text }) => text);

export const workflowText = readFileSync(join(REPOSITORY, "examples/github-actions.yml"), "utf8");

/** The job of the guide's workflow. */
export function readJob(): { steps: Step[]; env: Record<string, string> } {
  return parse(workflowText).jobs.review;
}
