import type { Examined } from "../../app/config/examine.ts";
import type { ConfigFile } from "../../app/config/file.ts";
import { listedSettings } from "../../app/config/listed.ts";
import { notesOn, problemsIn } from "../../app/config/notes.ts";
import type { SettingValue } from "../../domain/config/keys.ts";
import { quoteWords } from "../../domain/words.ts";
import { defineCommand } from "../command.ts";
import { fitTable } from "../output/fit.ts";
import { printable } from "../output/table.ts";
import { type ConfigFlags, examined, withPlace } from "./query.ts";

export const listConfig = defineCommand({
  name: "list",
  summary: "show each setting, and where its value comes from",
  description:
    "Shows the settings in force in a folder, what each is, and where its value comes from: the environment, the repository's file, or yours; - is not set. model, effort, agent-cmd and agent-args are those of the default agent; those of another agent are shown as codex.model. An option of a command, and what a name remembers, come before the files.",
  examples: [
    "agent-sessions config list",
    "agent-sessions config list --json | jq '.settings[] | select(.value)'",
  ],
  needsNoConfig: true,
  options: withPlace,
  async run(io, flags: ConfigFlags) {
    const found = await examined(io, flags);
    const settings = listedSettings(found, io.defaultAgent);
    const problems = problemsIn(found);
    const notes = notesOn(found);
    return {
      json: {
        type: "agent_sessions.config",
        settings: settings.map(({ key, value, from, path, what }) => ({ key, value, from, path, what })),
        files: {
          user: fileView(found.user),
          repository: { ...fileView(found.repository), ...allowance(found) },
        },
        unused: found.isAllowed ? [] : found.inForce.unused,
        problems,
        notes,
      },
      text({ out, err, style }) {
        const rows = settings.map(({ key, value, from = "", what }) => [
          { text: key },
          {
            text: value === undefined ? "-" : shown(value),
            style: value === undefined ? style.dim : undefined,
          },
          { text: from, style: style.dim },
          { text: what, style: style.dim },
        ]);
        const columns = [
          { head: "SETTING" },
          { head: "VALUE", least: 12 },
          { head: "FROM" },
          { head: "WHAT IT IS", least: 20, leaveOut: 1 },
        ];
        out(fitTable(columns, rows, io.terminal.size()?.columns, style.dim));
        err("A dash: not set; the agent's own settings apply, or nothing.\n");
        for (const [whose, file] of [
          ["user", found.user],
          ["repository", found.repository],
        ] as const)
          if (file !== undefined)
            err(`${whose} file: ${printable(file.path)}${file.state === "absent" ? " (none)" : ""}\n`);
        for (const line of [...problems, ...notes]) err(`${printable(line)}\n`);
      },
    };
  },
});

/** Returns a value on one line, as a command line would have it. */
export function shown(value: SettingValue): string {
  return printable(Array.isArray(value) ? quoteWords(value) : value === "" ? "''" : String(value));
}

function fileView(file: ConfigFile | undefined): object {
  return { path: file?.path, state: file?.state };
}

function allowance({ repository, isAllowed, inForce }: Examined): object {
  return {
    needsAllow: repository?.state === "read" && (isAllowed || inForce.unused.length > 0),
    allowed: isAllowed,
  };
}
