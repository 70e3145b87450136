import { type Command, Option } from "commander";
import { DEFAULT_CEILING } from "../../app/mcp/server-words.ts";
import { ACCESSES } from "../../domain/agent/access.ts";

/** Adds what limits an agent that is given the server. */
export function withCeiling(command: Command): Command {
  return command
    .addOption(
      new Option("--max-access <access>", "the most that an agent may do that is asked over this server")
        .choices(ACCESSES)
        .default(DEFAULT_CEILING),
    )
    .option("--read-only", "offer only the tools that read");
}
