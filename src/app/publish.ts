import type { SessionRecord } from "../domain/session.ts";
import type { TurnFolder, TurnPlan } from "../stores/turns.ts";
import type { Context } from "./context.ts";
import { pythonTimestamp } from "./timestamp.ts";

/**
 * Gives a conversation that has just told its id the name it was created for. Durable when it resolves.
 * A name whose reservation is gone, because another command settled this turn, is left as it is.
 */
export async function publishName(
  context: Context,
  folder: TurnFolder,
  plan: TurnPlan,
  sessionId: string,
): Promise<void> {
  const { agent, workspace, name, model, effort, roleText } = plan;
  const record: SessionRecord = {
    agent,
    sessionId,
    workspace,
    createdAt: plan.startedAt,
    ...(roleText === undefined ? {} : { roleText }),
  };
  await context.store.session({ agent, sessionId }).saveRecord(record);
  folder.savePublishedSessionId(sessionId);
  await context.store.update({ workspace, agent }, (names) => {
    if (names.reserved.get(name) !== plan.turnId) return [];
    const entry = {
      name,
      sessionId,
      createdAt: pythonTimestamp(new Date(plan.startedAt)),
      usedAt: plan.startedAt,
      ...(model === undefined ? {} : { lastModel: model }),
      ...(effort === undefined ? {} : { lastEffort: effort }),
    };
    return [
      { op: "set", entry, reason: plan.replaces === undefined ? "create" : "replace" },
      { op: "unreserve", name },
    ];
  });
}

/** Gives up a name that was reserved for a conversation that never came to be. */
export async function giveUpName(context: Context, plan: TurnPlan): Promise<void> {
  const { agent, workspace, name, turnId } = plan;
  await context.store.update({ workspace, agent }, (names) =>
    names.reserved.get(name) === turnId ? [{ op: "unreserve", name }] : [],
  );
}

/**
 * Takes back a name whose first turn failed before the agent said anything: there is nothing to continue.
 * A name that was replaced points at its old conversation again.
 */
export async function withdrawName(context: Context, plan: TurnPlan, sessionId: string): Promise<void> {
  const { agent, workspace, name, replaces } = plan;
  await context.store.update({ workspace, agent }, (names) => {
    const entry = names.entries.get(name);
    if (entry?.sessionId !== sessionId) return [];
    if (replaces === undefined) return [{ op: "remove", name, reason: "create failed" }];
    return [{ op: "set", entry: replaces, reason: "create failed" }];
  });
}
