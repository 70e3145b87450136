import { keepTurns } from "../../app/keeper/keep.ts";
import { KEEP } from "../../app/turn/waiting/keeper.ts";
import { leaveFolder } from "../../system/places/working-folder.ts";
import type { DefinedCommand } from "../command.ts";

/** What keeps the detached turns of a conversation that wait. Nobody reads its output, and no list shows it. */
export const keepCommand: DefinedCommand = {
  name: KEEP,
  add(program, io, done) {
    program
      .command(KEEP, { hidden: true })
      .argument("<keeper>")
      .action(async (id: string) => {
        const context = io.openContext();
        const { signal } = io.catchSignals();
        leaveFolder();
        await keepTurns(context, id, signal);
        done(0);
      });
  },
};
