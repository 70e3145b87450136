import { resolve } from "node:path";
import type { Access } from "../../domain/agent/access.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import type { NameEntry } from "../../domain/names/name.ts";
import type { DefaultsOfAgent } from "../../domain/turn/defaults.ts";
import type { TurnSettings, Unlearned } from "../../domain/turn/settings.ts";
import { quoteWords, splitWords } from "../../domain/words.ts";
import type { Context } from "../context.ts";

/** The settings of a turn that do not come from its request alone. */
export type Settings = Pick<
  TurnSettings,
  "model" | "effort" | "access" | "agentCommand" | "agentArgs" | "unlearned" | "inherited" | "caps"
>;

/** What settings are remembered: by a name, absent where there is none yet, and by its conversation. */
interface Memory {
  entry?: NameEntry | undefined;
  access?: Access | undefined;
  /** Whether there is a conversation without a name. */
  isNameless?: true;
}

const NOTHING: { environment: DefaultsOfAgent; files: DefaultsOfAgent } = { environment: {}, files: {} };

/**
 * Returns the settings of a turn: what was asked for, else what the environment says, else what is remembered, else what
 * the user's settings files say; see decision 0046. Chosen once for each turn: what is chosen no longer tells that a
 * name remembers no wrapper.
 */
export function settingsFor(
  context: Context,
  agent: Agent,
  asked: Settings,
  { entry, access, isNameless }: Memory,
): Settings {
  const { environment, files } = context.defaults?.ofAgents[agent.name] ?? NOTHING;
  const unlearned: Unlearned = { ...asked.unlearned };
  const choose = <Key extends "model" | "effort" | "access">(
    key: Key,
    remember: () => Settings[Key],
  ): Settings[Key] => {
    if (asked[key] !== undefined) return asked[key];
    if (unlearned[key] === "clear") return files[key];
    const remembered = environment[key] === undefined ? remember() : undefined;
    const found = environment[key] ?? remembered ?? files[key];
    if (found !== undefined && remembered === undefined) unlearned[key] = "keep";
    return found;
  };
  // A name always remembers how its agent is started, be it without a wrapper. Without one, nothing is known of it.
  const start = entry ?? (isNameless ? {} : files);
  return {
    model: choose("model", () => entry?.lastModel),
    effort: choose("effort", () => entry && effortOf(context, agent, entry)),
    access: choose("access", () => access),
    agentCommand: asked.agentCommand ?? start.agentCommand,
    agentArgs: asked.agentArgs ?? start.agentArgs,
    unlearned: Object.keys(unlearned).length === 0 ? undefined : unlearned,
    caps: asked.caps ?? files.caps,
  };
}

/**
 * Returns the settings of a turn that begins a conversation with what another one's name remembers, as a fork does. The
 * new name remembers it too where the turn uses something else that nobody asked for.
 */
export function settingsFrom(context: Context, agent: Agent, asked: Settings, memory: Memory): Settings {
  const chosen = settingsFor(context, agent, asked, memory);
  const { lastModel, lastEffort } = memory.entry ?? {};
  const before = { model: lastModel, effort: lastEffort, access: memory.access };
  const kept = (["model", "effort", "access"] as const).filter(
    (key) => chosen.unlearned?.[key] === "keep" && before[key] !== undefined,
  );
  if (kept.length === 0) return chosen;
  return { ...chosen, inherited: Object.fromEntries(kept.map((key) => [key, before[key]])) };
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
  const {
    model,
    effort,
    access,
    schemaText,
    agentArgs,
    maxOutputBytes,
    stallMs,
    onEnd,
    unlearned,
    inherited,
    caps,
    stopAtBudget,
  } = asked;
  const agentCommand = lastingCommand(context, asked.agentCommand);
  const limits = { maxOutputBytes, stallMs };
  return {
    model,
    effort,
    access,
    schemaText,
    agentCommand,
    agentArgs,
    ...limits,
    onEnd,
    unlearned,
    inherited,
    caps,
    stopAtBudget,
  };
}

/** What the entry of a new name has from the start. */
export function inheritedMemory({ inherited: { model, effort } = {} }: Settings): Partial<NameEntry> {
  return {
    ...(model === undefined ? {} : { lastModel: model }),
    ...(effort === undefined ? {} : { lastEffort: effort }),
  };
}

/** Returns the entry of a name after a successful turn. Settings that the turn did not set stay unchanged. */
export function remember(entry: NameEntry, plan: Settings): NameEntry {
  const { lastModel, lastEffort, agentCommand, agentArgs, ...others } = entry;
  const learn = (key: "model" | "effort", before: string | undefined) => {
    const how = plan.unlearned?.[key];
    return how === "clear" ? undefined : how === "keep" ? before : (plan[key] ?? before);
  };
  const model = learn("model", lastModel);
  const effort = learn("effort", lastEffort);
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

/** Returns the access that a conversation keeps from the turn that begins it. */
export function accessLearned({ access, unlearned, inherited }: Settings): Access | undefined {
  return unlearned?.access === "keep" ? inherited?.access : access;
}

/** What a name keeps when it is pointed at another conversation: settings (see decision 0030) and its budget. */
export function memoryOf({
  lastModel,
  lastEffort,
  agentCommand,
  agentArgs,
  budget,
}: NameEntry): Partial<NameEntry> {
  return {
    ...(budget === undefined ? {} : { budget }),
    ...(lastModel === undefined ? {} : { lastModel }),
    ...(lastEffort === undefined ? {} : { lastEffort }),
    ...(agentCommand === undefined ? {} : { agentCommand }),
    ...(agentArgs === undefined ? {} : { agentArgs }),
  };
}

/** What a new name of a conversation that is there already remembers: how the settings say that its agent is started. */
export function startOf({ defaults }: Context, { name }: Agent): Partial<NameEntry> {
  const { agentCommand, agentArgs } = defaults?.ofAgents[name]?.files ?? {};
  return {
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
