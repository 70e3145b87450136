import { AppError } from "../errors.ts";
import { usualSpelling, whyNoName } from "../names/name.ts";

/** The commands about gates: what begins with one of them is no question. */
const COMMANDS = ["list", "approve", "refuse", "help"];

/**
 * Returns `raw` as the id of a gate: trimmed and in Unicode normal form C, as names are.
 *
 * @throws AppError `usage` for what could be no name, and for the commands about gates
 */
export function parseGateId(raw: string): string {
  const id = usualSpelling(raw);
  const why = COMMANDS.includes(id) ? "is a command about gates" : whyNoName(id);
  if (why === undefined) return id;
  throw new AppError("usage", `The gate id ${JSON.stringify(raw)} ${why}.`, {
    hint: "Name the run and the step, such as release-7/plan.",
  });
}
