import type { Command } from "commander";
import { examineConfig } from "../../app/config/examine.ts";
import type { ConfigQuery, Owner } from "../../app/config/places.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import { JSON_OPTION } from "../options.ts";
import type { CommandIo } from "../terminal.ts";

export interface ConfigFlags {
  workspace?: string;
  repository?: boolean;
  json?: boolean;
}

/** Adds the options of the commands that read settings. */
export function withPlace(command: Command): Command {
  return command
    .option("-w, --workspace <dir>", "a folder of the repository (default: the current one)")
    .option(...JSON_OPTION);
}

/** Adds the options of the commands about one settings file. */
export function withFile(command: Command): Command {
  return withPlace(command.option("--repository", "the repository's file instead of yours"));
}

export function ownerOf({ repository }: ConfigFlags): Owner {
  return repository ? "repository" : "user";
}

/** Returns where the settings of a command line are looked for. */
export function queryOf({ around, defaultAgent }: CommandIo, { workspace }: ConfigFlags): ConfigQuery {
  const { env, uid, userHome, cwd } = around;
  return { env, uid, userHome, workspace: resolveWorkspace(workspace || cwd, cwd), defaultAgent };
}

/** Reads the settings; throws nothing for what is wrong with them. */
export function examined(io: CommandIo, flags: ConfigFlags) {
  return examineConfig(queryOf(io, flags), () => io.openContext(() => undefined).home);
}
