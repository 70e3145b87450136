import type { TurnSettings } from "./settings.ts";

/** What the user's settings say for the turns of an agent. */
export type DefaultsOfAgent = Pick<
  TurnSettings,
  "model" | "effort" | "access" | "agentCommand" | "agentArgs" | "onEnd"
>;

/**
 * For each agent, what the settings say: a request beats the environment, that beats what the name remembers, and
 * that beats the files.
 */
export type TurnDefaults = Readonly<
  Record<string, { environment: DefaultsOfAgent; files: DefaultsOfAgent } | undefined>
>;
