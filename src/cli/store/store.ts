import { defineGroup } from "../command.ts";
import { importCommand } from "./import.ts";
import { migrateCommand } from "./migrate.ts";
import { statusCommand } from "./status.ts";

export const storeCommand = defineGroup({
  name: "store",
  summary: "look after the store that machines share",
  description:
    "Looks after a store on PostgreSQL, for names and conversations that several machines share (see docs/fleet.md). AGENT_SESSIONS_STORE is its URL, or AGENT_SESSIONS_STORE_FILE a file that contains it. Without either, names and conversations are files of this machine.",
  examples: [
    "agent-sessions store migrate",
    "agent-sessions store migrate --print > tables.sql",
    "agent-sessions store status",
    "agent-sessions store import --workspace ~/shop",
  ],
  commands: [migrateCommand, statusCommand, importCommand],
});
