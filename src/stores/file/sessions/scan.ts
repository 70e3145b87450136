import { join } from "node:path";
import { AppError } from "../../../domain/errors.ts";
import { needlesOf } from "../../../domain/search/needles.ts";
import type { TurnEnded } from "../../../domain/session/session.ts";
import { number, object, text } from "../../../domain/shape.ts";
import type { TurnsOfConversation } from "../../../domain/store.ts";
import { errnoOf, stateError } from "../../../system/errors.ts";
import { listFolder, listFolders, modifiedMs } from "../../../system/files/folder.ts";
import { newerState } from "../../../system/lines/append-log.ts";
import { LineScanner, parseLine } from "../../../system/lines/scan.ts";
import type { StateHome } from "../home.ts";
import { JOURNAL, StoredSession, VERSION } from "./stored.ts";

const asVersioned = object({ v: number });
const asHeader = object({ agent: text, sessionId: text });
const asTurn = object({ turnId: text, at: text, prompt: text, text });

/**
 * Yields the conversations that have turns in which all words may be, the last written first. Reads the journals of all
 * conversations, and parses only the lines that have the words in some spelling.
 */
export function* turnsWith(
  home: StateHome,
  { words, agent }: { words: readonly string[]; agent?: string | undefined },
  onProblem: (error: AppError) => void,
): Generator<TurnsOfConversation> {
  const scanner = new LineScanner(needlesOf(words));
  for (const { agent: name, digest, path, writtenMs } of journalsOf(home, agent, onProblem)) {
    try {
      const { first = "", lines = [] } = scanner.scan(path) ?? {};
      // Most journals have no hit: their first line is not parsed, either.
      if (lines.length === 0 && first.startsWith(OPENING)) continue;
      const header = parseLine(first);
      const { v = VERSION } = asVersioned(header) ?? {};
      if (v > VERSION) throw newerState(path, v, VERSION);
      // A crash of the machine may have taken the header.
      const key = asHeader(header) ?? new StoredSession(home, name, digest).key();
      if (key === undefined) continue;
      yield { key: { agent: key.agent, sessionId: key.sessionId }, writtenMs, turns: turnsIn(lines) };
    } catch (error) {
      onProblem(error instanceof AppError ? error : stateError(error, "read", path));
    }
  }
}

/** How the header of a journal begins that this version can read. */
const OPENING = `{"v":${VERSION},`;

interface FoundJournal {
  agent: string;
  digest: string;
  path: string;
  writtenMs: number;
}

/** Returns the journals, the last written first. */
function journalsOf(
  home: StateHome,
  agent: string | undefined,
  onProblem: (error: AppError) => void,
): FoundJournal[] {
  const found: FoundJournal[] = [];
  for (const name of listFolders(home.sessionsRoot)) {
    if (agent !== undefined && name !== agent) continue;
    const folder = join(home.sessionsRoot, name);
    for (const digest of listFolder(folder)) {
      // Not `join`, which takes as long as to open the file.
      const path = `${folder}/${digest}/${JOURNAL}`;
      try {
        const writtenMs = modifiedMs(path);
        if (writtenMs !== undefined) found.push({ agent: name, digest, path, writtenMs });
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        // A file among the folders is nothing of ours.
        if (errnoOf(error.cause) !== "ENOTDIR") onProblem(error);
      }
    }
  }
  return found.sort((left, right) => right.writtenMs - left.writtenMs);
}

function* turnsIn(lines: readonly string[]): Generator<TurnEnded> {
  for (const line of lines.toReversed()) {
    const value = parseLine(line);
    if (asTurn(value) !== undefined) yield value as TurnEnded;
  }
}
