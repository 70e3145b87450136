import { acpAgent } from "../../agents/acp/acp.ts";
import { agents } from "../../agents/index.ts";
import type { Context } from "../../app/context.ts";
import { type InstalledAgent, lookForAgents, versionIn } from "../../app/installed-agents.ts";
import { ACCESSES } from "../../domain/agent/access.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { pick } from "../../domain/json-line.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import type { Style } from "../output/style.ts";
import { formatTable, printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

const CLOSING = `
FORK    whether a new conversation can begin with the history of another one
EFFORT  the lowest and the highest reasoning effort
ROLE    whether a role applies to every turn; fixed: it can't be changed later
SCHEMA  whether --schema is supported
ACCESS  the values of --access that are kept; asks: what the agent asks for is
        refused, but it may also act without asking
RESTORE whether a transcript that the agent has lost is put back
ONCE    after once, the agent forgets the conversation or keeps it
RETRY   send --retry rewinds to the point before the prompt, or asks again for
        an answer
ID      the id of a new conversation: chosen by agent-sessions, or given by the
        agent
COSTS   the unit in which the agent reports usage
`;

export const agentsCommand = defineCommand({
  name: "agents",
  summary: "the agents and their features",
  description:
    "Lists the supported agents, whether they are installed, and the features of each. A version is asked for once a day, and when the program has changed; doctor asks each time.",
  examples: [
    "agent-sessions agents",
    "agent-sessions agents --json | jq -r '.agents[] | select(.can.fork) | .name'",
  ],
  closing: CLOSING,
  options: (command) => command.option(...JSON_OPTION),
  async run(io) {
    const { ownAgents = [], defaults } = io.config;
    const known: Agent[] = [...Object.values(agents), ...ownAgents.map((name) => acpAgent(name, name))];
    const installed = await lookForAgents(io.around, known, {
      context: contextIfAny(io),
      commandOf: ({ name }) => defaults?.ofAgents[name]?.files.agentCommand,
    });
    return {
      json: { type: "agent_sessions.agents", agents: installed.map(viewOf) },
      text: ({ out, style }) => out(describe(installed, style)),
    };
  },
});

/** The command works without a state home, too: then each agent is asked each time. */
function contextIfAny({ openContext }: CommandIo): Context | undefined {
  try {
    return openContext(() => undefined);
  } catch {
    return undefined;
  }
}

function viewOf(one: InstalledAgent): object {
  const { agent, path, versionLine, askedAt, problem } = one;
  const { can, roleLimitBytes, asksForAccess = false } = agent;
  return {
    ...pick(agent, "name", "title"),
    path,
    command: one.command,
    version: versionLine === undefined ? undefined : versionIn(one),
    versionAskedAt: askedAt,
    problem,
    can: {
      fork: can.fork !== false,
      efforts: can.efforts,
      role: roleLimitBytes > 0,
      ...pick(can, "changeRole", "schema", "access", "forget", "rewind", "chooseId"),
      restore: canRestore(agent),
      asksForAccess,
    },
    ...pick(agent, "costs", "promptLimitBytes", "roleLimitBytes"),
  };
}

const COLUMNS: readonly [title: string, cell: (agent: Agent) => string][] = [
  ["FORK", ({ can }) => yesOrNo(can.fork !== false)],
  ["EFFORT", ({ can: { efforts } }) => (efforts.length === 0 ? "no" : `${efforts[0]}..${efforts.at(-1)}`)],
  ["ROLE", roleOf],
  ["SCHEMA", ({ can }) => yesOrNo(can.schema)],
  [
    "ACCESS",
    ({ can: { access }, asksForAccess }) =>
      asksForAccess ? "asks" : access.length === ACCESSES.length ? "all" : access.join(", ") || "no",
  ],
  ["RESTORE", (agent) => yesOrNo(canRestore(agent))],
  ["ONCE", ({ can }) => (can.forget ? "forgets" : "keeps")],
  ["RETRY", ({ can }) => (can.rewind ? "rewinds" : "asks again")],
  ["ID", ({ can }) => (can.chooseId ? "chosen" : "given")],
  ["COSTS", ({ costs }) => costs],
];

function describe(installed: readonly InstalledAgent[], style: Style): string {
  const titles = ["AGENT", "VERSION", ...COLUMNS.map(([title]) => title), "PATH"];
  const rows = installed.map((one) => [
    style.bold(one.agent.name),
    versionCell(one, style),
    ...COLUMNS.map(([, cell]) => cell(one.agent)),
    style.dim(printable(one.path ?? "")),
  ]);
  return formatTable([titles.map(style.dim), ...rows]);
}

function versionCell(one: InstalledAgent, style: Style): string {
  if (one.agent.executable === "" && one.command === undefined) return style.dim("--agent-cmd");
  if (one.path === undefined) return style.yellow("not installed");
  return printable(one.command ?? one.problem ?? versionIn(one));
}

function roleOf({ roleLimitBytes, can }: Agent): string {
  if (roleLimitBytes === 0) return "no";
  return can.changeRole ? "yes" : "fixed";
}

/** By a copy of the transcript's file, or by commands of the agent. */
function canRestore({ transcript, copies }: Agent): boolean {
  return transcript !== undefined || copies !== undefined;
}

function yesOrNo(can: boolean): string {
  return can ? "yes" : "no";
}
