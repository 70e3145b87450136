import { asBudget, type Budget } from "../budget/budget.ts";
import { AppError } from "../errors.ts";
import { list, maybe, object, record, type Shape, text } from "../shape.ts";

/** Where a name belongs: names are unique within a workspace and an agent. */
export interface NameScope {
  /** Absolute path of the workspace with symbolic links resolved. */
  workspace: string;
  agent: string;
  /** A mapping file that holds names of its own, apart from the workspace's; absolute. */
  mappingFile?: string;
}

export const asScope: Shape<NameScope> = object({ workspace: text, agent: text, mappingFile: maybe(text) });

export function isSameScope(left: NameScope, right: NameScope): boolean {
  if (left.agent !== right.agent || left.mappingFile !== right.mappingFile) return false;
  return left.mappingFile !== undefined || left.workspace === right.workspace;
}

/** What a name points at, and what is stored with it. */
export interface NameEntry {
  name: string;
  /** The agent's own id of the conversation: Claude's `session_id`, Codex's `thread_id`. */
  sessionId: string;
  /** ISO 8601 in UTC with microseconds, as in the mapping files of the original scripts. */
  createdAt?: string;
  /** Model and effort of the last turn that succeeded: the defaults of the next turn. */
  lastModel?: string;
  lastEffort?: string;
  /** The wrapper of the last turn that succeeded with one, and the arguments passed on to the agent. */
  agentCommand?: string;
  agentArgs?: readonly string[];
  /** How much the name may use. It belongs to the name, whatever that points at. */
  budget?: Budget;
  /** When the last turn of this name ended; ISO 8601. */
  usedAt?: string;
  /** Keys that another tool wrote beside ours in the mapping file; they survive every rewrite. */
  foreign?: Record<string, unknown>;
}

export const asEntry: Shape<NameEntry> = object({
  name: text,
  sessionId: text,
  createdAt: maybe(text),
  lastModel: maybe(text),
  lastEffort: maybe(text),
  agentCommand: maybe(text),
  agentArgs: maybe(list(text)),
  budget: maybe(asBudget),
  usedAt: maybe(text),
  foreign: maybe(record),
});

/** A name, and the conversation it pointed at, at one time. */
export type NamePlace = Pick<NameEntry, "name" | "sessionId">;

/** The names of a scope, and the names that turns still running are about to create. */
export interface NameTable {
  entries: ReadonlyMap<string, NameEntry>;
  /** Name → id of the turn that creates it. */
  reserved: ReadonlyMap<string, string>;
  /** Where each name went from a place it once had, by `placeKey`; see `entrySince`. */
  moved: ReadonlyMap<string, NamePlace>;
}

/** Why a name moved, as the name log records it. */
export type NameReason =
  | "create"
  | "replace"
  | "fresh"
  | "remove"
  | "rename"
  | "restore"
  | "adopt"
  | "import"
  /** Its workspace was moved. */
  | "rebind"
  | "turn"
  /** Its budget was changed. */
  | "budget"
  | "another tool"
  | "create failed";

/** `view` is the id of the mapping file in which another tool made the change. */
export type NameEdit =
  | { op: "set"; entry: NameEntry; reason: NameReason; view?: string }
  | { op: "reserve"; name: string; turnId: string }
  | { op: "unreserve"; name: string }
  | { op: "used"; name: string; usedAt: string }
  /** The line that removes the name also sets `renamedTo`. */
  | { op: "remove"; name: string; reason: NameReason; renamedTo?: string; view?: string };

/** The name of a folder's own conversation, which nobody has to think of. */
export const OWN_NAME = ".";

const MAX_NAME_BYTES = 200;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u;

/**
 * As `parseName`, for a name that does not exist yet. `restore` reads `NAME@2` as the name two moves ago.
 *
 * @throws AppError `usage`, also for a name that ends in `@` and digits.
 */
export function parseNewName(raw: string): string {
  const name = parseName(raw);
  refuseMovesAgo(name);
  return name;
}

/** @throws AppError `usage` */
export function refuseMovesAgo(name: string): void {
  if (!/@\d+$/.test(name)) return;
  const without = name.replaceAll("@", "-");
  throw new AppError(
    "usage",
    `The name ${JSON.stringify(name)} ends in @ and a number, which restore reads as an earlier state of a name.`,
    { hint: `Pick another one, such as ${JSON.stringify(without)}.` },
  );
}

/** Returns a name as we write it: trimmed, in Unicode normal form C. */
export function usualSpelling(raw: string): string {
  return raw.trim().normalize("NFC");
}

/** Returns how a name may be written: as typed, since names of other tools may be in another form, or as usual. */
export function spellingsOf(raw: string): string[] {
  return [...new Set([raw, usualSpelling(raw)])];
}

/**
 * Returns `raw` as a name: trimmed and in Unicode normal form C, so that two spellings that look the same
 * are the same name.
 *
 * @throws AppError `usage` when it is empty, longer than 200 bytes, starts with `-`, or holds a control
 * character or a lone surrogate.
 */
export function parseName(raw: string): string {
  const name = usualSpelling(raw);
  const why = whyNoName(name);
  if (why === undefined) return name;
  throw new AppError("usage", `The name ${JSON.stringify(raw)} ${why}.`, {
    hint: "Pick a short name such as review-src or issue-1234.",
  });
}

/** Returns why a text in our usual spelling can't name anything, as it follows the text in a sentence. */
export function whyNoName(name: string): string | undefined {
  if (name === "") return "is empty";
  if (name.startsWith("-")) return "starts with a dash and would read as an option";
  if (CONTROL_CHARACTER.test(name)) return "contains a control character or line break";
  if (!name.isWellFormed()) return "is not valid Unicode";
  const bytes = new TextEncoder().encode(name).length;
  return bytes > MAX_NAME_BYTES ? `is ${bytes} bytes long; the limit is ${MAX_NAME_BYTES}` : undefined;
}
