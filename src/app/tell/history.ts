import type { NameScope } from "../../domain/names/name.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
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
  const { open } = context.turns.all();
  const turns: PastTurn[] = [];
  const leftOut: LeftOut[] = [];
  for (const one of looked) {
    const { sessionId } = one.session.key;
    const said = await one.session.journal.read();
    for (const gap of leftOutIn(context, one, said, open))
      leftOut.push({ ...gap, at: gap.at === undefined ? undefined : gap.at + turns.length });
    turns.push(...said.map((turn) => pastTurn(turn, { agent, workspace, sessionId })));
  }
  const { last = turns.length } = request;
  const skipped = Math.max(0, turns.length - last);
  const shown = turns.slice(skipped);
  const gaps = since(leftOut, skipped).map((gap) => withNeighbours(gap, shown));
  return {
    name: entry.name,
    agent,
    workspace,
    sessionId: entry.sessionId,
    turns: shown,
    leftOut: await withNames(context, scope, gaps),
  };
}

/** Drops what was said before the skipped turns, and shifts the positions of the rest. */
function since(leftOut: readonly LeftOut[], skipped: number): LeftOut[] {
  return leftOut.flatMap((gap) => {
    if (gap.at === undefined) return [gap];
    return gap.at < skipped ? [] : [{ ...gap, at: gap.at - skipped }];
  });
}

function withNeighbours(gap: LeftOut, turns: readonly PastTurn[]): LeftOut {
  if (gap.at === undefined) return gap;
  return { ...gap, afterTurnId: turns[gap.at - 1]?.turnId, beforeTurnId: turns[gap.at]?.turnId };
}

async function withNames(
  context: Context,
  scope: NameScope,
  leftOut: readonly LeftOut[],
): Promise<LeftOut[]> {
  if (!leftOut.some(({ kind }) => kind === "before_fork")) return [...leftOut];
  const { entries } = await context.store.list(scope);
  return leftOut.map((gap) => {
    if (gap.kind !== "before_fork") return gap;
    const trunk = [...entries.values()].find(({ sessionId }) => sessionId === gap.sessionId);
    return { ...gap, name: trunk?.name };
  });
}
