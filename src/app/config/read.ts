import type { Access } from "../../domain/agent/access.ts";
import type { Found } from "../../domain/config/in-force.ts";
import type { DefaultsOfAgent, TurnDefaults } from "../../domain/turn/defaults.ts";
import { splitWords } from "../../domain/words.ts";
import type { StateHome } from "../../stores/file/home.ts";
import { examineConfig, hasNoVariables, ownAgentsIn, readFiles } from "./examine.ts";
import type { ConfigFile } from "./file.ts";
import { notesOn, refuseProblems } from "./notes.ts";
import type { ConfigQuery } from "./places.ts";

/** The settings of a user in a folder. */
export interface Config {
  /** The agent of a new conversation. */
  agent?: string | undefined;
  /** The names of the user's own agents; `defaults` has their commands. */
  ownAgents?: readonly string[] | undefined;
  /** What applies to a turn unless the request or the name says otherwise. */
  defaults?: TurnDefaults | undefined;
  /** A duration, or `off`. */
  keepWarm?: string | undefined;
  /** A command; empty for none. */
  pager?: string | undefined;
  /** Whether the end of a turn notifies at a terminal. */
  notify?: boolean | undefined;
  /** What was not used and why, one sentence each. */
  notes: readonly string[];
}

export const NO_CONFIG: Config = { notes: [] };

/**
 * Returns the settings for a folder. Where there is no file, that costs two stats.
 *
 * @throws AppError `usage` for a file that can't be read, with its path, the line and the column
 */
export async function readConfig(query: ConfigQuery, home: () => StateHome): Promise<Config> {
  const files = await readFiles(query);
  if (isAbsent(files.user) && isAbsent(files.repository) && hasNoVariables(query.env)) return NO_CONFIG;
  const examined = await examineConfig(query, home, files);
  refuseProblems(examined);
  const { plain, ofAgents } = examined.inForce;
  const text = (key: string) => {
    const found = plain.get(key);
    return found === undefined || found.from === "environment" ? undefined : String(found.value);
  };
  const onEnd = text("on-end");
  const own = ownAgentsIn(examined.user);
  const agents = [...ofAgents].map(
    ([name, { files, environment, budgets }]) =>
      [
        name,
        {
          files: {
            ...withCommand(defaultsIn(files), own.get(name)),
            ...(budgets.length > 0 ? { caps: budgets } : {}),
          },
          environment: defaultsIn(environment),
        },
      ] as const,
  );
  return {
    agent: plain.get("agent")?.value.toString(),
    ownAgents: [...own.keys()],
    defaults: {
      ofAgents: Object.fromEntries(agents),
      onEnd: onEnd === undefined ? undefined : splitWords(onEnd),
    },
    keepWarm: text("keep-warm"),
    pager: text("pager"),
    notify: plain.get("notify")?.value === true,
    notes: notesOn(examined),
  };
}

/** An agent of the user's own is started like one with a wrapper: the name of a conversation remembers how. */
function withCommand(defaults: DefaultsOfAgent, command: string | undefined): DefaultsOfAgent {
  return { ...defaults, agentCommand: defaults.agentCommand ?? command };
}

function isAbsent(file: ConfigFile | undefined): boolean {
  return file === undefined || file.state === "absent";
}

function defaultsIn(found: ReadonlyMap<string, Found>): DefaultsOfAgent {
  const value = (key: string) => found.get(key)?.value;
  const text = (key: string) => value(key)?.toString();
  const args = value("agent-args");
  return {
    model: text("model"),
    effort: text("effort"),
    access: text("access") as Access | undefined,
    agentCommand: text("agent-cmd"),
    agentArgs: Array.isArray(args) ? args : undefined,
  };
}
