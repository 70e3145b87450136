import type { DocumentPart, TravelDocument } from "../../domain/travel/document.ts";
import type { Context } from "../context.ts";
import { resolveName } from "../names/resolve.ts";
import { history } from "../tell/history.ts";
import type { LeftOut } from "../tell/left-out.ts";
import type { PastTurn } from "../turn/ending/result.ts";

/** Returns a conversation as people read it: its turns, and what others have said between them. */
export async function documentOf(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined },
): Promise<TravelDocument> {
  const { scope, entry } = await resolveName(context, request.workspace, request.name, request.agent);
  const { name, agent, sessionId, turns, leftOut } = await history(context, {
    ...request,
    agent: scope.agent,
  });
  const record = await context.store.session({ agent, sessionId }).record();
  const parts = turns.flatMap((turn, at) => [...saidAt(leftOut, at), partOf(turn)]);
  return {
    name,
    agent: context.findAgent(agent).title,
    exportedAt: context.now().toISOString(),
    model: entry.lastModel,
    role: record?.roleText,
    parts: [...parts, ...saidAt(leftOut, turns.length)],
  };
}

function partOf({ prompt, text, outcome, failure, startedAt, usage }: PastTurn): DocumentPart {
  return { prompt, text, outcome, failure: failure?.message, at: startedAt, usage };
}

function saidAt(leftOut: readonly LeftOut[], at: number): DocumentPart[] {
  return leftOut
    .filter((gap) => gap.at === at)
    .flatMap(({ said = [] }) => said.map(({ prompt, text = "" }) => ({ prompt, text })));
}

/** Returns the values of variables that name themselves secrets: whoever writes a page takes them out of it. */
export function secretsIn({ env }: Context): string[] {
  return Object.entries(env).flatMap(([name, value = ""]) =>
    SECRET_NAME.test(name) && value.length >= SHORTEST_SECRET ? [value] : [],
  );
}

const SECRET_NAME = /(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/i;
/** A shorter value could be a word of any text. */
const SHORTEST_SECRET = 8;
