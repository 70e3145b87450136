import { rename } from "../../app/names/rename.ts";
import { defineCommand } from "../command.ts";
import type { CommonOptions } from "../options.ts";
import { placeOfBoth } from "../place.ts";

export const renameCommand = defineCommand({
  name: "rename",
  alias: "mv",
  args: [
    ["<old>", "the name of the conversation"],
    ["<new>", "its new name"],
  ],
  summary: "give a conversation another name",
  description:
    "Gives a conversation another name; an existing name is not overwritten. Running and queued turns of the old name continue under the new name, and wait, attach and cancel find them there. If the old name is created again, it is a new conversation.",
  examples: ["agent-sessions rename review-src review-src-2025"],
  async run(io, name: string, newName: string, flags: CommonOptions) {
    const context = io.openContext();
    const place = await placeOfBoth(io, context, flags, { name, newName });
    const renamed = await rename(context, { name, newName, ...place });
    return {
      json: { type: "agent_sessions.renamed", ...renamed },
      text: `Renamed ${JSON.stringify(renamed.previousName)} to ${JSON.stringify(renamed.name)}; it points at ${renamed.agent} ${renamed.sessionId}.\n`,
    };
  },
});
