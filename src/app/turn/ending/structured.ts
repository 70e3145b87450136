import type { Agent } from "../../../domain/agent/agent.ts";
import { parseJson } from "../../../domain/parse-json.ts";
import type { Folded } from "../../../domain/turn/fold.ts";
import { mismatchWith } from "../schema.ts";
import type { Verdict } from "./judge.ts";

/**
 * Checks an answer against the requested schema. Agents exit 0 whether or not the answer fits it: Claude Code
 * 2.1.329 then omits its structured output, Codex 0.169.0 passes on the model's text unchecked.
 */
export async function holdToSchema(
  agent: Agent,
  schemaText: string | undefined,
  folded: Folded,
  verdict: Verdict,
): Promise<{ verdict: Verdict; structured?: unknown }> {
  if (schemaText === undefined || verdict.failure !== undefined) return { verdict };
  const structured = folded.end?.structured ?? parseJson(Buffer.from(verdict.text));
  const problem = structured === undefined ? "it is not JSON" : await mismatchWith(schemaText, structured);
  if (problem === undefined) return { verdict, structured };
  const failure = {
    code: "schema_not_met",
    message: `The answer of ${agent.title} does not match the schema: ${problem}.`,
    hint: "Its answer is in the result. Say in the prompt what is wanted, or make the schema simpler.",
  } as const;
  return { verdict: { ...verdict, outcome: "failed", failure } };
}
