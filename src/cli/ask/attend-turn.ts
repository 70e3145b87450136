import type { Command } from "commander";
import { attendTurn } from "../../app/ask/attend.ts";
import { ATTEND } from "../../app/ask/background.ts";
import { openContext } from "../../app/open-context.ts";
import type { CommandIo } from "../terminal.ts";

/**
 * Adds the command that `--detach` starts in the background. Nobody reads its output, and no list shows it.
 */
export function addAttendTurn(program: Command, io: CommandIo, done: (exitCode: number) => void): void {
  program
    .command(ATTEND, { hidden: true })
    .argument("<turn>")
    .action(async (turnId: string) => {
      await attendTurn(openContext(io.around), turnId, io.catchSignals().signal);
      done(0);
    });
}
