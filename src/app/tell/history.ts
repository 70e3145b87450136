import type { NameScope } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { markRead } from "../conversation/mark-read.ts";
import { resolveName } from "../names/resolve.ts";
import { type PastTurn, pastTurn } from "../turn/ending/result.ts";
import { type LeftOut, type LookedAt, leftOutIn, lookAt } from "./left-out.ts";

export interface History {
  name: string;
  agent: string;
  workspace: string;
  sessionId: string;
  /** Oldest first, including those of earlier conversations that the name has moved on from. */
  turns: PastTurn[];
  /** What else was said in the conversation, in order. */
  leftOut: LeftOut[];
}

/** Returns the turns of a conversation with their texts, and what else was said in it. */
export async function history(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined; last?: number | undefined },
): Promise<History> {
  const { workspace } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const { agent } = scope;
  const keys = await ownKeysOf(context, { agent, sessionId: entry.sessionId });
  const looked: LookedAt[] = [];
  for (const key of keys.reverse()) looked.push(await lookAt(context, key));
  const turns: PastTurn[] = [];
  const leftOut: LeftOut[] = [];
  for (const one of looked) {
    const { sessionId } = one.session.key;
    const begun = await context.runner.unended(one.session.key);
    const said = await one.session.journal.read();
    for (const gap of await leftOutIn(context, one, said, begun))
      leftOut.push({ ...gap, at: gap.at === undefined ? undefined : gap.at + turns.length });
    turns.push(...said.map((turn) => pastTurn(turn, { agent, workspace, sessionId })));
  }
  const newest = turns.at(-1);
  if (newest !== undefined) await markRead(context, newest);
  const { last = turns.length } = request;
  const skipped = Math.max(0, turns.length - last);
  const nameOf = await namesOfParents(context, scope, leftOut);
  return {
    name: entry.name,
    agent,
    workspace,
    sessionId: entry.sessionId,
    turns: turns.slice(skipped),
    leftOut: leftOut
      .filter(({ at = skipped }) => at >= skipped)
      .map(({ at, ...gap }) => ({ ...gap, name: nameOf(gap), ...placeOf(at, turns, skipped) })),
  };
}

/** Returns between which turns something was said, of those that are shown. */
function placeOf(at: number | undefined, turns: readonly PastTurn[], skipped: number) {
  if (at === undefined) return {};
  const afterTurnId = at === skipped ? undefined : turns[at - 1]?.turnId;
  return { afterTurnId, beforeTurnId: turns[at]?.turnId, at: at - skipped };
}

/** Returns what finds the name of a fork's parent. The names are read only if they are needed. */
async function namesOfParents(context: Context, scope: NameScope, leftOut: readonly LeftOut[]) {
  if (!leftOut.some(({ kind }) => kind === "before_fork")) return () => undefined;
  const entries = [...(await context.store.list(scope)).entries.values()];
  return ({ kind, sessionId }: LeftOut) =>
    kind === "before_fork" ? entries.find((entry) => entry.sessionId === sessionId)?.name : undefined;
}
