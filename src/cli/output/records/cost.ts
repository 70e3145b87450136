import type { Cost, Costs } from "../../../app/tell/cost.ts";
import { usageRecord } from "./usage.ts";

export function costRecord(by: string, { groups, total }: Costs) {
  const record = ({ turns, unknownTurns, usage }: Cost) => ({
    turns,
    unknown_turns: unknownTurns,
    is_lower_bound: unknownTurns > 0,
    ...usageRecord(usage),
  });
  return {
    type: "agent_sessions.cost",
    by,
    groups: groups.map(({ key, workspace, ...sum }) => ({
      key,
      ...(workspace === undefined ? {} : { workspace }),
      ...record(sum),
    })),
    total: record(total),
  };
}
