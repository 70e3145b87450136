import { addTurns, NOTHING_SPENT, type Spent, sumSpent } from "../../domain/budget/spent.ts";
import { AppError } from "../../domain/errors.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { SessionStore } from "../../domain/store.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";

/**
 * Returns what the turns of a conversation have used, as `cost` counts it: with those of the conversations that it
 * replaced, without those of the one that it was forked from. Of a journal that was added up before, only what is new
 * is read.
 *
 * @param mayKeep whether the sums are kept for the next time; only under the conversation's lock
 */
export async function spentBy(context: Context, key: SessionKey, mayKeep = false): Promise<Spent> {
  const parts: Spent[] = [];
  for (const own of await ownKeysOf(context, key)) parts.push(await spentIn(context.store, own, mayKeep));
  return sumSpent(parts);
}

async function spentIn(store: SessionStore, key: SessionKey, mayKeep: boolean): Promise<Spent> {
  const { journal, tally } = store.session(key);
  const known = await tally.read();
  if (known !== undefined && known.size === (await journal.size())) return known.spent;
  const { turns, from, size } = await journal.since(known?.size ?? 0);
  const before = known !== undefined && from === known.size ? known.spent : NOTHING_SPENT;
  const spent = addTurns(before, turns);
  if (mayKeep && size !== undefined && turns.length > 0) await keep(() => tally.save({ size, spent }));
  return spent;
}

/** What can't be kept, as on a full disk, is added up again the next time. */
async function keep(save: () => Promise<void>): Promise<void> {
  try {
    await save();
  } catch (error) {
    if (error instanceof AppError) return;
    throw error;
  }
}
