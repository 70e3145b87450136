import { agents } from "../../agents/index.ts";
import { type InForce, inForce } from "../../domain/config/in-force.ts";
import type { KnownAgents, SettingValue } from "../../domain/config/keys.ts";
import type { OwnAgents } from "../../domain/config/own-agents.ts";
import { readTable, type Settings } from "../../domain/config/table.ts";
import { AllowedFiles } from "../../stores/file/allowed.ts";
import type { StateHome } from "../../stores/file/home.ts";
import { type ConfigFile, readConfigFile, withOwn } from "./file.ts";
import { type ConfigQuery, repositoryConfigPath, userConfigPath } from "./places.ts";

/** The settings files of a user in a folder, and what they come to. */
export interface Examined {
  user: ConfigFile | undefined;
  repository: ConfigFile | undefined;
  /** Whether the user has allowed the repository's file as it is now. */
  isAllowed: boolean;
  inForce: InForce;
  /** A variable with a value that it can't have, and why. */
  wrongVariable: string | undefined;
}

export const KNOWN = Object.values(agents);

/** The variables of the environment that are settings of turns. */
const VARIABLES = {
  agent: "AGENT_SESSIONS_AGENT",
  model: "AGENT_SESSIONS_MODEL",
  effort: "AGENT_SESSIONS_EFFORT",
  access: "AGENT_SESSIONS_ACCESS",
};

const OF_TURNS = ["agent", "model", "effort", "access"] as const;

const NOTHING: Settings = new Map();

/** Whether the environment has no setting of turns, so that without a file there are no settings. */
export function hasNoVariables(env: ConfigQuery["env"]): boolean {
  return OF_TURNS.every((key) => !env[VARIABLES[key]]);
}

/**
 * Reads the settings files, and throws nothing for what is wrong with them. `home` is called only if the
 * repository's file says something that has to be allowed.
 */
export async function examineConfig(
  query: ConfigQuery,
  home: () => StateHome,
  files?: Pick<Examined, "user" | "repository">,
): Promise<Examined> {
  const { user, repository } = files ?? (await readFiles(query));
  const known = withOwn(KNOWN, ownAgentsIn(user).keys());
  const { settings: environment, problem: wrongVariable } = fromEnvironment(query.env, known);
  const layers = {
    environment,
    user: settingsIn(user),
    repository: settingsIn(repository),
    defaultAgent: query.defaultAgent,
  };
  const found = inForce({ ...layers, isAllowed: false }, known);
  const isAllowed =
    found.unused.length > 0 &&
    repository?.state === "read" &&
    new AllowedFiles(home()).has(repository.path, repository.text);
  return {
    user,
    repository,
    isAllowed,
    inForce: isAllowed ? inForce({ ...layers, isAllowed }, known) : found,
    wrongVariable,
  };
}

/** Reads both files; where there is none, that costs two stats. */
export async function readFiles(query: ConfigQuery): Promise<Pick<Examined, "user" | "repository">> {
  const { uid } = query;
  const [userPath, repositoryPath] = [userConfigPath(query), repositoryConfigPath(query)];
  const user =
    userPath === undefined ? undefined : await readConfigFile(userPath, "user", { uid, agents: KNOWN });
  const known = { uid, agents: withOwn(KNOWN, ownAgentsIn(user).keys()) };
  return {
    user,
    repository:
      repositoryPath === undefined ? undefined : await readConfigFile(repositoryPath, "repository", known),
  };
}

/** Returns the user's own agents. */
export function ownAgentsIn(user: ConfigFile | undefined): OwnAgents {
  return user?.state === "read" ? user.ownAgents : new Map();
}

function settingsIn(file: ConfigFile | undefined): Settings {
  return file?.state === "read" ? file.settings : NOTHING;
}

function fromEnvironment(
  env: ConfigQuery["env"],
  known: KnownAgents,
): { settings: Settings; problem: string | undefined } {
  const given = OF_TURNS.flatMap((key): [string, SettingValue][] => {
    const value = env[VARIABLES[key]];
    return value ? [[key, value]] : [];
  });
  const { settings, problem } = readTable(Object.fromEntries(given), known);
  const all = new Map(settings);
  // What uses these two says itself what is wrong with them. An empty pager is none.
  if (env.AGENT_SESSIONS_KEEP_WARM) all.set("keep-warm", env.AGENT_SESSIONS_KEEP_WARM);
  if (env.PAGER !== undefined) all.set("pager", env.PAGER);
  const key = OF_TURNS.find((one) => problem?.startsWith(`${one} `));
  return { settings: all, problem: key && problem?.replace(key, VARIABLES[key]) };
}
