import { Option } from "commander";
import { type Cost, type Costs, cost, GROUPINGS, type Grouping } from "../../app/tell/cost.ts";
import { usageView } from "../../app/turn/ending/view.ts";
import { defineCommand } from "../command.ts";
import {
  type CommonOptions,
  parseSince,
  refuseTogether,
  type Since,
  sinceOf,
  withCommon,
} from "../options.ts";
import { budgetWords } from "../output/budget.ts";
import { formatTokens } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import { foldersOf, placeOf } from "../place.ts";

interface CostFlags extends CommonOptions {
  all?: boolean;
  by: Grouping;
  since?: Since;
}

export const costCommand = defineCommand({
  name: "cost",
  args: [["[name]", "only this conversation"]],
  summary: "tokens and dollars of turns",
  description:
    "Adds up tokens and dollars from the agents' own counters and counts each turn once, including failed turns, turns of removed names and of once. If the usage of a turn is unknown, the total is marked as a lower bound. Dollars are shown if the agent reports them.",
  examples: [
    "agent-sessions cost",
    "agent-sessions cost review-src --by day",
    "agent-sessions cost review-src --by turn",
    "agent-sessions cost --all --by workspace",
    "agent-sessions cost --all --since 7d --by model --json | jq .total",
  ],
  options(command) {
    command
      .option(
        "--since <when>",
        "only turns since this time: a date (e.g. 2026-11-01), or 7d for the last seven days",
        parseSince,
      )
      .addOption(new Option("--by <what>", "one line for each of these").choices(GROUPINGS).default("name"))
      .option("--all", "for all folders of this user");
    withCommon(command, "only this agent");
  },
  async run(io, name: string | undefined, flags: CostFlags) {
    refuseTogether({ "--all": flags.all, "--here": flags.here });
    const context = io.openContext();
    const { by, since, agent } = flags;
    const folders = flags.all && name === undefined ? undefined : foldersOf(io, flags);
    const place =
      name === undefined ? { workspace: folders, agent } : await placeOf(io, context, flags, name);
    const costs = await cost(context, {
      ...place,
      name,
      by,
      since: sinceOf(since, context.now()),
    });
    const { groups, total, budget } = costs;
    return {
      json: { type: "agent_sessions.cost", by, groups: groups.map(viewOf), total: viewOf(total), budget },
      text({ out, style }) {
        out(describe(by, costs, style));
        if (budget !== undefined) out(`Budget: ${budgetWords(budget)}\n`);
      },
    };
  },
});

function viewOf({ turns, unknownTurns, usage, ...whose }: Cost): object {
  return { ...whose, turns, unknownTurns, isLowerBound: unknownTurns > 0, ...usageView(usage) };
}

function describe(by: Grouping, { groups, total }: Costs, style: Style): string {
  const isPlaced = groups.some(({ workspace }) => workspace !== undefined);
  const row = (key: string, workspace: string, sum: Cost) => {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd } = sum.usage;
    const least = sum.unknownTurns > 0 ? "≥ " : "";
    return [
      key,
      sum.unknownTurns === 0 ? String(sum.turns) : `${sum.turns} (${sum.unknownTurns} unknown)`,
      least + formatTokens(inputTokens),
      least + formatTokens(outputTokens),
      formatTokens(cacheReadTokens),
      formatTokens(cacheWriteTokens),
      costUsd === undefined ? "" : `${least}$${costUsd.toFixed(4)}`,
      ...(isPlaced ? [printable(workspace)] : []),
    ];
  };
  const head = [by.toUpperCase(), "TURNS", "IN", "OUT", "CACHE READ", "WRITTEN", "DOLLARS"];
  const lines = groups.map(({ key, workspace = "", ...sum }) =>
    row(key === "" ? "unknown" : printable(key), workspace, sum),
  );
  const titles = [...head, ...(isPlaced ? ["WORKSPACE"] : [])].map(style.dim);
  return formatTable([titles, ...lines, row(style.bold("total"), "", total)]);
}
