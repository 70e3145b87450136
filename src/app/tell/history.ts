import type { NameScope } from "../../domain/names/name.ts";
import type { TurnEnded } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { resolveName } from "../names/resolve.ts";
import { type LookedAt, lookAt, type NotShown, notShownIn } from "./not-shown.ts";

export interface History {
  name: string;
  agent: string;
  workspace: string;
  sessionId: string;
  /** Oldest first, including those of earlier conversations that the name has moved on from. */
  turns: (TurnEnded & { sessionId: string })[];
  /** What else was said in the conversation, in order. */
  notShown: NotShownIn[];
}

/** The same, with the name of the conversation that has the history. */
export interface NotShownIn extends NotShown {
  name?: string;
}

/** Returns the turns of a conversation with their texts, and what else was said in it. */
export async function history(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined; last?: number | undefined },
): Promise<History> {
  const { workspace } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const keys = await ownKeysOf(context, { agent: scope.agent, sessionId: entry.sessionId });
  const looked: LookedAt[] = [];
  for (const key of keys.reverse()) looked.push(await lookAt(context, key));
  const { open } = context.turns.all();
  const turns: History["turns"] = [];
  const notShown: NotShown[] = [];
  for (const one of looked) {
    const { sessionId } = one.session.key;
    const said = await one.session.journal.read();
    for (const gap of notShownIn(context, one, said, open))
      notShown.push({ ...gap, ...(gap.at === undefined ? {} : { at: gap.at + turns.length }) });
    turns.push(...said.map((turn) => ({ ...turn, sessionId })));
  }
  const { last = turns.length } = request;
  const skipped = Math.max(0, turns.length - last);
  return {
    name: entry.name,
    agent: scope.agent,
    workspace,
    sessionId: entry.sessionId,
    turns: turns.slice(skipped),
    notShown: await withNames(context, scope, since(notShown, skipped)),
  };
}

/** Drops what was said before the skipped turns, and shifts the positions of the rest. */
function since(notShown: readonly NotShown[], skipped: number): NotShown[] {
  return notShown.flatMap((gap) => {
    if (gap.at === undefined) return [gap];
    return gap.at < skipped ? [] : [{ ...gap, at: gap.at - skipped }];
  });
}

async function withNames(
  context: Context,
  scope: NameScope,
  notShown: readonly NotShown[],
): Promise<NotShownIn[]> {
  if (!notShown.some(({ kind }) => kind === "before_fork")) return [...notShown];
  const { entries } = await context.store.list(scope);
  return notShown.map((gap) => {
    if (gap.kind !== "before_fork") return gap;
    const trunk = [...entries.values()].find(({ sessionId }) => sessionId === gap.sessionId);
    return trunk === undefined ? gap : { ...gap, name: trunk.name };
  });
}
