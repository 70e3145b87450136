import { ACCESSES, type Access } from "../agent/access.ts";
import { type AppErrorCode, ERROR_CODES } from "../errors.ts";
import type { TurnEnded } from "../session/session.ts";
import {
  anything,
  flag,
  list,
  literal,
  maybe,
  number,
  object,
  oneOf,
  type Read,
  type Shape,
  text,
} from "../shape.ts";
import { CONTINUITIES, OUTCOMES, RETRIES } from "../turn/turn.ts";
import { asCounters, asUsage } from "../turn/usage.ts";

/** What the first line of a file says that it is. */
export const TRAVEL = "agent_sessions.travel";
export const TRAVEL_VERSION = 1;

/** The most bytes of one line: a prompt of 10 MB fits, however it is escaped. */
export const LONGEST_LINE_BYTES = 64 * 1024 * 1024;
/** The most bytes of all lines but those with the content of files: they are kept in memory. */
export const MOST_TURN_BYTES = 256 * 1024 * 1024;
/** The most bytes of what is unpacked, unless somebody says another number. */
export const MOST_BYTES = 1_000_000_000;
export const MOST_FILES = 10_000;
export const MOST_CONVERSATIONS = 1_000;

const whole: Shape<number> = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
const sha256: Shape<string> = (value) =>
  typeof value === "string" && /^[0-9a-f]{64}$/.test(value) ? value : undefined;
const time: Shape<string> = (value) =>
  typeof value === "string" &&
  /^\d{4}-\d{2}-\d{2}T[\d:.]{8,18}Z$/.test(value) &&
  !Number.isNaN(Date.parse(value))
    ? value
    : undefined;
/** It becomes a word of a command line, and must not read as an option. */
const word: Shape<string> = (value) =>
  typeof value === "string" && /^\w[\w.:@/[\]+-]{0,199}$/.test(value) ? value : undefined;

/** The first line. The name is what the conversation was called. */
export const asHeader = object({
  type: literal(TRAVEL),
  v: literal(TRAVEL_VERSION),
  by: text,
  exportedAt: time,
  agent: text,
  name: text,
  /** The conversation that the name points at; the others are those that it came from. */
  sessionId: text,
  model: maybe(word),
  effort: maybe(word),
  access: maybe(oneOf(ACCESSES)),
  agentCommand: maybe(text),
  agentArgs: maybe(list(text)),
});

/** One conversation; the named one comes first, then those that it came from, the nearest first. */
export const asConversation = object({
  type: literal("conversation"),
  sessionId: text,
  createdAt: time,
  began: maybe(oneOf(CONTINUITIES)),
  parentId: maybe(text),
  copiedBytes: maybe(whole),
  roleText: maybe(text),
  isRoleChanged: maybe(flag),
});

/** One turn, oldest first within its conversation. */
export const asTurn = object({
  type: literal("turn"),
  sessionId: text,
  turn: object({
    turnId: text,
    outcome: oneOf(OUTCOMES),
    continuity: oneOf(CONTINUITIES),
    startedAt: time,
    at: time,
    prompt: text,
    text,
    structured: maybe(anything),
    model: maybe(text),
    effort: maybe(text),
    access: maybe(oneOf(ACCESSES)),
    usage: maybe(asUsage),
    failure: maybe(
      object({
        code: oneOf(Object.keys(ERROR_CODES) as AppErrorCode[]),
        message: text,
      }),
    ),
    isPromptKept: maybe(flag),
    retry: maybe(oneOf(RETRIES)),
    foreignBytes: maybe(whole),
    foreignPrompts: maybe(whole),
    promptId: maybe(text),
    agentVersion: maybe(text),
    counters: maybe(asCounters),
    /** Where the turn ends in the transcript; absent if that is unknown. */
    transcriptBytes: maybe(whole),
  }),
});

/** The content of a file follows in `data` lines, and then its `sum`. */
export const asFile = object({
  type: literal("file"),
  sessionId: text,
  what: oneOf(["transcript", "side"]),
  /** Below the folder of side files; see `isSidePath`. */
  path: maybe(text),
  bytes: whole,
});
export const asData = object({ type: literal("data"), text: maybe(text), base64: maybe(text) });
export const asSum = object({ type: literal("sum"), sha256 });

/** The last line: how many lines come before it, and the sum of their bytes. */
export const asEnd = object({ type: literal("end"), lines: number, sha256 });

export type TravelHeader = Read<typeof asHeader>;
export type TravelConversation = Read<typeof asConversation>;
export type TravelTurn = Read<typeof asTurn>["turn"];
export type TravelFile = Read<typeof asFile>;

/** Whether a text may be the path of a side file: names of plain characters, none of which begins with a dot. */
export function isSidePath(path: string): boolean {
  const names = path.split("/");
  return names.length <= 8 && names.every((name) => /^[\w@+=,()-][\w.@+=,() -]{0,199}$/.test(name));
}

/** Returns a turn as it travels: without what only holds on the machine where it ran. */
export function travelTurn(turn: TurnEnded, transcriptBytes: number | undefined): TravelTurn {
  const line = { type: "turn", sessionId: "", turn: { ...turn, transcriptBytes } };
  // An earlier version may have written a turn that this one can't read.
  const read = asTurn(JSON.parse(JSON.stringify(line)));
  if (read === undefined) throw new TypeError(`Turn ${turn.turnId} is incomplete.`);
  return read.turn;
}

/** What a file may bring that lets an agent do more than read, or starts it in another way. */
export interface TravelSettings {
  access?: Access | undefined;
  agentCommand?: string | undefined;
  agentArgs?: readonly string[] | undefined;
}
