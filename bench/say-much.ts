import { randomUUID } from "node:crypto";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NameLogLine } from "../src/domain/names/log.ts";
import { StateHome } from "../src/stores/file/home.ts";
import { AppendLog } from "../src/system/lines/append-log.ts";

/** In one turn of two thousand, and in no other text. */
export const RARE = "zanzibar";
/** In nearly all turns. */
export const COMMON = "the";

const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");
const MINUTE_MS = 60_000;
/** The names of this many conversations are in one workspace. */
const NAMES_IN_ONE = 100;
const TURNS_IN_ONE = 10;

const WORDS =
  "the of and to in is that for it as with on be at by this from or an are not was which but one all rounding money amount half even error value test file function return const import type export class string number array total tax invoice customer order price unit decimal digit parse format currency report ledger account balance entry line item check review change fix bug case branch commit merge release build deploy server client request response header token cache store query index table column row key record session turn agent model prompt answer context tool result output input stream event signal process thread lock wait queue retry limit budget cost usage window page search name folder path home state".split(
    " ",
  );

/**
 * Makes a state home in which so many turns have ended, ten to a conversation: names, records and journals, as many
 * sends would have left them. About 3 kB of text a turn. The texts are the same each time.
 */
export function sayMuch(stateHome: string, workspaces: string, turns: number): void {
  const home = new StateHome(stateHome);
  const next = randomNumbers(20260101);
  const sessions = Math.ceil(turns / TURNS_IN_ONE);
  for (let first = 0; first < sessions; first += NAMES_IN_ONE) {
    const workspace = join(workspaces, `project-${first / NAMES_IN_ONE}`);
    mkdirSync(workspace, { recursive: true });
    const lines: NameLogLine[] = [];
    for (let index = first; index < Math.min(sessions, first + NAMES_IN_ONE); index += 1)
      lines.push(converse(home, { workspace, index, next, turns }));
    const scope = { workspace, agent: "claude" };
    new AppendLog(join(home.namesFolder(scope), "log.jsonl"), { v: 1, kind: "names", ...scope }).append(
      lines,
    );
  }
}

/** Writes one conversation, and returns the line of its name. */
function converse(
  home: StateHome,
  { workspace, index, next, turns }: { workspace: string; index: number; next: () => number; turns: number },
): NameLogLine {
  const key = { agent: "claude", sessionId: randomUUID() };
  const name = `conversation-${index}`;
  const folder = home.sessionFolder(key);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const journal: object[] = [{ v: 1, kind: "journal", ...key }];
  let at = "";
  for (let turn = 0; turn < TURNS_IN_ONE; turn += 1) {
    const number = index * TURNS_IN_ONE + turn;
    if (number >= turns) break;
    const endedMs = FIRST_MS + number * MINUTE_MS;
    at = new Date(endedMs).toISOString();
    journal.push({
      turnId: `t${String(number).padStart(12, "0")}`,
      name,
      outcome: "succeeded",
      continuity: turn === 0 ? "new" : "native",
      text: `${prose(next, 400)}${number % 2_000 === 0 ? ` ${RARE}` : ""}`,
      model: "opus",
      usage: {
        inputTokens: 12,
        outputTokens: 900,
        cacheReadTokens: 30_000,
        cacheWriteTokens: 1_000,
        costUsd: 0.05,
      },
      startedAt: new Date(endedMs - 30_000).toISOString(),
      process: "cold",
      at,
      prompt: prose(next, 60),
    });
  }
  const options = { mode: 0o600 };
  writeFileSync(
    join(folder, "journal.jsonl"),
    journal.map((line) => `${JSON.stringify(line)}\n`).join(""),
    options,
  );
  // A journal was written to when its last turn ended.
  utimesSync(join(folder, "journal.jsonl"), new Date(at), new Date(at));
  const record = { v: 1, ...key, workspace, createdAt: at, began: "new" };
  writeFileSync(join(folder, "record.json"), `${JSON.stringify(record)}\n`, options);
  const entry = { name, sessionId: key.sessionId, createdAt: at, usedAt: at, lastModel: "opus" };
  return { at, edits: [{ op: "set", entry, reason: "create" }] };
}

function prose(next: () => number, words: number): string {
  let text = "";
  for (let count = 0; count < words; count += 1) {
    const word = WORDS[Math.floor(next() * WORDS.length)] ?? "";
    text += count % 14 === 13 ? `${word}\n` : count % 9 === 8 ? `"${word}", ` : `${word} `;
  }
  return text;
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
