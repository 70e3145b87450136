import { AppError } from "../../domain/errors.ts";
import type { NameEntry, NameTable } from "../../domain/names/name.ts";
import { quoteWord } from "../../domain/words.ts";
import type { Context } from "../context.ts";

/** @throws AppError `busy` while a turn under way is about to give the name to a new conversation. */
export function refuseReserved(context: Context, names: NameTable, name: string): void {
  const creator = names.reserved.get(name);
  // A reservation without its turn is what a power failure left behind.
  if (creator === undefined || context.turns.find(creator).plan() === undefined) return;
  throw new AppError("busy", `Another process is creating ${JSON.stringify(name)} right now.`, {
    hint: `Wait for it, then: agent-sessions send ${quoteWord(name)} '…'`,
  });
}

/** The name of `names` that looks the same as `name`: other tools may have spelt it in another normal form. */
export function findTwin(names: NameTable, name: string): NameEntry | undefined {
  const exact = names.entries.get(name);
  if (exact !== undefined) return exact;
  for (const [known, entry] of names.entries) if (known.normalize("NFC") === name) return entry;
  return undefined;
}
