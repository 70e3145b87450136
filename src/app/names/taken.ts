import { AppError } from "../../domain/errors.ts";
import type { NameEntry, NameTable } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";

/** @throws AppError `busy` while a running turn is creating the name. */
export function refuseReserved(context: Context, names: NameTable, name: string): void {
  const creator = names.reserved.get(name);
  if (creator === undefined) return;
  // Over files, a reservation without its turn was left behind by a power failure; a line keeps and ends both together.
  if (context.line === undefined && context.turns.find(creator).plan() === undefined) return;
  throw new AppError("busy", `Another process is creating ${JSON.stringify(name)} right now.`, {
    hint: `Wait for it, then: ${context.wording.step("send", { name })}`,
  });
}

/** The error for a new conversation whose name is taken; `begins` says what it would begin with. */
export function nameExists(
  { wording }: Context,
  name: string,
  { begins, workspace }: { begins?: { forkOf?: string | undefined } | undefined; workspace: string },
): AppError {
  const { step, choice } = wording;
  const others =
    begins?.forkOf === undefined
      ? `Start over with ${choice({ ifExists: "replace" })}, or take the one there is with ${choice({ ifExists: "keep" })}.`
      : "Give the fork another name.";
  return new AppError("name_exists", `The name ${JSON.stringify(name)} already exists in this workspace.`, {
    hint: `Continue it with: ${step("send", { name, workspace })}   ${others}`,
  });
}

/**
 * Returns the name in `names` that is equivalent to `name`: other tools may have used another Unicode normal
 * form.
 */
export function findTwin(names: NameTable, name: string): NameEntry | undefined {
  const exact = names.entries.get(name);
  if (exact !== undefined) return exact;
  for (const [known, entry] of names.entries) if (known.normalize("NFC") === name) return entry;
  return undefined;
}
