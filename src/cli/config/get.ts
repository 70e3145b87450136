import { keyOf } from "../../app/config/change.ts";
import { listedSetting } from "../../app/config/listed.ts";
import { defineCommand } from "../command.ts";
import { printable } from "../output/table.ts";
import { type ConfigFlags, examined, withPlace } from "./query.ts";

export const getConfig = defineCommand({
  name: "get",
  args: [["<key>", "the setting, such as model or codex.model"]],
  summary: "print one setting",
  description: "Prints the value of a setting in force; nothing if nothing sets it.",
  examples: ["agent-sessions config get model", "agent-sessions config get codex.effort --json"],
  needsNoConfig: true,
  options: withPlace,
  async run(io, key: string, flags: ConfigFlags) {
    const { name } = keyOf(key);
    const found = listedSetting(await examined(io, flags), name, io.defaultAgent);
    const { value, from, path } = found;
    return {
      json: { type: "agent_sessions.config_value", key: name, value, from, path },
      text({ out }) {
        if (value === undefined) return;
        const lines = Array.isArray(value) ? value : [String(value)];
        out(lines.map((line) => `${printable(line)}\n`).join(""));
      },
    };
  },
});
