import type { ExaminedState } from "./examined.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Clocks of machines that share a state home differ a little. */
const GRACE_MS = 60_000;

/** Whether the clock stands after everything that was written down. */
export function checkClock({ logs, context }: ExaminedState): Finding[] {
  const newestMs = Math.max(...logs.map((log) => log.newestMs).filter((ms) => !Number.isNaN(ms)), 0);
  const now = context.now();
  if (newestMs <= now.getTime() + GRACE_MS) return [ok(`The clock says ${now.toISOString()}.`)];
  return [
    warning(
      `The clock says ${now.toISOString()}, but names were written down at ${new Date(newestMs).toISOString()}: it was set back, or was wrong then.`,
      "Set the clock. Until then ages and deadlines are wrong; no name or turn is lost by it.",
    ),
  ];
}
