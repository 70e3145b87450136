import { AppError } from "../errors.ts";

/** How a gate stands: nobody has answered what it shows now, or the last answer to that. */
export type GateState = "waiting" | "approved" | "refused";

/** What can be answered. */
export type GateDecision = Exclude<GateState, "waiting">;

/** Who has answered, as far as it is known. */
export interface Answerer {
  /** The name of the user of the operating system, else its number. */
  user: string;
  host: string;
  /** Of the command that answered. */
  pid: number;
  /** The path of the terminal, or `page` for the one that `ui` serves; absent where there was none. */
  terminal?: string | undefined;
}

/** One answer to what a gate has shown. */
export interface GateAnswer {
  state: GateDecision;
  /** Absent if none was given. */
  note?: string | undefined;
  /** Of the text that was answered. */
  sha256: string;
  /** ISO 8601. */
  at: string;
  by: Answerer;
}

/** A gate as it is kept. */
export interface GateRecord {
  id: string;
  workspace: string;
  /** The text that people are to read, and the hash of its UTF-8. */
  shown: string;
  sha256: string;
  askedAt: string;
  /** The answer that counts; absent while the gate waits. */
  answer?: GateAnswer | undefined;
  /** Those that do not count any more, oldest first. */
  earlier: readonly GateAnswer[];
}

/** A place in a script that waits for a person, and what the person is to read. */
export interface Gate {
  id: string;
  /** Gates are unique per workspace. */
  workspace: string;
  state: GateState;
  /** What was said with the answer; absent while it waits, or if nothing was said. */
  note?: string | undefined;
  /** The text that people are to read: at most 1 MB. */
  shown: string;
  /** Of that text in UTF-8, in hexadecimal digits. */
  sha256: string;
  /** When this text was first shown; ISO 8601. */
  askedAt: string;
  /** Absent while it waits. */
  answeredAt?: string | undefined;
  answeredBy?: Answerer | undefined;
  /** Answers that do not count any more: to other texts, or before somebody changed their mind. Oldest first. */
  earlier: readonly GateAnswer[];
}

export const MAX_SHOWN_BYTES = 1_000_000;

/** How many answers are kept that do not count any more. */
const MAX_EARLIER = 100;

/** How many digits of a hash stand for a text where a person types them: nobody makes two texts that share them. */
const LEAST_DIGITS = 16;

export function standing({ id, workspace, shown, sha256, askedAt, answer, earlier }: GateRecord): Gate {
  const state = answer?.state ?? "waiting";
  const told = { note: answer?.note, answeredAt: answer?.at, answeredBy: answer?.by };
  return { id, workspace, state, ...told, shown, sha256, askedAt, earlier };
}

/** Returns the record of a gate that shows this text; the same record if it shows it already. */
export function asked(
  before: GateRecord | undefined,
  text: Pick<GateRecord, "id" | "workspace" | "shown" | "sha256" | "askedAt">,
): GateRecord {
  if (before?.sha256 === text.sha256) return before;
  // Also a text that was answered before is asked about anew: whoever answered has seen another one since.
  return { ...before, ...text, answer: undefined, earlier: before === undefined ? [] : withAnswer(before) };
}

/** Returns the record with this answer; the same record if that was the answer already. */
export function answered(record: GateRecord, answer: Omit<GateAnswer, "sha256">): GateRecord {
  if (record.answer?.state === answer.state) return record;
  return { ...record, answer: { ...answer, sha256: record.sha256 }, earlier: withAnswer(record) };
}

function withAnswer({ answer, earlier }: GateRecord): readonly GateAnswer[] {
  return answer === undefined ? earlier : [...earlier, answer].slice(-MAX_EARLIER);
}

/** @throws AppError `usage` for a text that nobody can be asked about */
export function checkShown(text: string): void {
  if (text.trim() === "")
    throw new AppError("usage", "There is nothing to show: the text is empty.", {
      hint: "Look at what has made it; in a shell, set -o pipefail stops at a failure before a pipe.",
    });
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > MAX_SHOWN_BYTES)
    throw new AppError("usage", `The text is ${bytes} bytes long; a gate shows at most ${MAX_SHOWN_BYTES}.`, {
      hint: "Show a summary, or the names and hashes of what is to be read.",
    });
}

/** Whether somebody means this text by the beginning of a hash. */
export function isMeantBy(hash: string, { sha256 }: Pick<GateRecord, "sha256">): boolean {
  return hash.length >= LEAST_DIGITS && sha256.startsWith(hash.toLowerCase());
}

/** Returns what stands for a text where a person types it. */
export function shortHash({ sha256 }: Pick<GateRecord, "sha256">): string {
  return sha256.slice(0, LEAST_DIGITS);
}

/** Those that wait come first, then the newest. */
export function inOrder(left: Gate, right: Gate): number {
  const isWaiting = Number(right.state === "waiting") - Number(left.state === "waiting");
  if (isWaiting !== 0) return isWaiting;
  return newest(left) < newest(right) ? 1 : -1;
}

function newest({ askedAt, answeredAt = askedAt }: Gate): string {
  return answeredAt;
}
