import { AppError } from "../domain/errors.ts";
import { type Answer, printAnswer } from "./command.ts";
import { report } from "./report.ts";
import type { CommandIo } from "./terminal.ts";

/**
 * Answers for each of several names, in their order, also after one that has failed; `--json` prints an object a line.
 * Returns the exit code of the first that failed, else 0.
 */
export async function answerForEach(
  io: CommandIo,
  names: readonly string[],
  { json: isJson = false }: { json?: boolean },
  answerFor: (name: string) => Promise<Answer>,
): Promise<number> {
  const asked = [...new Set(names)];
  // One that takes long does not delay the others: each is printed when those before it are.
  const answers = asked.map((name) => answerFor(name).catch((error: unknown) => error));
  const codes: number[] = [];
  for (const answer of answers) {
    const known = await answer;
    if (isAnswer(known)) codes.push(printAnswer(io, known, isJson));
    else if (asked.length === 1 || !(known instanceof AppError)) throw known;
    else codes.push(report(known, isJson ? ["--json"] : [], io));
  }
  return codes.find((code) => code !== 0) ?? 0;
}

function isAnswer(value: unknown): value is Answer {
  return typeof value === "object" && value !== null && "json" in value && "text" in value;
}

/** @throws AppError `usage` if one turn is given for several names */
export function refuseTurnOfSeveral(names: readonly string[], { turn }: { turn?: string }): void {
  if (turn === undefined || new Set(names).size === 1) return;
  throw new AppError("usage", "--turn is a turn of one name, and there are several.", {
    hint: "Give the name of its conversation alone.",
  });
}
