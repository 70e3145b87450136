import { dirname } from "node:path";
import { findKey, type NamedKey, type SettingValue, wrongWith } from "../../domain/config/keys.ts";
import { AppError } from "../../domain/errors.ts";
import { stateError } from "../../system/errors.ts";
import { replaceOwned } from "../../system/files/owned.ts";
import { makeFolder } from "../../system/files/write.ts";
import { OF_REPOSITORY, settingsCommand } from "../wording.ts";
import { KNOWN } from "./examine.ts";
import { type ConfigFile, MOST_BYTES, readConfigFile, refuseBroken, toml } from "./file.ts";
import {
  type ConfigQuery,
  type Owner,
  REPOSITORY_FILE,
  repositoryConfigPath,
  userConfigPath,
} from "./places.ts";

/** How often a change begins anew because another program has changed the file meanwhile. */
const MOST_TRIES = 5;

/** Returns the setting of this name. @throws AppError `usage` */
export function keyOf(name: string): NamedKey {
  const found = findKey(name, KNOWN);
  if (!("meant" in found)) return found;
  const suggestion = found.meant === undefined ? "" : ` Did you mean ${found.meant}?`;
  throw new AppError("usage", `There is no setting ${JSON.stringify(name)}.${suggestion}`, {
    hint: `See all of them with: ${settingsCommand("list")}`,
  });
}

/** Returns the value that words of a command line stand for. @throws AppError `usage` for one that the setting can't have */
export function valueFrom(named: NamedKey, words: readonly string[]): SettingValue {
  const [word = ""] = words;
  const isList = named.plain === "agent-args";
  if (!isList && words.length > 1)
    throw new AppError(
      "usage",
      `The setting ${named.name} takes one value, and ${words.length} were given.`,
      {
        hint: "Put it in quotes if it has spaces in it.",
      },
    );
  const value = isList
    ? words
    : named.plain === "notify" && /^(true|false)$/.test(word)
      ? word === "true"
      : word;
  const wrong = wrongWith(named, value, KNOWN);
  if (wrong === undefined) return value;
  throw new AppError("usage", `The setting ${named.name} ${wrong}.`, {
    hint: `See what there is with: ${settingsCommand("list")}`,
  });
}

/** Returns the path of a settings file. @throws AppError `usage` where there is no place for it */
export function configPathOf(query: ConfigQuery, owner: Owner): string {
  const path = owner === "user" ? userConfigPath(query) : repositoryConfigPath(query);
  if (path !== undefined) return path;
  if (owner === "user")
    throw new AppError("usage", "There is no home folder for settings.", { hint: "Set XDG_CONFIG_HOME." });
  throw new AppError(
    "usage",
    `The folder ${query.workspace} is not in a repository that belongs to you, so it has no ${REPOSITORY_FILE}.`,
    {
      hint: `Run this in a repository, or leave out ${OF_REPOSITORY}.`,
    },
  );
}

/**
 * Sets a value in a settings file, or removes it; comments and order stay. Atomic. Returns whether the file was changed.
 *
 * @throws AppError `usage` for a file that can't be read, and one in which the value can't be changed in place
 */
export async function changeConfig(
  query: ConfigQuery,
  { owner, named, value }: { owner: Owner; named: NamedKey; value: SettingValue | undefined },
): Promise<{ path: string; isChanged: boolean }> {
  const path = configPathOf(query, owner);
  for (let tries = 1; ; tries += 1) {
    const file = await readConfigFile(path, owner, { uid: query.uid, agents: KNOWN });
    const before = textOf(file, owner);
    const place = { table: named.agent, key: named.plain };
    const after = (await toml()).changeToml(before, place, value);
    if (after === undefined)
      throw new AppError(
        "usage",
        `The setting ${named.name} can't be changed in ${path} without changing more of it.`,
        {
          hint: `Change it by hand: ${settingsCommand("edit", owner === "repository")}`,
        },
      );
    if (after === before) return { path, isChanged: false };
    if (write({ path, owner, uid: query.uid }, after, before)) return { path, isChanged: true };
    if (tries === MOST_TRIES)
      throw new AppError("busy", `The file ${path} is changed by another program all the time.`, {
        hint: "Try again.",
      });
  }
}

/** @throws AppError `usage` for a file that can't be read; one with a wrong value can be changed */
function textOf(file: ConfigFile, owner: Owner): string {
  if (file.state === "absent") return "";
  if (file.state === "read" || (file.state === "broken" && file.line === undefined)) return file.text;
  refuseBroken(file, owner);
  const { path, why } = file as ConfigFile & { state: "refused" };
  throw new AppError("usage", `The file ${path} ${why}, so it is not changed.`, {
    hint: "Move it away, or mend it.",
  });
}

/** Returns false, having written nothing, if the file has changed since it was read. */
function write(
  { path, owner, uid }: { path: string; owner: Owner; uid: number },
  text: string,
  before: string,
): boolean {
  try {
    makeFolder(dirname(path));
    // Where your file is a link into another folder, it stays one. A link that stands now in a repository was put there
    // since the file was read.
    const mayBeLink = owner === "user";
    return replaceOwned(path, text, before, { uid, mostBytes: MOST_BYTES, mayBeLink });
  } catch (error) {
    throw stateError(error, "write", path);
  }
}
