import { attendTurn } from "../../app/ask/attend.ts";
import { ATTEND } from "../../app/turn/attendant.ts";
import type { DefinedCommand } from "../command.ts";

/** What `--detach` starts in the background. Nobody reads its output, and no list shows it. */
export const attendCommand: DefinedCommand = {
  name: ATTEND,
  add(program, io, done) {
    program
      .command(ATTEND, { hidden: true })
      .argument("<turn>")
      .action(async (turnId: string) => {
        await attendTurn(io.openContext(), turnId, io.catchSignals().signal);
        done(0);
      });
  },
};
