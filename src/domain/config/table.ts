import { isRecord } from "../shape.ts";
import { type KnownAgents, keyNamed, type SettingValue, wrongWith } from "./keys.ts";
import { OWN_AGENTS } from "./own-agents.ts";

/** The settings of one file, by their names as `findKey` knows them. */
export type Settings = ReadonlyMap<string, SettingValue>;

export interface ReadTable {
  settings: Settings;
  /** Names that are no settings. */
  unknown: readonly string[];
  /** Why the first wrong value is wrong, with its name. */
  problem: string | undefined;
}

/** Reads the table of a settings file, with the tables of agents in it. */
export function readTable(table: Readonly<Record<string, unknown>>, agents: KnownAgents): ReadTable {
  const settings = new Map<string, SettingValue>();
  const unknown: string[] = [];
  const problems: string[] = [];
  // Those of the user's own agents are read apart.
  const { [OWN_AGENTS]: _, ...settingsTable } = table;
  for (const [name, value] of flatten(settingsTable, agents)) {
    const found = keyNamed(name, agents);
    if (found === undefined) unknown.push(name);
    else {
      const wrong = wrongWith(found, value, agents);
      if (wrong === undefined) settings.set(name, value as SettingValue);
      else problems.push(`${name} ${wrong}`);
    }
  }
  return { settings, unknown, problem: problems[0] };
}

function flatten(table: Readonly<Record<string, unknown>>, agents: KnownAgents): [string, unknown][] {
  return Object.entries(table).flatMap(([name, value]): [string, unknown][] => {
    const isTable = isRecord(value) && agents.some((agent) => agent.name === name);
    if (!isTable) return [[name, value]];
    return Object.entries(value).map(([key, inner]) => [`${name}.${key}`, inner]);
  });
}
