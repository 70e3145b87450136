import { resolve } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { TurnSettings } from "../../domain/turn/settings.ts";
import { quoteWords, splitWords } from "../../domain/words.ts";
import type { Context } from "../context.ts";

/** The settings of its last successful turn that a name remembers. */
export type Settings = Pick<TurnSettings, "model" | "effort" | "agentCommand" | "agentArgs">;

/** Returns the settings of a turn: the requested ones, else those that the name remembers. */
export function settingsFor(context: Context, agent: Agent, asked: Settings, entry: NameEntry): Settings {
  return {
    model: asked.model ?? entry.lastModel,
    effort: asked.effort ?? effortOf(context, agent, entry),
    agentCommand: asked.agentCommand ?? entry.agentCommand,
    agentArgs: asked.agentArgs ?? entry.agentArgs,
  };
}

/**
 * Drops a remembered effort that the agent does not know: an earlier version or another tool may have set it.
 */
function effortOf(context: Context, agent: Agent, { name, lastEffort }: NameEntry): string | undefined {
  if (lastEffort === undefined || agent.can.efforts.includes(lastEffort)) return lastEffort;
  context.notify(
    `${JSON.stringify(name)} remembers the effort ${JSON.stringify(lastEffort)}, which ${agent.title} does not support, so the turn uses the agent's default. Choose another one: ${agent.can.efforts.join(", ")}.`,
  );
  return undefined;
}

/** Returns the settings in a request as they are kept with its turn, whatever folder later commands run in. */
export function settingsIn(context: Context, asked: TurnSettings): TurnSettings {
  const { model, effort, access, schemaText, agentArgs, maxOutputBytes, stallMs, onEnd } = asked;
  const agentCommand = lastingCommand(context, asked.agentCommand);
  return { model, effort, access, schemaText, agentCommand, agentArgs, maxOutputBytes, stallMs, onEnd };
}

/** Returns the entry of a name after a successful turn. Settings that the turn did not set stay unchanged. */
export function remember(entry: NameEntry, plan: Settings): NameEntry {
  const { lastModel, lastEffort, agentCommand, agentArgs, ...others } = entry;
  const model = plan.model ?? lastModel;
  const effort = plan.effort ?? lastEffort;
  const command = plan.agentCommand ?? agentCommand;
  const args = plan.agentArgs ?? agentArgs;
  return {
    ...others,
    ...(model === undefined ? {} : { lastModel: model }),
    ...(effort === undefined ? {} : { lastEffort: effort }),
    ...(command === undefined || command === "" ? {} : { agentCommand: command }),
    ...(args === undefined || args.length === 0 ? {} : { agentArgs: args }),
  };
}

/** The settings that a name keeps when it is pointed at another conversation; see decision 0030. */
export function memoryOf({ lastModel, lastEffort, agentCommand, agentArgs }: NameEntry): Partial<NameEntry> {
  return {
    ...(lastModel === undefined ? {} : { lastModel }),
    ...(lastEffort === undefined ? {} : { lastEffort }),
    ...(agentCommand === undefined ? {} : { agentCommand }),
    ...(agentArgs === undefined ? {} : { agentArgs }),
  };
}

/** Whether both entries give the same settings to later turns. */
export function isSameMemory(left: NameEntry, right: NameEntry): boolean {
  const memory = ({ lastModel, lastEffort, agentCommand, agentArgs }: NameEntry) =>
    JSON.stringify([lastModel, lastEffort, agentCommand, agentArgs]);
  return memory(left) === memory(right);
}

/**
 * Makes a wrapper's command line independent of the folder: a path relative to the caller's folder becomes
 * absolute.
 */
function lastingCommand(context: Context, command: string | undefined): string | undefined {
  if (command === undefined || command.trim() === "") return command?.trim();
  const [program = "", ...args] = splitWords(command);
  return quoteWords([program.includes("/") ? resolve(context.cwd, program) : program, ...args]);
}
