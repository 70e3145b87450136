import { IntervalStamp } from "../../system/locks/interval-stamp.ts";
import type { Context } from "../context.ts";
import { gc } from "./gc.ts";

const INTERVAL_MS = 3_600_000;
/** Short enough not to be noticed; the rest is collected an hour later. */
const BUDGET_MS = 50;

/**
 * Runs gc briefly, once an hour across all processes, so that no user has to run it. A command loses only
 * this time: errors are ignored here, and `agent-sessions gc` reports them.
 */
export function collectLater(context: Context, { budgetMs = BUDGET_MS } = {}): void {
  try {
    const claimed = new IntervalStamp(context.home.gcStampPath, INTERVAL_MS).claim(context.now());
    if (claimed === undefined) return;
    const endMs = performance.now() + budgetMs;
    // Ages are measured at the last run, not now: a clock that jumps ahead for a moment makes nothing old.
    const asOfMs = claimed.lastMs ?? Number.NEGATIVE_INFINITY;
    gc(context, { asOfMs, mayGoOn: () => performance.now() < endMs });
  } catch {
    // A full disk or another user's folder is reported by the running command itself.
  }
}
