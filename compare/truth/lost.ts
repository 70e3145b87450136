import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Stage } from "../stage.ts";
import type { NamingTool } from "../tools/tool.ts";
import type { Grade } from "../verdict.ts";
import type { TruthRow } from "./truth-row.ts";

export interface LostEvidence {
  /** How many of the earlier prompts the model saw with the one after the loss. */
  seenAfter: number;
  earlier: number;
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

/** Claude's own file of the conversation is deleted while nothing runs. */
export const lost: TruthRow<LostEvidence> = {
  title: "Transcript deleted",
  measure: (stage) => lose(stage, { andCopies: false }),
  grade: gradeLost,
};

/** … and the tool's own copies of it, where it has any: nobody has the conversation any more. */
export const lostForGood: TruthRow<LostEvidence> = {
  title: "… and every copy of it",
  measure: (stage) => lose(stage, { andCopies: true }),
  grade: gradeLost,
};

async function lose(stage: Stage<NamingTool>, { andCopies }: { andCopies: boolean }): Promise<LostEvidence> {
  await stage.begin("lost", "one");
  await stage.say("lost", "two");
  await stage.endAll();
  await stage.say("lost", "three");
  await stage.endAll();
  const seenBefore = earlierIn(stage.seenWith("three"), ["one", "two"]);
  if (seenBefore !== 2) {
    // What was no conversation can't be lost.
    throw new Error(`with the transcript in place, the model saw ${seenBefore} of 2 earlier prompts`);
  }
  removeTranscripts(stage.sandbox.home);
  if (andCopies) stage.tool.removeCopies(stage.sandbox);
  const { code, stdout, stderr } = await stage.run(stage.tool.say("lost", "four"));
  return {
    seenAfter: earlierIn(stage.seenWith("four"), ["one", "two", "three"]),
    earlier: 3,
    exitCode: code,
    stdout,
    stderr,
  };
}

function earlierIn(prompts: readonly string[], earlier: readonly string[]): number {
  return earlier.filter((prompt) => prompts.includes(prompt)).length;
}

function removeTranscripts(home: string): void {
  const projects = join(home, ".claude/projects");
  const files = readdirSync(projects, { recursive: true, encoding: "utf8" });
  const transcripts = files.filter((path) => path.endsWith(".jsonl"));
  if (transcripts.length === 0) throw new Error("Claude Code has left no transcript to delete.");
  for (const path of transcripts) rmSync(join(projects, path));
}

/** Best is a model that knows all; a refusal is honest; an answer without the conversation is neither. */
export function gradeLost({ seenAfter, earlier, exitCode, stderr }: LostEvidence): Grade {
  const saw = `the model saw ${seenAfter} of ${earlier} earlier prompts`;
  const told = tellsOfLoss(stderr);
  if (exitCode !== 0) return { score: [2], text: `refused, exit ${exitCode}` };
  if (seenAfter === earlier) return { score: [3], text: `${saw}, exit 0${told ? ", and it says so" : ""}` };
  return { score: [told ? 1 : 0], text: `${saw}, exit 0, ${told ? "with a notice" : "no notice"}` };
}

/** Whatever words a tool chooses. */
function tellsOfLoss(stderr: string): boolean {
  return /lost|missing|gone|put back|restored|not found|no longer|new (session|conversation)|fresh/i.test(
    stderr,
  );
}
