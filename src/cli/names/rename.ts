import { rename } from "../../app/names/rename.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf } from "../options.ts";

export const renameCommand = defineCommand({
  name: "rename",
  alias: "mv",
  args: [
    ["<old>", "the name of the conversation"],
    ["<new>", "its name from now on"],
  ],
  summary: "give a conversation another name",
  description:
    "Gives a conversation another name; a name that exists is not overwritten. Turns that run or wait in line under the old name go on under the new one, and wait, attach and cancel find them there. Whoever takes the old name later starts a conversation of its own.",
  examples: ["agent-sessions rename review-src review-src-2025"],
  async run(io, name: string, newName: string, flags: CommonOptions) {
    const renamed = await rename(io.openContext(), { name, newName, ...placeOf(io, flags) });
    return {
      json: { type: "agent_sessions.renamed", ...renamed },
      text: `Renamed ${JSON.stringify(renamed.previousName)} to ${JSON.stringify(renamed.name)}; it points at ${renamed.agent} ${renamed.sessionId}.\n`,
    };
  },
});
