import type { NameEdit, NameEntry, NameTable } from "../../../domain/names/name.ts";
import { entrySince } from "../../../domain/names/renames.ts";
import type { SessionRecord } from "../../../domain/session/session.ts";
import type { Continuity } from "../../../domain/turn/turn.ts";
import { pythonTimestamp } from "../../../stores/file/names/mapping-format.ts";
import type { TurnPlan } from "../../../stores/file/turns/plan.ts";
import type { OpenTurn } from "../../../stores/file/turns/turns.ts";
import type { Context } from "../../context.ts";
import { accessLearned, inheritedMemory, remember } from "../remembered.ts";

/**
 * Gives a conversation, once its id is known, the name it was created for, if any; durable. Idempotent: the
 * name is set only while the reservation of this turn exists.
 */
export async function publishName(
  context: Context,
  { folder, plan }: OpenTurn,
  sessionId: string,
): Promise<void> {
  const session = context.store.session({ agent: plan.scope.agent, sessionId });
  if ((await session.record()) === undefined)
    await session.saveRecord(newRecord(plan, sessionId, plan.continuity));
  if (plan.name === undefined) return folder.savePublication({ sessionId });
  for (let names = await context.store.list(plan.scope); isReservedBy(names, plan); ) {
    const replaced = names.entries.get(plan.name);
    // Recorded before the name moves, so that any later command can move it back.
    folder.savePublication(replaced === undefined ? { sessionId } : { sessionId, replaced });
    names = await context.store.update(plan.scope, (now) =>
      isReservedBy(now, plan) && isSame(now.entries.get(plan.name), replaced)
        ? publishing(plan, sessionId, replaced)
        : [],
    );
  }
}

function isSame(left: NameEntry | undefined, right: NameEntry | undefined): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function publishing(
  plan: TurnPlan & { name: string },
  sessionId: string,
  replaced: NameEntry | undefined,
): NameEdit[] {
  const createdAt = pythonTimestamp(new Date(plan.startedAt));
  const begun = { name: plan.name, sessionId, createdAt, usedAt: plan.startedAt, ...inheritedMemory(plan) };
  // The budget belongs to the name, whatever that points at.
  const budget = plan.budget ?? replaced?.budget;
  const entry = { ...remember(begun, plan), ...(budget === undefined ? {} : { budget }) };
  const reason = replaced === undefined ? "create" : plan.freshFor === undefined ? "replace" : "fresh";
  return [
    { op: "set", entry, reason },
    { op: "unreserve", name: plan.name },
  ];
}

export function isReservedBy(names: NameTable, plan: TurnPlan): plan is TurnPlan & { name: string } {
  return plan.name !== undefined && names.reserved.get(plan.name) === plan.turnId;
}

/** Deletes the reservation of a name whose conversation never began. */
export async function giveUpName(context: Context, plan: TurnPlan): Promise<void> {
  await context.store.update(plan.scope, (names) =>
    isReservedBy(names, plan) ? [{ op: "unreserve", name: plan.name }] : [],
  );
}

/**
 * Returns the edits that remove a name whose first turn failed before the agent produced any output: there is nothing to continue.
 * A name that was replaced points at its old conversation again.
 */
export function withdrawal(
  { folder, plan: { name } }: OpenTurn,
  sessionId: string,
): (names: NameTable) => NameEdit[] {
  const replaced = folder.publication()?.replaced;
  return (names) => {
    const entry = name === undefined ? undefined : entrySince(names, name, sessionId);
    if (entry?.sessionId !== sessionId) return [];
    if (replaced === undefined) return [{ op: "remove", name: entry.name, reason: "create failed" }];
    return [{ op: "set", entry: { ...replaced, name: entry.name }, reason: "create failed" }];
  };
}

/**
 * Returns the record of a conversation that a turn has begun, or moved to from the conversation of `before`.
 */
export function newRecord(
  plan: TurnPlan,
  sessionId: string,
  continuity: Continuity,
  before?: SessionRecord,
): SessionRecord {
  const hasMoved = plan.sessionId !== undefined && plan.sessionId !== sessionId;
  const isBegun = plan.kind === "create" || hasMoved;
  const parentId =
    plan.kind === "create" ? (plan.forkOf ?? plan.freshFor) : hasMoved ? plan.sessionId : undefined;
  const access = plan.kind === "create" ? accessLearned(plan) : before?.access;
  return {
    agent: plan.scope.agent,
    sessionId,
    workspace: plan.cwd,
    createdAt: plan.startedAt,
    ...(isBegun ? { began: continuity } : {}),
    ...(plan.roleText === undefined ? {} : { roleText: plan.roleText }),
    ...(plan.isRoleChanged ? { isRoleChanged: true } : {}),
    ...(access === undefined ? {} : { access }),
    ...(parentId === undefined ? {} : { parentId }),
  };
}
