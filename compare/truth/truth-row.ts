import type { Stage } from "../stage.ts";
import type { NamingTool } from "../tools/tool.ts";
import type { Grade } from "../verdict.ts";

/** A question to a tool, whose answer is judged by what was seen: not by what the tool says of itself. */
export interface TruthRow<Evidence> {
  title: string;
  measure(stage: Stage<NamingTool>): Promise<Evidence>;
  grade(evidence: Evidence): Grade;
}

export interface TruthCase {
  title: string;
  run(stage: Stage<NamingTool>): Promise<Grade & { evidence: unknown }>;
}

export function truthCase<Evidence>({ title, measure, grade }: TruthRow<Evidence>): TruthCase {
  return {
    title,
    run: async (stage) => {
      const evidence = await measure(stage);
      return { ...grade(evidence), evidence };
    },
  };
}
