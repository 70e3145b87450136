import type { Grade } from "../verdict.ts";
import type { TruthRow } from "./truth-row.ts";

export interface ForeignEvidence {
  /** Whether the model saw what was said outside the tool, with the tool's next prompt. */
  isSeenNext: boolean;
  /** … and with the one after all of the tool's processes had ended. */
  isSeenAfterRestart: boolean;
  nextStderr: string;
}

/** Somebody continues the conversation with the agent itself. */
export const foreign: TruthRow<ForeignEvidence> = {
  title: "claude -p --resume in between",
  measure: async (stage) => {
    await stage.begin("shared", "first");
    await stage.say("shared", "second");
    const id = stage.asked("second")?.sessionId;
    if (id === undefined) throw new Error("The agent did not say which conversation it is in.");
    await stage.mustRun(["claude", "-p", "--resume", id, "said outside"]);
    const { stderr } = await stage.mustRun(stage.tool.say("shared", "third"));
    await stage.endAll();
    await stage.say("shared", "fourth");
    return {
      isSeenNext: stage.seenWith("third").includes("said outside"),
      isSeenAfterRestart: stage.seenWith("fourth").includes("said outside"),
      nextStderr: stderr,
    };
  },
  grade: gradeForeign,
};

export function gradeForeign({ isSeenNext, isSeenAfterRestart, nextStderr }: ForeignEvidence): Grade {
  const isTold = /outside|another program|somebody else/i.test(nextStderr);
  const score = [Number(isSeenNext) + Number(isSeenAfterRestart), isTold ? 1 : 0];
  if (isSeenNext) return { score, text: `the next prompt sees it${isTold ? ", with a notice" : ""}` };
  if (isSeenAfterRestart) return { score, text: "seen only once its processes have ended" };
  return { score, text: "the model never sees it, also not once its processes have ended" };
}
