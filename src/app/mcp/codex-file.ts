import { dirname, join } from "node:path";
import { errnoOf } from "../../system/errors.ts";
import { removeFile } from "../../system/files/folder.ts";
import { isThere, modeOf, realPathOf } from "../../system/files/links.ts";
import { type OwnedFile, readOwned, replaceOwned } from "../../system/files/owned.ts";
import { makeFolder, replaceFile } from "../../system/files/write.ts";
import { type TakenApart, takeApart, withBlock, wordsOf } from "./codex-table.ts";
import { PASSED_ON } from "./codex-variables.ts";
import { type Done, type Installation, type Refused, type Registration, refuse } from "./registration.ts";
import { programIn, SERVER, serverWords } from "./server-words.ts";

/** A configuration is written by people, and by Codex for each folder that is trusted. */
const MOST_BYTES = 4_194_304;
const REMOVE = `codex mcp remove ${SERVER}`;
const SHOW = "agent-sessions mcp install --agent codex --print";

export function codexPath({ agent, around }: Pick<Registration, "agent" | "around">): string {
  return join(agent.configFolder?.(around.env) ?? "/", "config.toml");
}

/** Returns the file as it is; undefined if there is none. */
export function readCodexFile(request: Pick<Registration, "agent" | "around">): OwnedFile | undefined {
  return readOwned(codexPath(request), wanted(request));
}

/** Puts the server into a marked block at the end of Codex's configuration. All before it stays, byte by byte. */
export function installInCodex(request: Installation): Done | Refused {
  const path = codexPath(request);
  const found = readCodexFile(request);
  if (found !== undefined && "refused" in found) return notRead(path, found.refused);
  const words = serverWords(request.around, request.flags);
  const variables = [...new Set([...PASSED_ON, ...request.signInVariables])];
  const apart = takeApart(found?.text ?? "", request.parse);
  if (apart.state !== "whole") return notWhole(path, apart);
  const { rest, block, entry, isWholeFile } = apart;
  if (entry !== undefined && block === undefined) {
    if (wordsOf(entry).join("\0") === words.join("\0")) return { state: "already_installed", path, words };
    return refuse("usage", `${path} has a server ${SERVER} already, which was not written by this command.`, {
      hint: `See it with: codex mcp get ${SERVER}   Remove it with: ${REMOVE}   Then install again.`,
      facts: { path },
    });
  }
  const isNew = found === undefined || (isWholeFile && rest === "");
  const text = withBlock(isNew ? undefined : rest, { words, variables }, request.parse);
  if (text === undefined)
    return refuse("usage", `Nothing can be added to ${path}: its mcp_servers are not tables of their own.`, {
      hint: `Write each of them as a table, such as [mcp_servers.NAME], or add by hand what this shows: ${SHOW}`,
      facts: { path },
    });
  if (text === found?.text) return { state: "already_installed", path, words };
  const added = text.slice(isNew ? 0 : rest.length).trimStart();
  const state = block === undefined ? "installed" : "replaced";
  if (request.onlyShows) return { state, path, words, block: added };
  const written = write(request, path, { text, before: found?.text, isReplaced: block !== undefined });
  return "refused" in written ? written : { state, path, words, block: added, copy: written.copy };
}

/** Takes the block out again: the rest is as it was, byte by byte. */
export function uninstallFromCodex(request: Registration): Done | Refused | "by command" {
  const path = codexPath(request);
  const found = readCodexFile(request);
  if (found === undefined) return { state: "not_installed", path, words: [] };
  if ("refused" in found) return notRead(path, found.refused);
  const apart = takeApart(found.text, request.parse);
  if (apart.state !== "whole") return notWhole(path, apart);
  const { rest, block, entry, isWholeFile } = apart;
  if (entry === undefined) return { state: "not_installed", path, words: [] };
  const words = wordsOf(entry);
  // `codex mcp add` and `remove` of another server write all of them anew, and lose our marks (0.169.0).
  if (block === undefined) {
    if (programIn(words) !== undefined) return "by command";
    return refuse("usage", `The server ${SERVER} in ${path} was not written by agent-sessions.`, {
      hint: `Remove it with: ${REMOVE}`,
      facts: { path },
    });
  }
  const done: Done = { state: "removed", path, words, block };
  if (request.onlyShows) return done;
  const isGone = isWholeFile && rest === "" && realPathOf(path) === path;
  const written = write(request, path, { text: rest, before: found.text, isGone });
  return "refused" in written ? written : { ...done, copy: written.copy };
}

interface Change {
  text: string;
  /** Undefined where there is no file. */
  before: string | undefined;
  /** Whether the file goes, too. */
  isGone?: boolean;
  /** Whether only our block is another one: a copy from before the first block stays. */
  isReplaced?: boolean;
}

/** Writes the file, with a copy beside it of what was there; the copy goes when the file is again what it was. */
function write(
  request: Pick<Registration, "agent" | "around">,
  path: string,
  { text, before, isGone = false, isReplaced = false }: Change,
): { copy: string | undefined } | Refused {
  const copy = `${path}.before-${SERVER}`;
  const earlier = readOwned(copy, wanted(request));
  const isBack = isGone || (earlier !== undefined && "text" in earlier && earlier.text === text);
  const hadCopy = isThere(copy);
  const needsCopy = before !== undefined && !isBack && !(isReplaced && hadCopy);
  const real = realPathOf(path);
  try {
    makeFolder(dirname(path));
    if (needsCopy) replaceFile(copy, before, { mode: modeOf(real) });
    if (isGone) removeFile(path);
    else if (!replaceOwned(path, text, before ?? "", wanted(request))) {
      if (!hadCopy) removeFile(copy);
      return refuse("busy", `The file ${path} was changed by another program meanwhile.`, {
        hint: "Try again.",
      });
    }
    if (isBack) removeFile(copy);
    return { copy: needsCopy ? copy : undefined };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    if (needsCopy && !hadCopy) removeFile(copy);
    const isFull = errno === "ENOSPC" || errno === "EDQUOT";
    return refuse("state_unwritable", `Could not write ${path}: ${errno}. It is as it was.`, {
      hint: isFull
        ? "Free some space, then run the command again."
        : `Check who owns it, its folder and their modes, or add by hand what this shows: ${SHOW}`,
      facts: { path, errno },
    });
  }
}

function wanted({ around }: Pick<Registration, "around">) {
  return { uid: around.uid, mostBytes: MOST_BYTES, mayBeLink: true, keepsMark: true } as const;
}

function notRead(path: string, why: string): Refused {
  return refuse("usage", `The file ${path} ${why}, so it is not changed.`, {
    hint: `Mend that, or add by hand what this shows: ${SHOW}`,
    facts: { path },
  });
}

function notWhole(path: string, apart: Exclude<TakenApart, { state: "whole" }>): Refused {
  const { line } = apart;
  const facts = { path, line };
  return apart.state === "broken"
    ? refuse("usage", `The file ${path} can't be used, line ${line}: ${apart.why}.`, {
        hint: "Mend it: Codex can't use it either.",
        facts,
      })
    : refuse("usage", `The block of agent-sessions in ${path}, line ${line}, is not as it was written.`, {
        hint: `Remove its lines by hand, with the table [mcp_servers.${SERVER}]. Then install again.`,
        facts,
      });
}
