import { asked, checkShown, type Gate, standing } from "../../domain/gate/gate.ts";
import { parseGateId } from "../../domain/gate/id.ts";
import { Gates } from "../../stores/file/gates.ts";
import { digest } from "../../stores/file/home.ts";
import type { Context } from "../context.ts";
import { findGate, type GateQuery } from "./find.ts";

/**
 * Shows a text at a gate, and returns how the gate stands. It waits where it is new and where it has shown another text. A
 * new gate belongs to the nearest folder.
 *
 * @throws AppError `usage`; `busy`; `state_unreadable`, `state_unwritable`
 */
export async function askGate(context: Context, query: GateQuery & { shows: string }): Promise<Gate> {
  const { shows: shown } = query;
  const id = parseGateId(query.id);
  checkShown(shown);
  const sha256 = digest(shown);
  const known = findGate(context, { ...query, id });
  // Scripts are run again and again: what nobody has to write needs no lock.
  if (known?.sha256 === sha256) return standing(known);
  const workspace = known?.workspace ?? query.workspace[0];
  const askedAt = context.now().toISOString();
  const record = await new Gates(context.home).change({ id, workspace }, context.now, (before) =>
    asked(before, { id, workspace, shown, sha256, askedAt }),
  );
  return standing(record);
}
