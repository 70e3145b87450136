import { moves, splitMovesAgo } from "../../app/names/reflog.ts";
import { restore } from "../../app/names/restore.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, placeOf, withCommon } from "../options.ts";
import { describeMoves } from "../output/moves.ts";
import { movesRecord, restoredRecord } from "../output/records/name.ts";

interface RestoreFlags extends CommonOptions {
  list?: boolean;
}

export const restoreCommand = defineCommand({
  name: "restore",
  args: [["<name[@N]>", "the name, and how many moves to go back"]],
  summary: "bring a name back, or undo its moves",
  description:
    "Brings back a name that was taken away. NAME@N points a name at what it pointed at N moves ago: NAME@1 is before its last move. The conversation must still be there: those without a name are kept for 30 days (see gc).",
  examples: [
    "agent-sessions restore review-src",
    "agent-sessions restore review-src --list",
    "agent-sessions restore review-src@1",
  ],
  options(command) {
    withCommon(
      command.option("-l, --list", "show the moves of the name, and restore nothing"),
      "which agent's name, where two have had it",
    );
  },
  async run(io, word: string, flags: RestoreFlags) {
    const context = io.openContext();
    const place = placeOf(io, flags);
    const query = { ...(await splitMovesAgo(context, { name: word, ...place })), ...place };
    if (flags.list) {
      const listed = await moves(context, query);
      return {
        json: movesRecord(place.workspace, listed),
        text: ({ out, style }) => out(describeMoves(listed, context.now(), style)),
      };
    }
    const restored = await restore(context, query);
    const { name, agent, sessionId, previousSessionId } = restored;
    const before = previousSessionId === undefined ? "" : ` instead of ${previousSessionId}`;
    return {
      json: restoredRecord(place.workspace, restored),
      text: `Restored ${JSON.stringify(name)}; it points at ${agent} ${sessionId}${before}.\n`,
    };
  },
});
