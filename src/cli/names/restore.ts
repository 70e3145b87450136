import type { Command } from "commander";
import { moves, splitMovesAgo } from "../../app/names/reflog.ts";
import { restore } from "../../app/names/restore.ts";
import { openContext } from "../../app/open-context.ts";
import { type CommonOptions, withCommon, workspaceOf } from "../options.ts";
import { jsonLine } from "../output/json.ts";
import { describeMoves } from "../output/moves.ts";
import { movesRecord, restoredRecord } from "../output/records/name.ts";
import { styleFor } from "../output/style.ts";
import type { CommandIo } from "../terminal.ts";

interface RestoreFlags extends CommonOptions {
  list?: boolean;
}

const EXAMPLES = `Examples:
  agent-sessions restore review-src
  agent-sessions restore review-src --list
  agent-sessions restore review-src@1
`;

export function addRestore(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  const command = program
    .command("restore")
    .argument("<name[@N]>", "the name, and how many moves to go back")
    .summary("bring a name back, or undo its moves")
    .description(
      "Brings back a name that was taken away. NAME@N points a name at what it pointed at N moves ago: NAME@1 is before its last move. The conversation must still be there: those without a name are kept for 30 days (see gc).",
    )
    .addHelpText("before", EXAMPLES)
    .option("-l, --list", "show the moves of the name, and restore nothing");
  withCommon(command, { agent: "which agent's name, where two have had it" }).action(
    async (word: string, flags: RestoreFlags) => {
      const context = openContext(io.around);
      const workspace = workspaceOf(io, flags);
      const asked = await splitMovesAgo(context, { name: word, workspace, agent: flags.agent });
      const query = { ...asked, workspace, agent: flags.agent };
      const { terminal } = io;
      if (flags.list) {
        const listed = await moves(context, query);
        const style = styleFor(terminal.hasColor.out);
        terminal.out(
          flags.json ? jsonLine(movesRecord(workspace, listed)) : describeMoves(listed, context.now(), style),
        );
        return done(0);
      }
      const restored = await restore(context, query);
      if (flags.json) terminal.out(jsonLine(restoredRecord(workspace, restored)));
      else {
        const { name, agent, sessionId, previousSessionId } = restored;
        const before = previousSessionId === undefined ? "" : ` instead of ${previousSessionId}`;
        terminal.err(`Restored ${JSON.stringify(name)}; it points at ${agent} ${sessionId}${before}.\n`);
      }
      done(0);
    },
  );
}
