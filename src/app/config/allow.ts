import { dirname } from "node:path";
import type { SettingValue } from "../../domain/config/keys.ts";
import { AppError } from "../../domain/errors.ts";
import { splitWords } from "../../domain/words.ts";
import { AllowedFiles } from "../../stores/file/allowed.ts";
import { callingConversation } from "../caller.ts";
import type { Context } from "../context.ts";
import { configPathOf } from "./change.ts";
import { KNOWN } from "./examine.ts";
import { isCommand, readConfigFile, refuseBroken } from "./file.ts";
import type { ConfigQuery } from "./places.ts";

/** A repository's settings file that was allowed as it is now. */
export interface Allowed {
  path: string;
  settings: ReadonlyMap<string, SettingValue>;
  /** Programs in the repository that it has run: whoever may write there may change them. */
  programsInside: readonly string[];
}

/**
 * Allows all settings in the repository's file, until the file changes.
 *
 * @throws AppError `usage` where there is no such file, where it can't be used, and in a turn of an agent: an agent must
 * not allow what it has written
 */
export async function allowConfig(context: Context, query: ConfigQuery): Promise<Allowed> {
  refuseAgents(context);
  const path = configPathOf(query, "repository");
  const file = await readConfigFile(path, "repository", { uid: query.uid, agents: KNOWN });
  refuseBroken(file, "repository");
  if (file.state !== "read") {
    const why = file.state === "refused" ? file.why : "does not exist";
    throw new AppError("usage", `The file ${path} ${why}, so there is nothing to allow.`, {
      hint: "Make one with: agent-sessions config set --repository KEY VALUE",
    });
  }
  new AllowedFiles(context.home).add(path, file.text, context.now().toISOString());
  return { path, settings: file.settings, programsInside: programsInside(file.settings, dirname(path)) };
}

function programsInside(settings: ReadonlyMap<string, SettingValue>, root: string): string[] {
  const programs = [...settings].flatMap(([name, value]) =>
    isCommand(name) ? splitWords(String(value)) : [],
  );
  return [...new Set(programs.filter((word) => word.startsWith(`${root}/`)))];
}

/** Takes that back. Returns whether the file was allowed. @throws AppError `usage` outside of a repository */
export function revokeConfig(context: Context, query: ConfigQuery): { path: string; wasAllowed: boolean } {
  const path = configPathOf(query, "repository");
  return { path, wasAllowed: new AllowedFiles(context.home).remove(path) };
}

function refuseAgents({ agents, env }: Context): void {
  if (!env.AGENT_SESSIONS_TURN && !env.AGENT_SESSIONS_CHAIN && callingConversation(agents, env) === undefined)
    return;
  throw new AppError(
    "usage",
    "An agent has called config allow, and only a person can allow a settings file.",
    {
      hint: "Run it in a terminal of your own.",
    },
  );
}
