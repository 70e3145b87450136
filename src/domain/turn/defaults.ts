import type { TurnSettings } from "./settings.ts";

/** What the user's settings say for the turns of an agent. */
export type DefaultsOfAgent = Pick<
  TurnSettings,
  "model" | "effort" | "access" | "agentCommand" | "agentArgs" | "caps"
>;

/** What the user's settings say for turns that do not say it themselves. */
export interface TurnDefaults {
  /**
   * For each agent: a request beats the environment, that beats what the name remembers, and that beats the files.
   */
  ofAgents: Readonly<Record<string, { environment: DefaultsOfAgent; files: DefaultsOfAgent } | undefined>>;
  /** A program to start at the end of a turn, and its arguments. */
  onEnd?: readonly string[] | undefined;
}
