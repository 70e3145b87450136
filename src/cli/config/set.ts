import { changeConfig, keyOf, valueFrom } from "../../app/config/change.ts";
import type { NamedKey, SettingValue } from "../../domain/config/keys.ts";
import { type Answer, defineCommand } from "../command.ts";
import { printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";
import { shown } from "./list.ts";
import { type ConfigFlags, examined, ownerOf, queryOf, withFile } from "./query.ts";

export const setConfig = defineCommand({
  name: "set",
  args: [
    ["<key>", "the setting, such as model; codex.model for one agent"],
    ["<value...>", "its value; agent-args takes several"],
  ],
  summary: "change one setting",
  description:
    "Writes a setting into your settings file, or with --repository into that of the repository. Comments and the order of the file stay. What a name remembers still comes first for that name. At the top of a file that names no agent, model, effort, agent-cmd and agent-args are those of claude.",
  examples: [
    "agent-sessions config set agent codex",
    "agent-sessions config set codex.effort high",
    "agent-sessions config set agent-args -- --add-dir ../shared",
    "agent-sessions config set --repository access read-only",
  ],
  needsNoConfig: true,
  options: withFile,
  run(io, key: string, words: string[], flags: ConfigFlags) {
    const named = keyOf(key);
    return change(io, flags, named, valueFrom(named, words));
  },
});

export const unsetConfig = defineCommand({
  name: "unset",
  args: [["<key>", "the setting, such as model or codex.model"]],
  summary: "remove one setting from a settings file",
  description:
    "Removes a setting from your settings file, or with --repository from that of the repository. It is no error if it is not there.",
  examples: ["agent-sessions config unset model", "agent-sessions config unset --repository codex.effort"],
  needsNoConfig: true,
  options: withFile,
  run: (io, key: string, flags: ConfigFlags) => change(io, flags, keyOf(key), undefined),
});

async function change(
  io: CommandIo,
  flags: ConfigFlags,
  named: NamedKey,
  value: SettingValue | undefined,
): Promise<Answer> {
  const owner = ownerOf(flags);
  const { path, isChanged } = await changeConfig(queryOf(io, flags), { owner, named, value });
  const { name } = named;
  const what = value === undefined ? `${name} is not set` : `${name} is ${shown(value)}`;
  const found = await examined(io, flags);
  const isUnused = owner === "repository" && !found.isAllowed && found.inForce.unused.includes(name);
  const unused = isUnused ? " It counts once you have run: agent-sessions config allow" : "";
  return {
    json: {
      type: "agent_sessions.config_changed",
      key: name,
      value,
      path,
      changed: isChanged,
      unused: isUnused,
    },
    text: `In ${printable(path)}, ${what}${isChanged ? "" : ", as before"}.${unused}\n`,
  };
}
