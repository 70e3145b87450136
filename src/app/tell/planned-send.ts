import type { Context } from "../context.ts";
import { type NamedConversation, namedConversation } from "../names/named.ts";
import { resolveName } from "../names/resolve.ts";
import { type NextSend, nextSend } from "./next-send.ts";

/** What a send would do, without doing it. */
export interface PlannedSend extends NamedConversation {
  nextSend: NextSend;
}

/** Returns the conversation that a send would continue, with its model and effort. @throws AppError as `resolveName` does */
export async function plannedSend(
  context: Context,
  request: {
    name: string;
    workspace: string;
    agent?: string | undefined;
    /** What this turn is asked with, if not with what the name remembers; null is the agent's own. */
    model?: string | null | undefined;
    effort?: string | null | undefined;
  },
): Promise<PlannedSend> {
  const { workspace, name, agent, model, effort } = request;
  const { scope, entry } = await resolveName(context, workspace, name, agent);
  const known = namedConversation(scope, entry);
  const planned = {
    ...known,
    model: model === undefined ? known.model : (model ?? undefined),
    effort: effort === undefined ? known.effort : (effort ?? undefined),
  };
  return { ...planned, nextSend: await nextSend(context, { ...request, model: planned.model }) };
}
