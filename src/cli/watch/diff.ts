import { diff } from "../../app/watch/diff.ts";
import { defineCommand } from "../command.ts";
import { type CommonOptions, TURN_OPTION, withCommon } from "../options.ts";
import { printableLines } from "../output/table.ts";
import { placeOf } from "../place.ts";

interface DiffFlags extends CommonOptions {
  turn?: string;
}

export const diffCommand = defineCommand({
  name: "diff",
  args: [["<name>", "the name of the conversation"]],
  summary: "what a turn with a tree of its own has changed",
  description:
    "Prints what a turn has changed on its worker's machine, as a patch of git. Only a turn with --tree COMMIT or --tree carry has one: the others work on the folder itself. The patch is relative to the tree that the turn began with, and git apply takes all of it or nothing.",
  examples: [
    "agent-sessions diff review-src | git apply",
    "agent-sessions diff review-src --turn 20261126-215111-85d6a513",
    "agent-sessions diff review-src --json | jq -r .patch_base64 | base64 -d | git apply --3way",
  ],
  options(command) {
    withCommon(command.option(...TURN_OPTION));
  },
  async run(io, name: string, flags: DiffFlags) {
    const context = io.openContext();
    const place = await placeOf(io, context, flags, name);
    const { turnId, tree, patch } = await diff(context, { name, ...place, turnId: flags.turn });
    const bytes = Buffer.from(patch);
    if (!flags.json && bytes.length > 0 && !io.terminal.isInteractive) {
      await io.terminal.outLater(bytes);
      return 0;
    }
    return {
      json: () => ({
        type: "agent_sessions.diff",
        turnId,
        commit: tree.before.commit,
        dirty: tree.before.isDirty,
        bytes: bytes.length,
        patchBase64: bytes.toString("base64"),
      }),
      text:
        bytes.length === 0
          ? `Turn ${turnId} has changed nothing.\n`
          : ({ out }) => out(printableLines(bytes.toString("utf8"))),
    };
  },
});
