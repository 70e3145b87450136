import { configPathOf } from "../../app/config/change.ts";
import { editConfig } from "../../app/config/edit.ts";
import { AppError } from "../../domain/errors.ts";
import { defineCommand } from "../command.ts";
import { printable } from "../output/table.ts";
import { type ConfigFlags, examined, ownerOf, queryOf, withFile } from "./query.ts";

export const editConfigCommand = defineCommand({
  name: "edit",
  summary: "open a settings file in your editor",
  description:
    "Opens your settings file, or with --repository that of the repository, in $VISUAL, else $EDITOR, else vi, and says afterwards whether it can be used.",
  examples: ["agent-sessions config edit", "EDITOR=nano agent-sessions config edit --repository"],
  needsNoConfig: true,
  options: withFile,
  async run(io, flags: ConfigFlags) {
    const query = queryOf(io, flags);
    const owner = ownerOf(flags);
    const path = configPathOf(query, owner);
    if (!io.terminal.hasKeyboard)
      throw new AppError("usage", "To edit settings needs a terminal.", {
        hint: "Type it in a terminal; for one setting there is: agent-sessions config set KEY VALUE",
      });
    await editConfig(query, owner);
    const found = await examined(io, flags);
    const file = found[owner];
    const exists = file !== undefined && file.state !== "absent";
    return {
      json: { type: "agent_sessions.config_edited", path, exists },
      text: exists ? `Saved: ${printable(path)}\n` : `Nothing was saved in ${printable(path)}.\n`,
    };
  },
});
