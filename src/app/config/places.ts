import { isAbsolute, join } from "node:path";
import { repositoryRoot } from "../../system/places/repository.ts";

/** Where settings are looked for. */
export interface ConfigQuery {
  env: Readonly<Record<string, string | undefined>>;
  uid: number;
  userHome: string | undefined;
  /** The folder whose repository is meant: absolute, with symbolic links resolved. */
  workspace: string;
  /** The agent of a new conversation if no settings name one. */
  defaultAgent: string;
}

/** Whose settings a file has. */
export type Owner = "user" | "repository";

/** The name of a repository's settings file. */
export const REPOSITORY_FILE = ".agent-sessions.toml";

/**
 * Returns the path of the user's settings file, `$XDG_CONFIG_HOME/agent-sessions/config.toml`, else below
 * `~/.config`; undefined for a user without a home folder.
 */
export function userConfigPath({ env, userHome }: Pick<ConfigQuery, "env" | "userHome">): string | undefined {
  const xdg = env.XDG_CONFIG_HOME;
  const folder =
    xdg !== undefined && isAbsolute(xdg)
      ? xdg
      : userHome === undefined
        ? undefined
        : join(userHome, ".config");
  return folder === undefined ? undefined : join(folder, "agent-sessions", "config.toml");
}

/** Returns the path of the repository's settings file; undefined outside of a repository. */
export function repositoryConfigPath({
  workspace,
  uid,
  userHome,
}: Pick<ConfigQuery, "workspace" | "uid" | "userHome">): string | undefined {
  const root = repositoryRoot(workspace, { uid, userHome });
  return root === undefined ? undefined : join(root, REPOSITORY_FILE);
}
