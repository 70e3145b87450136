import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Place } from "./place.ts";

/** One terminal record of a turn, wherever it is kept. */
export interface EndedTurn {
  turnId: string;
  sessionId: string | undefined;
  prompt: string | undefined;
  outcome: string;
}

/** What lies on the disk between two commands, read without the program under test. */
export interface OnDisk {
  /** Files that do not parse, and folders of turns that nobody has settled. */
  flaws: string[];
  /** The records in all journals. */
  journal: EndedTurn[];
  /** The ends of turns that were kept for whoever comes back. */
  settled: EndedTurn[];
  /** What each mapping file shows: agent and name, joined, to the id. */
  mapping: Map<string, string>;
  /** The prompts in all transcripts, as often as they were said. */
  prompts: string[];
}

const MOST_ATTEMPTS = 20;

const MAPPINGS: Record<string, string> = {
  "claude-code-alias-mapping.json": "claude",
  "codex-cli-alias-mapping.json": "codex",
};

/** Reads it again where a keeper has taken a file away meanwhile. */
export function readDisk(place: Place): OnDisk {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return readOnce(place);
    } catch (error) {
      const isGone = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isGone || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

function readOnce(place: Place): OnDisk {
  const disk: OnDisk = { flaws: [], journal: [], settled: [], mapping: new Map(), prompts: [] };
  for (const path of filesBelow(place.state)) readStateFile(path, disk);
  for (const path of filesBelow(place.views)) readMapping(path, disk);
  for (const folder of place.transcripts) {
    for (const path of filesBelow(folder)) disk.prompts.push(...promptsIn(path));
  }
  return disk;
}

export function nameKey(agent: string, name: string): string {
  return `${agent} ${name}`;
}

function readStateFile(path: string, disk: OnDisk): void {
  const name = basename(path);
  // Made aside and never put in place: nobody reads it.
  if (name.startsWith(".tmp-")) return;
  if (name.endsWith(".jsonl") && !path.includes("/transcript/")) {
    const lines = parseLines(path, disk);
    if (name === "journal.jsonl") {
      const [header, ...turns] = lines as [{ sessionId: string }, ...EndedTurn[]];
      disk.journal.push(...turns.map((turn) => ({ ...turn, sessionId: header.sessionId })));
    }
  } else if (name.endsWith(".json")) {
    const value = parseWhole(path, disk);
    if (name === "ending.json") disk.settled.push((value as { result: EndedTurn }).result);
    const isOpen = name === "turn.json" || name === "request.json";
    if (isOpen && path.includes("/turns/")) disk.flaws.push(`${path} was left unsettled`);
  } else if (/^\d+$/.test(name) && path.includes("/lock/")) parseWhole(path, disk);
}

function readMapping(path: string, disk: OnDisk): void {
  const agent = MAPPINGS[basename(path)];
  if (agent === undefined) {
    if (!basename(path).startsWith(".tmp-")) disk.flaws.push(`${path} is none of our files`);
    return;
  }
  const { aliases = {} } = (parseWhole(path, disk) ?? {}) as {
    aliases?: Record<string, Record<string, string>>;
  };
  for (const [name, entry] of Object.entries(aliases))
    disk.mapping.set(nameKey(agent, name), entry.session_id ?? entry.thread_id ?? "");
}

/** Empty is what a file is between being made and being filled. */
function parseWhole(path: string, disk: OnDisk): unknown {
  const text = readFileSync(path, "utf8");
  if (text === "" && basename(path) === "agent.json") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    disk.flaws.push(`${path} does not parse: ${JSON.stringify(text.slice(0, 80))}`);
    return undefined;
  }
}

/** The lines of a file, of which only the last may be torn. */
function parseLines(path: string, disk: OnDisk): unknown[] {
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.slice(0, -1).flatMap((line) => {
    try {
      return [JSON.parse(line)];
    } catch {
      disk.flaws.push(`${path} has a torn line before its end: ${JSON.stringify(line.slice(0, 80))}`);
      return [];
    }
  });
}

function promptsIn(path: string): string[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .flatMap((line) => {
      const claude = /^\{"type":"user",.*"content":"([^"]*)"/.exec(line);
      const codex = /"type":"UserMessage",.*"text":"([^"]*)"/.exec(line);
      const said = claude?.[1] ?? codex?.[1];
      return said === undefined ? [] : [said];
    });
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
