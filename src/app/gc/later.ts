import { IntervalStamp } from "../../system/locks/interval-stamp.ts";
import type { Context } from "../context.ts";
import { gc, RETENTION } from "./gc.ts";

const INTERVAL_MS = 3_600_000;
/** People don't notice it, and what is left is there for the next hour. */
const BUDGET_MS = 50;

/**
 * Collects garbage for a moment, once an hour over all processes, so that nobody ever has to ask for it. It
 * costs a command that time and nothing else: whatever goes wrong is left for `agent-sessions gc` to tell.
 */
export function collectLater(context: Context, { budgetMs = BUDGET_MS } = {}): void {
  try {
    const claimed = new IntervalStamp(context.home.gcStampPath, INTERVAL_MS).claim(context.now());
    if (claimed === undefined) return;
    const endMs = performance.now() + budgetMs;
    // Time that has passed since the last collection counts only from the next one on: a clock that jumps ahead for a
    // moment makes nothing old.
    const asOfMs = claimed.lastMs ?? Number.NEGATIVE_INFINITY;
    gc(context, { ...RETENTION, asOfMs, mayGoOn: () => performance.now() < endMs });
  } catch {
    // A full disk, a folder of another user: the command at hand has its own way of finding out.
  }
}
