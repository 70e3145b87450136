import { AppError } from "../../domain/errors.ts";
import { type Gate, type GateRecord, inOrder, standing } from "../../domain/gate/gate.ts";
import { parseGateId } from "../../domain/gate/id.ts";
import { isAmong, type Workspaces } from "../../domain/names/workspaces.ts";
import { nearest } from "../../domain/nearest.ts";
import { Gates } from "../../stores/file/gates.ts";
import type { Context } from "../context.ts";

/** Which gate is meant: the nearest one of these folders that has it. */
export interface GateQuery {
  id: string;
  /** The nearest first. */
  workspace: readonly [string, ...string[]];
}

/** Returns the gates of these workspaces: those that wait first, then the newest. */
export function listGates(context: Context, workspace: Workspaces): Gate[] {
  const found = new Gates(context.home).all((problem) => context.notify(problem.message));
  const meant = found.filter(({ gate }) => isAmong(workspace, gate.workspace));
  return meant.map(({ gate }) => standing(gate)).sort(inOrder);
}

/** Returns a gate as it stands. @throws AppError `no_such_gate`, `usage` */
export function lookAtGate(context: Context, query: GateQuery): Gate {
  const id = parseGateId(query.id);
  const record = findGate(context, { ...query, id });
  if (record === undefined) throw noSuchGate(context, { ...query, id });
  return standing(record);
}

/** Returns the nearest gate of this id, which is in our usual spelling. */
export function findGate({ home }: Context, { id, workspace }: GateQuery): GateRecord | undefined {
  const gates = new Gates(home);
  for (const folder of workspace) {
    const record = gates.read({ id, workspace: folder });
    if (record !== undefined) return record;
  }
  return undefined;
}

export function noSuchGate(context: Context, { id, workspace: [nearby, ...above] }: GateQuery): AppError {
  const all = new Gates(context.home).all(() => undefined).map(({ gate }) => gate);
  const elsewhere = all.find((gate) => gate.id === id);
  const here = all.filter((gate) => [nearby, ...above].includes(gate.workspace));
  const meant = nearest(
    id,
    here.map((gate) => gate.id),
  );
  const { step } = context.wording;
  const hint =
    elsewhere !== undefined
      ? `There is one in another folder: ${step("gate", { name: id, workspace: elsewhere.workspace })}`
      : meant !== undefined
        ? `Did you mean ${JSON.stringify(meant)}?`
        : `A script makes it when it gets there. See what waits with: ${step("gates", { everywhere: true })}`;
  return new AppError("no_such_gate", `There is no gate ${JSON.stringify(id)} in ${nearby}.`, {
    hint,
    facts: { id, workspace: nearby },
  });
}
