import { dirname, resolve } from "node:path";
import type { SettingValue } from "../../domain/config/keys.ts";
import { AppError } from "../../domain/errors.ts";
import { splitWords } from "../../domain/words.ts";
import { AllowedFiles } from "../../stores/file/allowed.ts";
import { digest } from "../../stores/file/home.ts";
import { isThere } from "../../system/files/links.ts";
import type { Context } from "../context.ts";
import { refuseAgents } from "../only-people.ts";
import { settingsCommand } from "../wording.ts";
import { configPathOf } from "./change.ts";
import { KNOWN } from "./examine.ts";
import { isCommand, readConfigFile, refuseBroken } from "./file.ts";
import type { ConfigQuery } from "./places.ts";

/** How many characters of a file's hash stand for it where a person has to type them. */
const SHORT_HASH = 16;

/** A repository's settings file, to be allowed as it was read. */
export interface Allowable {
  path: string;
  settings: ReadonlyMap<string, SettingValue>;
  /** Files in the repository that are run or given to a program: whoever may write there may change them. */
  programsInside: readonly string[];
  sha256: string;
  /** The beginning of that. */
  shortHash: string;
}

/**
 * Returns what a permission would be for. Changes nothing.
 *
 * @throws AppError `usage` where there is no such file, where it can't be used, and in a turn of an agent: an agent must
 * not allow what it has written
 */
export async function readAllowable(context: Context, query: ConfigQuery): Promise<Allowable> {
  refuseAgents(context, "config allow", "allow a settings file");
  const path = configPathOf(query, "repository");
  const file = await readConfigFile(path, "repository", { uid: query.uid, agents: KNOWN });
  refuseBroken(file, "repository");
  if (file.state !== "read") {
    const why = file.state === "refused" ? file.why : "does not exist";
    throw new AppError("usage", `The file ${path} ${why}, so there is nothing to allow.`, {
      hint: `Make one with: ${settingsCommand("set", true)} KEY VALUE`,
    });
  }
  const sha256 = digest(file.text);
  const { settings } = file;
  const programsInside = filesInside(settings, dirname(path));
  return { path, settings, programsInside, sha256, shortHash: sha256.slice(0, SHORT_HASH) };
}

/** Whether somebody means this file, as it is, by the beginning of a hash. */
export function isMeantBy(hash: string, { sha256 }: Allowable): boolean {
  return hash.length >= SHORT_HASH && sha256.startsWith(hash.toLowerCase());
}

/** Allows all settings in the file as it was read, until the file changes. */
export function allowConfig(context: Context, { path, sha256 }: Allowable): void {
  new AllowedFiles(context.home).add(path, sha256, context.now().toISOString());
}

/** Returns what is in the repository of the words in commands and arguments; they are on the safe side taken as paths. */
function filesInside(settings: ReadonlyMap<string, SettingValue>, root: string): string[] {
  const words = [...settings].flatMap(([name, value]) => {
    if (Array.isArray(value)) return value;
    if (!isCommand(name)) return [];
    const [program = "", ...args] = splitWords(String(value));
    // A program without a slash is looked for on PATH.
    return program.includes("/") ? [program, ...args] : args;
  });
  // Also what is behind an equals sign, and in the command line of a shell.
  const paths = words.flatMap((word) => [word, ...word.split(/[\s=;&|]+/)]);
  const inside = paths
    .map((path) => resolve(root, path))
    .filter((path) => path.startsWith(`${root}/`) && (words.includes(path) || isThere(path)));
  return [...new Set(inside)];
}

/** Takes that back. Returns whether the file was allowed. @throws AppError `usage` outside of a repository */
export function revokeConfig(context: Context, query: ConfigQuery): { path: string; wasAllowed: boolean } {
  const path = configPathOf(query, "repository");
  return { path, wasAllowed: new AllowedFiles(context.home).remove(path) };
}
