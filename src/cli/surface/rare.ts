import { KEEP } from "../../app/turn/waiting/keeper.ts";
import type { RareCommand } from "../command.ts";

// The commands that few lines need. Each is read when a line calls it: every byte of the program costs each start its
// part, and these were a fourth of it. The build makes a file of each `import` here, in just this form.

export const keepCommand: RareCommand = {
  name: KEEP,
  load: async () => (await import("../ask/keep-turns.ts")).keepCommand,
};

export const agentsCommand: RareCommand = {
  name: "agents",
  summary: "the agents and their features",
  load: async () => (await import("../care/agents.ts")).agentsCommand,
};

export const checkpointCommand: RareCommand = {
  name: "checkpoint",
  summary: "the checkpoints of the session-persist plugin",
  load: async () => (await import("../care/checkpoint.ts")).checkpointCommand,
};

export const doctorCommand: RareCommand = {
  name: "doctor",
  summary: "find problems, and show how to fix them",
  load: async () => (await import("../care/doctor.ts")).doctorCommand,
};

export const gcCommand: RareCommand = {
  name: "gc",
  summary: "delete old working files",
  load: async () => (await import("../care/gc.ts")).gcCommand,
};

export const skillsCommand: RareCommand = {
  name: "skills",
  summary: "install skills that teach an agent to call other agents",
  load: async () => (await import("../care/skills.ts")).skillsCommand,
};

export const completionCommand: RareCommand = {
  name: "completion",
  summary: "print the script that completes commands at a Tab",
  load: async () => (await import("../complete/completion.ts")).completionCommand,
};

export const configCommand: RareCommand = {
  name: "config",
  summary: "read or change your settings and those of a repository",
  load: async () => (await import("../config/config.ts")).configCommand,
};

export const workerCommand: RareCommand = {
  name: "worker",
  summary: "run the turns of a store that machines share",
  load: async () => (await import("../fleet/worker.ts")).workerCommand,
};

export const gateCommand: RareCommand = {
  name: "gate",
  summary: "let a script wait for a person who has read what it shows",
  load: async () => (await import("../gate/gate.ts")).gateCommand,
};

export const mcpCommand: RareCommand = {
  name: "mcp",
  summary: "serve the conversations to an agent as MCP tools",
  load: async () => (await import("../mcp/mcp.ts")).mcpCommand,
};

export const adoptCommand: RareCommand = {
  name: "adopt",
  summary: "name a conversation that the agent already has",
  load: async () => (await import("../names/adopt.ts")).adoptCommand,
};

export const budgetCommand: RareCommand = {
  name: "budget",
  summary: "limit what a conversation may use",
  load: async () => (await import("../names/budget.ts")).budgetCommand,
};

export const costCommand: RareCommand = {
  name: "cost",
  summary: "tokens and dollars of turns",
  load: async () => (await import("../names/cost.ts")).costCommand,
};

export const removeCommand: RareCommand = {
  name: "remove",
  alias: "rm",
  summary: "remove a name, or all names",
  load: async () => (await import("../names/remove.ts")).removeCommand,
};

export const renameCommand: RareCommand = {
  name: "rename",
  alias: "mv",
  summary: "give a conversation another name",
  load: async () => (await import("../names/rename.ts")).renameCommand,
};

export const restoreCommand: RareCommand = {
  name: "restore",
  summary: "bring back a name, or undo its moves",
  load: async () => (await import("../names/restore.ts")).restoreCommand,
};

export const roleCommand: RareCommand = {
  name: "role",
  summary: "read or change the role of a conversation",
  load: async () => (await import("../names/role.ts")).roleCommand,
};

export const searchCommand: RareCommand = {
  name: "search",
  summary: "find what was said in conversations",
  load: async () => (await import("../names/search.ts")).searchCommand,
};

export const storeCommand: RareCommand = {
  name: "store",
  summary: "look after the store that machines share",
  load: async () => (await import("../store/store.ts")).storeCommand,
};

export const exportCommand: RareCommand = {
  name: "export",
  summary: "write a conversation to a file, for another machine or for people",
  load: async () => (await import("../travel/export.ts")).exportCommand,
};

export const importCommand: RareCommand = {
  name: "import",
  summary: "continue a conversation that another machine has exported",
  load: async () => (await import("../travel/import.ts")).importCommand,
};

export const uiCommand: RareCommand = {
  name: "ui",
  summary: "look at all conversations in a browser",
  load: async () => (await import("../ui/ui.ts")).uiCommand,
};

export const diffCommand: RareCommand = {
  name: "diff",
  summary: "what a turn with a tree of its own has changed",
  load: async () => (await import("../watch/diff.ts")).diffCommand,
};

export const keepersCommand: RareCommand = {
  name: "keepers",
  summary: "detached turns that wait, and the processes that keep them",
  load: async () => (await import("../watch/keepers.ts")).keepersCommand,
};

export const openCommand: RareCommand = {
  name: "open",
  summary: "continue in the agent's own window",
  load: async () => (await import("../watch/open.ts")).openCommand,
};
