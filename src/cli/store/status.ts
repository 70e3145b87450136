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
    "Shows what the store of AGENT_SESSIONS_STORE has, as this login sees it: its team, how many names and conversations there are, how many turns wait and since when, and which worker runs which turn.",
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
  const { waiting, running, forgotten } = report;
  const oldest = waiting.oldestAt === undefined ? "" : `, the oldest ${formatAge(waiting.oldestAt, now)}`;
  const kind = report.isWorker ? "worker" : "client";
  const facts = [
    ["store", `${report.store} (PostgreSQL ${report.server}, tables of version ${report.version})`],
    [
      "login",
      `${report.role}, ${kind} of ${report.team === "" ? "the team without a name" : `the team ${report.team}`}`,
    ],
    ["sealed", report.isSealed ? "yes" : "no: whoever reads the database reads prompts and answers"],
    ["has", `${report.names} names, ${report.conversations} conversations, ${formatBytes(report.bytes)}`],
    ["waiting", `${waiting.turns}${oldest}`],
    ["running", String(running.length)],
  ];
  if (forgotten > 0) facts.push(["forgotten", `${forgotten} conversations wait and no worker was told`]);
  const lines = facts.map(([key = "", value = ""]) => `${style.dim(key.padEnd(10))} ${printable(value)}\n`);
  if (running.length === 0) return lines.join("");
  const rows = running.map(({ turnId, agent, workspace, worker, attempt, startedAt, seenAt }) => [
    turnId,
    agent,
    workspace,
    worker,
    String(attempt),
    startedAt === undefined ? "" : formatAge(startedAt, now),
    seenAt === undefined ? "" : formatAge(seenAt, now),
  ]);
  const head = ["TURN", "AGENT", "WORKSPACE", "WORKER", "ATTEMPT", "BEGAN", "SEEN"];
  return `${lines.join("")}\n${formatTable([head, ...rows.map((row) => row.map(printable))])}`;
}
