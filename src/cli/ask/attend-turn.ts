import { attendMine } from "../../app/ask/attend.ts";
import { ATTEND } from "../../app/turn/waiting/attendant.ts";
import type { DefinedCommand } from "../command.ts";

/** What a detached first turn of a conversation runs in. Nobody reads its output, and no list shows it. */
export const attendCommand: DefinedCommand = {
  name: ATTEND,
  add(program, io, done) {
    program
      .command(ATTEND, { hidden: true })
      .argument("<turn>")
      .action(async (turnId: string) => {
        await attendMine(io.openContext(), turnId, io.catchSignals().signal);
        done(0);
      });
  },
};
