import { migrateStore, migrationText } from "../../app/store/migrate.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import { printable } from "../output/table.ts";

export const migrateCommand = defineCommand({
  name: "migrate",
  summary: "make the tables of the store, or bring them up to date",
  description:
    "Makes the tables in the database of AGENT_SESSIONS_STORE, and the roles that may use them; later versions of this program bring them up to date in the same way. Run it as the role that is to own the tables. It changes nothing that is up to date. With --print it connects to nothing, and prints the SQL for an empty database.",
  examples: ["agent-sessions store migrate", "agent-sessions store migrate --print > tables.sql"],
  needsNoConfig: true,
  options(command) {
    command.option("--print", "print the SQL instead of running it").option(...JSON_OPTION);
  },
  async run(io, flags: { print?: boolean }) {
    if (flags.print) {
      const sql = await migrationText();
      return { json: { type: "agent_sessions.store_sql", sql }, text: ({ out }) => out(sql) };
    }
    const migrated = await migrateStore(io.around.env);
    const { store, from, to, steps } = migrated;
    const shown = printable(store);
    return {
      json: { type: "agent_sessions.store_migrated", ...migrated },
      text: ({ err }) => {
        if (steps.length === 0) err(`The tables of ${shown} are up to date (version ${to}).\n`);
        else err(`The tables of ${shown} went from version ${from} to ${to}:\n`);
        for (const step of steps) err(`  ${step}\n`);
      },
    };
  },
});
