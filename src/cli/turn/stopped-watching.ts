import { AppError } from "../../domain/errors.ts";
import { quoteWord } from "../../domain/words.ts";
import { type CommonOptions, placeFlags } from "../options.ts";

/** When a signal ends a command that only watches a turn, throws an error that says that the turn goes on. */
export async function stoppedWatching<T>(
  name: string,
  flags: CommonOptions & { turn?: string },
  watch: () => Promise<T>,
): Promise<T> {
  try {
    return await watch();
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== "cancelled" && error.code !== "terminated"))
      throw error;
    const { turn } = flags;
    const which = `${turn === undefined ? "" : ` --turn ${quoteWord(turn)}`}${placeFlags(flags)}`;
    throw new AppError(error.code, "Stopped watching; the turn continues.", {
      hint: `Come back with: agent-sessions wait ${quoteWord(name)}${which}   or end it with: agent-sessions cancel ${quoteWord(name)}${which}`,
    });
  }
}
