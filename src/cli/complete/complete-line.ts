import type { Command } from "commander";
import { agents } from "../../agents/index.ts";
import { openContext } from "../../app/compose/open-context.ts";
import type { CommandIo } from "../terminal.ts";

/** What the shells call at a Tab. No help shows it. */
export const COMPLETE = "__complete";

/**
 * Prints what may stand at the end of a command line that is being typed. It changes nothing, says nothing to people and
 * never fails: a shell would print its errors into the line. `describe` returns the program with the command of a verb,
 * or with all commands.
 *
 * @returns the exit code
 */
export async function completeLine(
  words: readonly string[],
  { around, terminal }: CommandIo,
  describe: (verb: string) => Promise<Command>,
): Promise<number> {
  try {
    const { complete } = await import("./complete.ts");
    const open = () => openContext({ ...around, onlyLooks: true, notify: () => undefined });
    const { cwd, env, uid, userHome } = around;
    terminal.out(
      await complete(words, describe, { open, agents: Object.values(agents), cwd, env, uid, userHome }),
    );
  } catch {
    // Nothing is completed.
  }
  return 0;
}
