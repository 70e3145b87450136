import { allowConfig, revokeConfig } from "../../app/config/allow.ts";
import { defineCommand } from "../command.ts";
import { formatTable, printable } from "../output/table.ts";
import { shown } from "./list.ts";
import { type ConfigFlags, queryOf, withPlace } from "./query.ts";

export const allowConfigCommand = defineCommand({
  name: "allow",
  summary: "let the repository's file set everything, until it changes",
  description:
    "Shows what the repository's settings file sets, and allows all of it: wrappers, arguments, programs to run, and more access than your own settings give. Without this, the file sets only the agent, the model, the effort, and less access. A change of the file ends the permission. An agent can't give it.",
  examples: ["agent-sessions config allow", "agent-sessions config allow --revoke"],
  needsNoConfig: true,
  options(command) {
    withPlace(command.option("--revoke", "take the permission back"));
  },
  async run(io, flags: ConfigFlags & { revoke?: boolean }) {
    const context = io.openContext();
    const query = queryOf(io, flags);
    if (flags.revoke) {
      const { path, wasAllowed } = revokeConfig(context, query);
      const text = wasAllowed
        ? `${printable(path)} is not allowed any more.\n`
        : `${printable(path)} was not allowed.\n`;
      return { json: { type: "agent_sessions.config_revoked", path, wasAllowed }, text };
    }
    const { path, settings, programsInside } = await allowConfig(context, query);
    const rows = [...settings].map(([key, value]) => ({ key, value }));
    return {
      json: { type: "agent_sessions.config_allowed", path, settings: rows, programsInside },
      text({ out, err }) {
        for (const program of programsInside)
          err(
            `${printable(program)} is in the repository: whoever may write there can change what is run.\n`,
          );
        out(formatTable(rows.map(({ key, value }) => [key, shown(value)])));
        err(
          `Allowed as it is now: ${printable(path)}\nTake it back with: agent-sessions config allow --revoke\n`,
        );
      },
    };
  },
});
