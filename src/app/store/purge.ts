import { AppError } from "../../domain/errors.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import type { Context } from "../context.ts";
import { ownKeysOf } from "../conversation/lineage.ts";
import { resolveName } from "../names/resolve.ts";
import { NamesOfSessions } from "../names/tables.ts";
import { refuseAgents } from "../only-people.ts";
import type { PurgedRows } from "../shared-line.ts";
import { type Step, waitOrCancel } from "../wording.ts";

/** A name that was taken away with all that was said under it. */
export interface Purged extends PurgedRows {
  name: string;
  agent: string;
  workspace: string;
  /** The conversations that are gone, the newest first. */
  sessionIds: string[];
}

/**
 * Deletes a name of the store that machines share with its conversation and those that it came from by `/clear` or anew:
 * prompts, answers, output, transcripts. Nothing brings them back.
 *
 * @throws AppError `unsupported` without such a store; `no_such_name`, `ambiguous_name`; `usage` if another name or a fork
 * needs one of them, and in a turn of an agent; `busy` while a turn has not ended
 */
export async function purge(
  context: Context,
  request: { name: string; workspace: string; agent?: string | undefined },
): Promise<Purged> {
  const { line } = context;
  if (line === undefined)
    throw new AppError("unsupported", "Only a store that machines share can be purged of a conversation.", {
      hint: `Take the name away with: ${context.wording.step("remove", { name: request.name })}   What has no name is deleted after a while.`,
    });
  refuseAgents(context, "for a purge", "delete a conversation for good");
  const { workspace } = request;
  const { scope, entry } = await resolveName(context, workspace, request.name, request.agent);
  const { name, sessionId } = entry;
  const keys = await ownKeysOf(context, { agent: scope.agent, sessionId });
  await refuseNeeded(context, { name, workspace, keys });
  const sessionIds = keys.map((key) => key.sessionId);
  const rows = await line
    .purge({
      scope,
      name,
      sessionIds,
      change: ({ entries }) => {
        if (entries.get(name)?.sessionId === sessionId) return [{ op: "remove", name, reason: "remove" }];
        throw new AppError(
          "busy",
          `The name ${JSON.stringify(name)} was moved meanwhile. Nothing was deleted.`,
        );
      },
    })
    .catch((error: unknown) => {
      throw withWayOut(context, request, error);
    });
  return { name, agent: scope.agent, workspace, sessionIds, ...rows };
}

/** Says of a turn that has not ended how to wait for it, or end it. */
function withWayOut({ wording }: Context, { name, workspace, agent }: Step, error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== "busy" || error.facts.turn_id === undefined)
    return error;
  const hint = waitOrCancel(wording, { name, workspace, agent });
  return new AppError(error.code, error.message, { hint, facts: error.facts, cause: error });
}

/** @throws AppError `usage` where something else needs one of the conversations */
async function refuseNeeded(
  context: Context,
  { name, workspace, keys }: { name: string; workspace: string; keys: readonly SessionKey[] },
): Promise<void> {
  const { step } = context.wording;
  const names = await NamesOfSessions.of(context, workspace);
  const other = keys
    .flatMap((key) => names.of(key))
    .find((one) => one.name !== name || one.workspace !== workspace);
  if (other !== undefined)
    throw new AppError("usage", `${JSON.stringify(other.name)} in ${other.workspace} is a name of it, too.`, {
      hint: `Take that away first, with: ${step("remove", other)}`,
      facts: { ...other },
    });
  const [first] = keys;
  // Other agents' forks have a history of their own.
  if (first === undefined || context.findAgent(first.agent).can.fork !== "refers") return;
  const ids = keys.map(({ sessionId }) => sessionId);
  for await (const key of context.store.sessions()) {
    if (key.agent !== first.agent || ids.includes(key.sessionId)) continue;
    const record = await context.store.session(key).record();
    if (record?.parentId === undefined || !ids.includes(record.parentId)) continue;
    const [fork] = names.of(key);
    throw new AppError(
      "usage",
      `The fork ${fork === undefined ? key.sessionId : JSON.stringify(fork.name)} reads the history of ${JSON.stringify(name)}.`,
      { hint: "Delete the fork first.", facts: { session_id: key.sessionId } },
    );
  }
}
