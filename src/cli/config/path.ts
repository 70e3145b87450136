import { existsSync } from "node:fs";
import { configPathOf } from "../../app/config/change.ts";
import { repositoryConfigPath, userConfigPath } from "../../app/config/places.ts";
import { defineCommand } from "../command.ts";
import { printable } from "../output/table.ts";
import { type ConfigFlags, ownerOf, queryOf, withFile } from "./query.ts";

export const pathConfig = defineCommand({
  name: "path",
  summary: "print where a settings file is",
  description:
    "Prints the path of your settings file, or with --repository that of the repository, whether the file exists or not.",
  examples: ["agent-sessions config path", "cat $(agent-sessions config path --repository)"],
  needsNoConfig: true,
  options: withFile,
  run(io, flags: ConfigFlags) {
    const query = queryOf(io, flags);
    const path = configPathOf(query, ownerOf(flags));
    const view = (one: string | undefined) => ({ path: one, exists: one !== undefined && existsSync(one) });
    return {
      json: {
        type: "agent_sessions.config_path",
        path,
        exists: existsSync(path),
        user: view(userConfigPath(query)),
        repository: view(repositoryConfigPath(query)),
      },
      text: ({ out }) => out(`${printable(path)}\n`),
    };
  },
});
