import { type MarkedToken, marked, type Token, type Tokens } from "marked";
import { forTerminal } from "../../system/terminal/text.ts";
import type { Style } from "./style.ts";
import { widthOf } from "./width.ts";

/** A longer text is shown as it is: laying it out would take seconds. */
const MOST_CHARACTERS = 200_000;
/** The same for what is nested deeper, as no person writes. */
const MOST_LEVELS = 20;
/** Lines of text are not longer than this, however wide the terminal is. */
const MOST_COLUMNS = 100;

interface Look {
  /** The width of a line, at least 1. */
  columns: number;
  style: Style;
  level: number;
}

/** A part of a line that is not broken: pieces of text without a blank in or between them. */
interface Word {
  pieces: string[];
  width: number;
}

/**
 * Lays out an agent's Markdown for a terminal: lines are broken between words, and headings, lists, tables, quotations
 * and code are told apart. Everything in the text that could control the terminal is taken away first.
 */
export function renderMarkdown(text: string, columns: number, style: Style): string {
  const clean = forTerminal(text);
  if (clean.length > MOST_CHARACTERS) return clean;
  try {
    const look = { columns: Math.max(20, Math.min(columns, MOST_COLUMNS)), style, level: 0 };
    return blocks(marked.lexer(clean), look).join("\n");
  } catch (error) {
    // Nested too deep, or something that the library does not expect: the words count more than their looks.
    if (error instanceof Error) return clean;
    throw error;
  }
}

/** Returns the lines of blocks, a blank line between two of them. */
function blocks(tokens: readonly Token[], look: Look, isTight = false): string[] {
  if (look.level > MOST_LEVELS) throw new Error("nested too deep");
  const shown = tokens.filter(({ type }) => type !== "space" && type !== "def");
  return shown.flatMap((token, at) => {
    const lines = block(token as MarkedToken, { ...look, level: look.level + 1 });
    return at === 0 || isTight ? lines : ["", ...lines];
  });
}

function block(token: MarkedToken, look: Look): string[] {
  const { style, columns } = look;
  switch (token.type) {
    case "heading": {
      const hasColor = style.bold("x") !== "x";
      const mark = hasColor ? "" : `${"#".repeat(token.depth)} `;
      return wrap(token.tokens, { ...look, columns: columns - mark.length }).map((line, at) =>
        at === 0 ? style.bold(`${mark}${line}`) : style.bold(line),
      );
    }
    case "paragraph":
      return wrap(token.tokens, look);
    case "text":
      return wrap(token.tokens ?? [token], look);
    case "code":
      return token.text.split("\n").map((line) => `    ${line}`);
    case "blockquote":
      return blocks(token.tokens, { ...look, columns: columns - 2 }).map(
        (line) => `${style.dim("│")} ${line}`,
      );
    case "hr":
      return [style.dim("─".repeat(Math.min(columns, 40)))];
    case "list":
      return listLines(token, look);
    case "table":
      return tableLines(token, look);
    default:
      return token.raw.trimEnd().split("\n");
  }
}

function listLines({ items, ordered, start, loose }: Tokens.List, look: Look): string[] {
  const first = typeof start === "number" ? start : 1;
  const room = ordered ? `${first + items.length - 1}. `.length : 2;
  return items.flatMap((item, at) => {
    const mark = ordered ? `${first + at}. ` : "• ";
    const task = item.task ? (item.checked ? "[x] " : "[ ] ") : "";
    const inner = { ...look, columns: look.columns - room };
    const tokens = item.tokens.filter(({ type }) => type !== "checkbox");
    const lines = blocks(tokens, inner, !item.loose);
    const indented = (lines.length === 0 ? [""] : lines).map((line, row) =>
      row === 0 ? `${mark.padStart(room)}${task}${line}` : line === "" ? "" : " ".repeat(room) + line,
    );
    return loose && at > 0 ? ["", ...indented] : indented;
  });
}

/** A table that has no room is shown row by row, each cell below the other. */
function tableLines({ header, rows }: Tokens.Table, look: Look): string[] {
  const { style, columns } = look;
  const flat = { ...look, columns: Number.POSITIVE_INFINITY };
  const cell = ({ tokens }: Tokens.TableCell) => wrap(tokens, flat).join(" ");
  const head = header.map(cell);
  const body = rows.map((row) => row.map(cell));
  const widths = head.map((text, at) =>
    Math.max(...[text, ...body.map((row) => row[at] ?? "")].map((one) => widthOf(one))),
  );
  const total = widths.reduce((sum, width) => sum + width + 2, -2);
  if (total > columns) {
    return body.flatMap((row, at) => {
      const lines = header.flatMap(({ tokens }, column) => {
        const label: Token = { type: "text", raw: "", text: `${plain(tokens)}: ` };
        return wrap([label, ...(rows[at]?.[column]?.tokens ?? [])], look);
      });
      return at === 0 || row.length === 0 ? lines : ["", ...lines];
    });
  }
  const line = (cells: readonly string[]) =>
    cells
      .map((text, at) => text + " ".repeat((widths[at] ?? 0) - widthOf(text) + 2))
      .join("")
      .trimEnd();
  return [
    style.bold(line(head)),
    style.dim(widths.map((width) => "─".repeat(width)).join("  ")),
    ...body.map(line),
  ];
}

function plain(tokens: readonly Token[]): string {
  return words(tokens, (text) => text)
    .map((word) => (word === "break" ? "" : word.pieces.join("")))
    .join(" ");
}

/** Breaks a text into lines, between words if that is possible. */
function wrap(tokens: readonly Token[], { columns, style }: Look): string[] {
  const lines: string[] = [];
  let line = "";
  let width = 0;
  const end = () => {
    lines.push(line);
    line = "";
    width = 0;
  };
  for (const word of words(tokens, (text) => text, style)) {
    if (word === "break") {
      end();
      continue;
    }
    if (width > 0 && width + 1 + word.width > columns) end();
    line += (width > 0 ? " " : "") + word.pieces.join("");
    width += (width > 0 ? 1 : 0) + word.width;
  }
  if (width > 0 || lines.length === 0) end();
  return lines;
}

type Paint = (text: string) => string;

/** Returns the words of a text, and where it breaks lines by itself. */
function words(tokens: readonly Token[], paint: Paint, style?: Style): (Word | "break")[] {
  const found: (Word | "break")[] = [];
  let isOpen = false;
  const add = (text: string, by: Paint) => {
    for (const [at, part] of text.split(/[ \t\n]+/).entries()) {
      if (at > 0) isOpen = false;
      if (part === "") continue;
      const last = found.at(-1);
      const piece = by(part);
      if (isOpen && last !== undefined && last !== "break") {
        last.pieces.push(piece);
        last.width += widthOf(part);
      } else found.push({ pieces: [piece], width: widthOf(part) });
      isOpen = true;
    }
  };
  const walk = (inner: readonly Token[], by: Paint) => {
    for (const token of inner as MarkedToken[]) {
      if (token.type === "br") {
        found.push("break");
        isOpen = false;
      } else if (token.type === "strong") walk(token.tokens, (text) => (style?.bold ?? by)(by(text)));
      else if (token.type === "em") walk(token.tokens, (text) => (style?.italic ?? by)(by(text)));
      else if (token.type === "del") walk(token.tokens, (text) => by(`~${text}~`));
      else if (token.type === "codespan") add(`\`${token.text}\``, (text) => (style?.yellow ?? by)(text));
      else if (token.type === "link") {
        walk(token.tokens, by);
        const address = token.href.replace(/^mailto:/, "");
        if (address !== token.text) add(` (${address})`, (text) => (style?.dim ?? by)(text));
      } else if (token.type === "image") add(`${token.text} (${token.href})`, by);
      else if ("tokens" in token && token.tokens !== undefined) walk(token.tokens, by);
      else add("text" in token ? token.text : token.raw, by);
    }
  };
  walk(tokens, paint);
  return found;
}
