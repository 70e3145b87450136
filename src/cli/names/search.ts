import { type SearchHit, search } from "../../app/tell/search.ts";
import { pick } from "../../domain/json-line.ts";
import type { Snippet } from "../../domain/search/snippet.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION, parseCount, parseSince, type Since, sinceOf } from "../options.ts";
import { formatAge } from "../output/numbers.ts";
import type { Style } from "../output/style.ts";
import { printable } from "../output/table.ts";
import { cutTo, widthOf } from "../output/width.ts";
import { workspaceOf } from "../place.ts";

interface SearchFlags {
  agent?: string;
  since?: Since;
  workspace?: string;
  limit?: number;
  unnamed?: boolean;
  json?: boolean;
}

export const searchCommand = defineCommand({
  name: "search",
  args: [["<words...>", "what was said; a word with blanks in it is a phrase"]],
  summary: "find what was said in conversations",
  description:
    "Finds the turns whose prompt and answer have all of the words, of all folders, the newest first. A word is found within other words, and in any case; a blank of a phrase stands for any white space, also for a line end. Turns of removed names are found, too. Turns that still run, and what was said in a window, are not.",
  examples: [
    "agent-sessions search rounding",
    "agent-sessions search rounding 'half up' --since 30d",
    "agent-sessions search überlauf --agent codex --workspace ~/work/api",
    "agent-sessions search rounding --json | jq -r '.hits[].name'",
    "agent-sessions search --unnamed rounding",
  ],
  options(command) {
    command
      .option("-a, --agent <agent>", "only conversations of this agent")
      .option("-w, --workspace <dir>", "only conversations of this folder (default: all folders)")
      .option(
        "--since <when>",
        "only what was said since this time: a date (e.g. 2026-11-01), or 7d for the last seven days",
        parseSince,
      )
      .option("--limit <count>", "show at most this many (default: 20)", parseCount)
      .option(
        "--unnamed",
        "search the agents' own transcripts of conversations that have no name: prompts, and the last answer to each",
      )
      .option(...JSON_OPTION);
  },
  async run(io, words: string[], flags: SearchFlags) {
    const { agent, since, limit, unnamed: isUnnamed = false } = flags;
    const context = io.openContext();
    const workspace = flags.workspace === undefined ? undefined : workspaceOf(io, flags);
    const asked = { words, workspace, agent, since: sinceOf(since, context.now()), limit, isUnnamed };
    const { hits, hasMore } = await search(context, asked);
    return {
      json: { type: "agent_sessions.search", words, hits: hits.map(viewOf), hasMore },
      text({ out, err, style }) {
        const { columns = 80 } = io.terminal.size() ?? {};
        if (hits.length === 0) err(nothingFound(isUnnamed));
        else out(hits.map((hit) => describe(hit, { columns, now: context.now(), style })).join("\n"));
        if (hasMore) err(`More exist; --limit ${hits.length * 5} shows more of them.\n`);
      },
    };
  },
});

function viewOf(hit: SearchHit): object {
  return {
    ...pick(hit, "name", "isRemoved", "agent", "workspace", "sessionId", "turnId", "at", "outcome", "saidIn"),
    snippet: hit.snippet.text,
    marks: hit.snippet.marks,
    next: hit.next,
  };
}

function nothingFound(isUnnamed: boolean): string {
  return isUnnamed
    ? "No conversation without a name has all of these words.\n"
    : "No turn has all of these words. --unnamed searches conversations that have no name.\n";
}

interface Look {
  columns: number;
  now: Date;
  style: Style;
}

function describe(hit: SearchHit, { columns, now, style }: Look): string {
  const { name, isRemoved, agent, at, turnId, workspace, saidIn, snippet, next } = hit;
  const title = name === undefined ? "(no name)" : printable(name);
  const facts = [isRemoved ? "removed" : "", printable(agent), formatAge(at, now), saidIn, turnId ?? ""];
  const told = facts.filter((fact) => fact !== "").join("  ");
  const head = cutTo(`${title}  ${told}`, columns);
  const rest = head.startsWith(title) ? `${style.bold(title)}${style.dim(head.slice(title.length))}` : head;
  const place = style.dim(cutTo(printable(workspace), columns - 2, "start"));
  const said = linesOf(snippet, columns - 2, style).map((line) => `  ${line}\n`);
  return `${rest}\n  ${place}\n${said.join("")}  ${printable(next)}\n`;
}

/** Breaks a snippet into lines that fit, with its words marked. */
function linesOf({ text, marks }: Snippet, width: number, style: Style): string[] {
  const lines: string[] = [];
  let start = 0;
  let blank = -1;
  let used = 0;
  for (let at = 0; at < text.length; ) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const taken = widthOf(printable(character));
    if (used + taken > width && at > start) {
      const end = blank > start ? blank : at;
      lines.push(marked(text, start, end, marks, style));
      start = text[end] === " " ? end + 1 : end;
      used = widthOf(printable(text.slice(start, at)));
      blank = -1;
    }
    if (character === " ") blank = at;
    used += taken;
    at += character.length;
  }
  if (start < text.length) lines.push(marked(text, start, text.length, marks, style));
  return lines;
}

function marked(text: string, from: number, to: number, marks: Snippet["marks"], style: Style): string {
  let line = "";
  let at = from;
  for (const { start, end } of marks) {
    const [first, last] = [Math.max(start, at), Math.min(end, to)];
    if (last <= first) continue;
    line += printable(text.slice(at, first)) + style.bold(style.yellow(printable(text.slice(first, last))));
    at = last;
  }
  return line + printable(text.slice(at, to));
}
