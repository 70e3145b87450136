import type { Parsed, Table } from "../../domain/config/toml.ts";
import { SERVER } from "./server-words.ts";

/** Reads TOML; handed in, because the library for it is in a file of its own. */
export type ParseToml = (text: string) => Parsed;

const BEGIN = "# >>> agent-sessions mcp >>> ";
const WRITTEN_BY = "Written and removed by: agent-sessions mcp install / uninstall --agent codex";
/** In a file that was not there before: with the block, the file goes. */
const WITH_FILE = " (the whole file)";
/**
 * At the end of the last line, not on one of its own: Codex 0.169.0 puts new tables before comments at the end of a file, and
 * so they would be inside.
 */
const END = " # <<< agent-sessions mcp <<<";

/** Codex 0.169.0 ends a call after this time, whatever it is told of its progress; a `wait` for it lasts four minutes. */
const TOOL_TIMEOUT_S = 300;
/** Its own limit of 10 s is short for a machine that is busy. */
const STARTUP_TIMEOUT_S = 30;

export interface CodexServer {
  words: readonly string[];
  /** The names of the variables that Codex passes on. */
  variables: readonly string[];
}

/** Returns the lines that give Codex the server. */
export function blockOf({ words, variables }: CodexServer, isWholeFile: boolean): string {
  const [command = "", ...args] = words;
  const list = (texts: readonly string[]) => texts.map(quoted).join(", ");
  return [
    `${BEGIN}${WRITTEN_BY}${isWholeFile ? WITH_FILE : ""}`,
    `[mcp_servers.${SERVER}]`,
    `command = ${quoted(command)}`,
    `args = [${list(args)}]`,
    "env_vars = [",
    ...variables.map((name) => `  ${quoted(name)},`),
    "]",
    // Else `codex exec` refuses every call that could change something, and asks nobody.
    `default_tools_approval_mode = "approve"`,
    `startup_timeout_sec = ${STARTUP_TIMEOUT_S}`,
    `tool_timeout_sec = ${TOOL_TIMEOUT_S}${END}`,
    "",
  ].join("\n");
}

/** A JSON string is a TOML one, but for one character. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}

/** A configuration of Codex, taken apart. */
export type TakenApart =
  /** Not TOML; lines are counted from 1. */
  | { state: "broken"; why: string; line: number }
  /** The marks are not as they were written, or something else is between them. */
  | { state: "torn"; line: number }
  | {
      state: "whole";
      /** All of it but the block, byte by byte. */
      rest: string;
      block?: string;
      isWholeFile: boolean;
      /** The server of our name, wherever it stands. */
      entry?: Table;
    };

export function takeApart(text: string, parse: ParseToml): TakenApart {
  const parsed = parse(text.replace(/^\ufeff/, ""));
  if (!("table" in parsed)) return { state: "broken", why: parsed.problem, line: parsed.line };
  const entry = serverIn(parsed.table);
  const from = text.indexOf(BEGIN);
  if (from === -1 && !text.includes(END))
    return { state: "whole", rest: text, isWholeFile: false, ...(entry ? { entry } : {}) };
  const line = text.slice(0, from === -1 ? text.indexOf(END) : from).split("\n").length;
  const end = text.indexOf(END, from);
  if (from === -1 || end === -1 || text.indexOf(BEGIN, from + 1) !== -1) return { state: "torn", line };
  const to = end + END.length + (/^\r?\n/.exec(text.slice(end + END.length))?.[0].length ?? 0);
  const block = text.slice(from, to);
  const inside = parse(block);
  const isAlone =
    "table" in inside &&
    keysOf(inside.table).join() === "mcp_servers" &&
    keysOf(inside.table.mcp_servers).join() === SERVER;
  const before = text.slice(0, from).replace(/\r?\n$/, "");
  const after = text.slice(to);
  // The block was put behind a line end of its own. What has been added since must not come into the last line.
  const isJoined = after !== "" && !/(?:^|\n)$/.test(before);
  const rest = (isJoined ? text.slice(0, from) : before) + after;
  const without = parse(rest.replace(/^\ufeff/, ""));
  if (!isAlone || !("table" in without) || serverIn(without.table) !== undefined)
    return { state: "torn", line };
  const isWholeFile = block.split(/\r?\n/, 1)[0]?.endsWith(WITH_FILE) ?? false;
  return { state: "whole", rest, block, isWholeFile, ...(entry ? { entry } : {}) };
}

/**
 * Returns a configuration with the block at its end; without `rest`, that of a new file. Undefined where there can't be a
 * block, such as behind an inline table.
 */
export function withBlock(
  rest: string | undefined,
  server: CodexServer,
  parse: ParseToml,
): string | undefined {
  const lineEnd = rest?.includes("\r\n") ? "\r\n" : "\n";
  const block = blockOf(server, rest === undefined).replaceAll("\n", lineEnd);
  const text = rest ? `${rest}${lineEnd}${block}` : block;
  const made = takeApart(text, parse);
  return made.state === "whole" && made.rest === (rest ?? "") ? text : undefined;
}

/** Returns the words that start a server. */
export function wordsOf(entry: Table): string[] {
  const { command, args } = entry;
  return [command, ...(Array.isArray(args) ? args : [])].filter((word) => typeof word === "string");
}

function serverIn(table: Table): Table | undefined {
  const servers = asTable(table.mcp_servers);
  return asTable(servers?.[SERVER]);
}

function keysOf(value: unknown): string[] {
  return Object.keys(asTable(value) ?? {});
}

function asTable(value: unknown): Table | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Table) : undefined;
}
