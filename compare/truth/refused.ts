import type { Grade } from "../verdict.ts";
import type { TruthRow } from "./truth-row.ts";

export interface RefusedEvidence {
  exitCode: number | null;
  /** What a script would take for the answer. */
  stdout: string;
  /** The exit code where the service fails (500), not the key. */
  otherExitCode: number | null;
}

/** The service refuses the key. */
export const refused: TruthRow<RefusedEvidence> = {
  title: "The key is refused (401)",
  measure: async (stage) => {
    const { tool, model } = stage;
    model.when("refused", { status: 401, message: "invalid x-api-key" });
    model.when("broken", { status: 500, message: "internal error" });
    await stage.begin("key", "first");
    const { code, stdout } = await stage.run(tool.say("key", "refused"));
    const other = await stage.run(tool.say("key", "broken"));
    return { exitCode: code, stdout, otherExitCode: other.code };
  },
  grade: gradeRefused,
};

export function gradeRefused({ exitCode, stdout, otherExitCode }: RefusedEvidence): Grade {
  const isQuiet = stdout.trim() === "";
  const isApart = exitCode !== otherExitCode;
  const output = isQuiet ? "stdout empty" : "the error is on stdout as if it were the answer";
  return {
    score: [exitCode === 0 ? 0 : 1, isQuiet ? 1 : 0, isApart ? 1 : 0],
    text: `exit ${exitCode} (a 500: ${otherExitCode}), ${output}`,
  };
}
