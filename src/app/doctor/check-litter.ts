import { gc, RETENTION } from "../gc/gc.ts";
import type { ExaminedState } from "./examined.ts";
import { type Finding, foundOr, ok, warning } from "./finding.ts";

/** What the next collection would remove, and what it could not judge. */
export function checkLitter({ context }: ExaminedState): Finding[] {
  const { turns, litter, sessions, skipped } = gc(context, { ...RETENTION, dryRun: true });
  const unclear = skipped.map(({ path, why }) => warning(`${path} is kept for ever, as it is. ${why}`));
  const count = turns + litter + sessions.length;
  if (count === 0) return foundOr(unclear, "There is no litter.");
  return [
    ok(
      `${count} ended turns, leftovers and nameless conversations are old enough to go.`,
      "agent-sessions gc",
    ),
    ...foundOr(unclear, "").filter(({ message }) => message !== ""),
  ];
}
