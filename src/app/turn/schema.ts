import type { Agent } from "../../domain/agent/agent.ts";
import { AppError } from "../../domain/errors.ts";
import { parseJson } from "../../domain/parse-json.ts";
import type { Folded } from "../../domain/turn/fold.ts";
import type { Verdict } from "./ending/judge.ts";

/** One argument may have 131,071 bytes on Linux, and an agent may take the schema as one. */
const LONGEST_SCHEMA_BYTES = 100_000;

/** Loaded only where there is a schema: the built program has it in a file of its own. */
const validator = () => import("../../domain/schema/json-schema.ts");

/** @throws AppError `usage` for a schema that can't be checked completely against an answer. */
export async function checkSchema(text: string | undefined): Promise<void> {
  if (text === undefined) return;
  const bytes = Buffer.byteLength(text);
  if (bytes > LONGEST_SCHEMA_BYTES) {
    throw new AppError("usage", `The schema is ${bytes} bytes long; the limit is ${LONGEST_SCHEMA_BYTES}.`);
  }
  const schema = parseJson(Buffer.from(text));
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw new AppError("usage", "The schema is not a JSON object.", {
      hint: 'Give a JSON Schema, such as {"type":"object","properties":{"name":{"type":"string"}}}',
    });
  }
  const problem = (await validator()).schemaProblem(schema);
  if (problem === undefined) return;
  throw new AppError("usage", `The schema can't be used: ${problem}${problem.endsWith("?") ? "" : "."}`, {
    hint: "An answer is held to the whole schema, so everything in it must be known here. Change that part or leave it out.",
  });
}

/** Describes how an answer differs from the schema; undefined when it fits. */
export async function mismatchWith(schemaText: string, value: unknown): Promise<string | undefined> {
  return (await validator()).schemaMismatch(parseJson(Buffer.from(schemaText)), value);
}

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
