import { AppError } from "../../domain/errors.ts";
import type { DefinedCommand, RareCommand } from "../command.ts";

/**
 * Returns the whole of a command: that of a rare one is in a file of its own.
 *
 * @throws AppError where that file can't be used
 */
export async function loaded(command: DefinedCommand | RareCommand): Promise<DefinedCommand> {
  if (!("load" in command)) return command;
  try {
    return (await command.load()) ?? noCommand();
  } catch (cause) {
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new AppError("internal", `The file of the command ${command.name} can't be used: ${why}`, {
      hint: "Was agent-sessions installed or removed meanwhile? Run the command again. If it fails again, install agent-sessions anew.",
      cause,
    });
  }
}

function noCommand(): never {
  throw new Error("there is no command in it.");
}
