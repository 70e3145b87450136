import { resolve } from "node:path";
import type { Agent } from "../../domain/agent/agent.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import { quoteWords, splitWords } from "../../domain/words.ts";
import type { TurnPlan } from "../../stores/file/turns/plan.ts";
import type { Context } from "../context.ts";

/** What a name remembers of its last turn that succeeded. */
export interface Settings {
  model?: string | undefined;
  effort?: string | undefined;
  /** Empty: the agent itself. */
  agentCommand?: string | undefined;
  agentArgs?: readonly string[] | undefined;
}

/** What a turn of a name uses: what was asked for, else what the name remembers. */
export function settingsFor(context: Context, agent: Agent, asked: Settings, entry: NameEntry): Settings {
  return {
    model: asked.model ?? entry.lastModel,
    effort: asked.effort ?? effortOf(context, agent, entry),
    agentCommand: asked.agentCommand ?? entry.agentCommand,
    agentArgs: asked.agentArgs ?? entry.agentArgs,
  };
}

/** An earlier version, or another tool, may have remembered an effort that the agent does not know. */
function effortOf(context: Context, agent: Agent, { name, lastEffort }: NameEntry): string | undefined {
  if (lastEffort === undefined || agent.can.efforts.includes(lastEffort)) return lastEffort;
  context.notify(
    `${JSON.stringify(name)} remembers the effort ${JSON.stringify(lastEffort)}, which ${agent.title} does not know: it runs with its own. Give another one with --effort: ${agent.can.efforts.join(", ")}.`,
  );
  return undefined;
}

/** The entry of a name after a turn that succeeded. What the turn was not told stays as it was. */
export function remember(entry: NameEntry, plan: TurnPlan): NameEntry {
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

/** What a name takes along where it is pointed at another conversation; see the decision 0030. */
export function memoryOf({ lastModel, lastEffort, agentCommand, agentArgs }: NameEntry): Partial<NameEntry> {
  return {
    ...(lastModel === undefined ? {} : { lastModel }),
    ...(lastEffort === undefined ? {} : { lastEffort }),
    ...(agentCommand === undefined ? {} : { agentCommand }),
    ...(agentArgs === undefined ? {} : { agentArgs }),
  };
}

/** Whether later turns of a name go the same way by both. */
export function isSameMemory(left: NameEntry, right: NameEntry): boolean {
  const memory = ({ lastModel, lastEffort, agentCommand, agentArgs }: NameEntry) =>
    JSON.stringify([lastModel, lastEffort, agentCommand, agentArgs]);
  return memory(left) === memory(right);
}

/** A wrapper as it is found from every folder: a path that began at the caller's is absolute then. */
export function lastingCommand(context: Context, command: string | undefined): string | undefined {
  if (command === undefined || command.trim() === "") return command?.trim();
  const [program = "", ...args] = splitWords(command);
  return quoteWords([program.includes("/") ? resolve(context.cwd, program) : program, ...args]);
}
