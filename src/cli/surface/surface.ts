import { DEFAULT_AGENT } from "../../agents/index.ts";
import { readConfig } from "../../app/config/read.ts";
import { askCommand } from "../ask/ask.ts";
import { attendCommand } from "../ask/attend-turn.ts";
import { continueCommand } from "../ask/continue.ts";
import { createCommand } from "../ask/create.ts";
import { forkCommand } from "../ask/fork.ts";
import { onceCommand } from "../ask/once.ts";
import { sendCommand } from "../ask/send.ts";
import type { DefinedCommand, RareCommand } from "../command.ts";
import { historyCommand } from "../names/history.ts";
import { listCommand } from "../names/list.ts";
import { showCommand } from "../names/show.ts";
import type { Surface } from "../program.ts";
import { attachCommand } from "../watch/attach.ts";
import { cancelCommand } from "../watch/cancel.ts";
import { logsCommand } from "../watch/logs.ts";
import { statusCommand } from "../watch/status.ts";
import { waitCommand } from "../watch/wait.ts";
import {
  adoptCommand,
  agentsCommand,
  budgetCommand,
  checkpointCommand,
  completionCommand,
  configCommand,
  costCommand,
  diffCommand,
  doctorCommand,
  exportCommand,
  gateCommand,
  gcCommand,
  importCommand,
  keepCommand,
  keepersCommand,
  mcpCommand,
  openCommand,
  removeCommand,
  renameCommand,
  restoreCommand,
  roleCommand,
  searchCommand,
  skillsCommand,
  storeCommand,
  uiCommand,
  workerCommand,
} from "./rare.ts";

const INTRODUCTION = `Examples:
  agent-sessions create review-src "Read src/ and remember what it does."
  agent-sessions send review-src "Which file would you refactor first?"
  agent-sessions list

For short: tbc (to be continued). Without a verb, you choose a conversation.
`;

const TOPICS = ["environment", "exit-codes", "json"];

/** The commands that people type, as the help lists them. */
const GROUPS: readonly (readonly [heading: string, commands: readonly (DefinedCommand | RareCommand)[]])[] = [
  [
    "Start and continue:",
    [createCommand, sendCommand, askCommand, continueCommand, forkCommand, onceCommand, openCommand],
  ],
  [
    "While a turn runs:",
    [waitCommand, statusCommand, attachCommand, logsCommand, diffCommand, cancelCommand, keepersCommand],
  ],
  ["Between two steps of a script:", [gateCommand]],
  [
    "Conversations and their names:",
    [
      listCommand,
      showCommand,
      historyCommand,
      searchCommand,
      costCommand,
      budgetCommand,
      adoptCommand,
      renameCommand,
      removeCommand,
      restoreCommand,
      roleCommand,
      exportCommand,
      importCommand,
    ],
  ],
  [
    "Set up and look after:",
    [
      agentsCommand,
      doctorCommand,
      configCommand,
      mcpCommand,
      uiCommand,
      completionCommand,
      skillsCommand,
      checkpointCommand,
      gcCommand,
      workerCommand,
      storeCommand,
    ],
  ],
];

/** The command line of this package, with all of its commands. */
export const AGENT_SESSIONS: Surface = {
  name: "agent-sessions",
  description:
    "Gives names to conversations with coding agents, so that any later command can continue them.",
  introduction: INTRODUCTION,
  defaultAgent: DEFAULT_AGENT,
  readConfig,
  topics: {
    names: TOPICS,
    read: async (name) => (TOPICS.includes(name) ? (await import("./topics.ts")).TOPICS[name] : undefined),
  },
  commands: [...GROUPS.flatMap(([, commands]) => commands), attendCommand, keepCommand],
  groupOf: (verb) => GROUPS.find(([, commands]) => commands.some(({ name }) => name === verb))?.[0],
};
