import { reportStore, type StoreReport } from "../../app/store/status.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import { formatAge, formatBytes } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";

export const statusCommand = defineCommand({
  name: "status",
  summary: "what the store has, what waits in it and what runs",
  description:
    "Shows what the store of AGENT_SESSIONS_STORE has, as this login sees it: its team, how many names and conversations there are, how many turns wait and since when, which worker runs which turn, and which workers there are. A worker that gave no sign of life for its lease is lost; it is listed for a day.",
  examples: ["agent-sessions store status", "agent-sessions store status --json | jq .waiting.turns"],
  needsNoConfig: true,
  options(command) {
    command.option(...JSON_OPTION);
  },
  async run(io) {
    const report = await reportStore(io.around.env);
    return {
      json: { type: "agent_sessions.store", ...report },
      text: ({ out, style }) => out(describe(report, new Date(report.at), style)),
    };
  },
});

function describe(report: StoreReport, now: Date, style: Style): string {
  const { waiting, running, forgotten, workers } = report;
  const oldest = waiting.oldestAt === undefined ? "" : `, the oldest ${formatAge(waiting.oldestAt, now)}`;
  const kind = report.isWorker ? "worker" : "client";
  const facts = [
    ["store", `${report.store} (PostgreSQL ${report.server}, tables of version ${report.version})`],
    ["login", `${report.role}, ${kind}${report.team === "" ? "" : ` of the team ${report.team}`}`],
    ["sealed", report.isSealed ? "yes" : "no: whoever reads the database reads prompts and answers"],
    [
      "has",
      `${amount(report.names, "name")}, ${amount(report.conversations, "conversation")}, ${formatBytes(report.bytes)}`,
    ],
    ["waiting", `${waiting.turns}${oldest}`],
    ["running", String(running.length)],
    ["workers", String(workers.filter(({ isLost }) => !isLost).length)],
  ];
  if (forgotten > 0) facts.push(["forgotten", `${forgotten} conversations wait and no worker was told`]);
  const lines = facts.map(([key = "", value = ""]) => `${style.dim(key.padEnd(10))} ${printable(value)}\n`);
  const age = (at: string | undefined) => (at === undefined ? "" : formatAge(at, now));
  const tables = [
    table(
      ["WAITING", "AGENT", "WORKSPACE", "OLDEST", "WORKER"],
      waiting.line.map(({ agent, workspace, turns, oldestAt: since, isServed }) => [
        String(turns),
        agent,
        workspace,
        age(since),
        isServed ? "" : "none takes them",
      ]),
    ),
    table(
      ["TURN", "AGENT", "WORKSPACE", "WORKER", "ATTEMPT", "BEGAN", "SEEN"],
      running.map(({ turnId, agent, workspace, worker, attempt, startedAt, seenAt }) => [
        turnId,
        agent,
        workspace,
        worker,
        String(attempt),
        age(startedAt),
        age(seenAt),
      ]),
    ),
    table(
      ["WORKER", "AGENTS", "WORKSPACES", "PLACES", "SINCE", "SEEN"],
      workers.map(({ worker, agents, workspaces, places, since, seenAt, isLost }) => [
        worker,
        agents.join(", "),
        workspaces.join(", "),
        String(places),
        age(since),
        `${age(seenAt)}${isLost ? ", lost" : ""}`,
      ]),
    ),
  ];
  return [lines.join(""), ...tables.filter((one) => one !== "")].join("\n");
}

function table(head: string[], rows: readonly string[][]): string {
  return rows.length === 0 ? "" : formatTable([head, ...rows.map((row) => row.map(printable))]);
}

function amount(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? "" : "s"}`;
}
