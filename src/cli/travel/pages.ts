import { createHash } from "node:crypto";
import { lintSource } from "@secretlint/core";
import { creator } from "@secretlint/secretlint-rule-preset-recommend";
import { Marked, type MarkedToken, type Token } from "marked";
import type { DocumentPart, TravelDocument } from "../../domain/travel/document.ts";
import { forTerminal } from "../../system/terminal/text.ts";

// Loaded by `export --md` and `export --html` alone, and so a file of its own: no error class of ours may come in here.

/** Takes out of a document what looks like a secret, and these values. Returns how many were taken out. */
export async function redact(
  document: TravelDocument,
  known: readonly string[],
): Promise<{ document: TravelDocument; count: number }> {
  let count = 0;
  const clean = async (text: string) => {
    const redacted = await redactText(text, known);
    count += redacted.count;
    return redacted.text;
  };
  const cleanIfAny = async (text: string | undefined) => (text === undefined ? undefined : clean(text));
  const parts: DocumentPart[] = [];
  for (const part of document.parts) {
    const { prompt, text, failure } = part;
    parts.push({
      ...part,
      prompt: await clean(prompt),
      text: await clean(text),
      failure: await cleanIfAny(failure),
    });
  }
  const { name, role } = document;
  return {
    document: { ...document, name: await clean(name), role: await cleanIfAny(role), parts },
    count,
  };
}

/** The rules take a time that grows with the square of what they find: a long text is read in pieces, with some overlap. */
const PIECE_CHARACTERS = 16_384;
/** The longest secret that is found wherever it begins: a private key. */
const OVERLAP_CHARACTERS = 4_096;

interface Found {
  from: number;
  to: number;
  what: string;
}

async function redactText(text: string, known: readonly string[]): Promise<{ text: string; count: number }> {
  const found = known.flatMap((value) => placesOf(text, value));
  for (let start = 0; start < text.length; start += PIECE_CHARACTERS) {
    const piece = text.slice(start, start + PIECE_CHARACTERS + OVERLAP_CHARACTERS);
    for (const { from, to, what } of await lookIn(piece))
      found.push({ from: start + from, to: start + to, what });
  }
  let redacted = "";
  let at = 0;
  let count = 0;
  for (const { from, to, what } of found.toSorted(
    (left, right) => left.from - right.from || right.to - left.to,
  )) {
    // What overlaps is one.
    if (from >= at) {
      redacted += `${text.slice(at, from)}[redacted: ${what}]`;
      count += 1;
    }
    at = Math.max(at, to);
  }
  return { text: redacted + text.slice(at), count };
}

function placesOf(text: string, value: string): Found[] {
  const places: Found[] = [];
  for (let from = text.indexOf(value); from !== -1; from = text.indexOf(value, from + value.length))
    places.push({ from, to: from + value.length, what: "a value of your environment" });
  return places;
}

async function lookIn(content: string): Promise<Found[]> {
  const { messages } = await lintSource({
    source: { content, filePath: "text.txt", contentType: "text", ext: ".txt" },
    options: {
      config: { rules: [{ id: "recommended", rule: creator, options: {} }] },
      noPhysicFilePath: true,
    },
  });
  return messages.map(({ range: [from, to], ruleId }) => ({
    from,
    to,
    what: ruleId.replace(/^.*rule-/, ""),
  }));
}

const parser = new Marked();

/** Returns a document as Markdown. Nothing in it is HTML or an image to whoever shows it. */
export function markdownOf({ name, agent, model, role, exportedAt, parts }: TravelDocument): string {
  const about = [agent, model, `exported ${exportedAt}`].filter((one) => one !== undefined).join(" · ");
  const blocks = [`# ${plain(oneLine(name))}`, plain(about)];
  if (role !== undefined) blocks.push("## Role", fenced(role));
  for (const part of parts) {
    blocks.push(`## ${plain(headingOf(part))}`, fenced(part.prompt));
    if (part.text !== "") blocks.push(`### ${plain(agent)}`, ...answerBlocks(part.text));
    const note = noteOf(part);
    if (note !== undefined) blocks.push(`*${plain(oneLine(note))}*`);
  }
  return `${blocks.join("\n\n")}\n`;
}

/** Returns the blocks of an agent's Markdown: code as it is, in fences of ours, and all else without HTML and images. */
function answerBlocks(text: string): string[] {
  return parser
    .lexer(visible(text))
    .filter(({ type }) => type !== "space")
    .map((token) => (token.type === "code" ? fenced(token.text, token.lang) : plain(token.raw.trimEnd())));
}

function fenced(text: string, language = ""): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${/^[\w+-]{1,20}$/.test(language) ? language : ""}\n${visible(text)}\n${fence}`;
}

function plain(text: string): string {
  return visible(text)
    .replace(/[<&]/g, (one) => (one === "<" ? "&lt;" : "&amp;"))
    .replaceAll("![", "!\\[");
}

/** Takes away what a terminal or a page would obey and nobody sees: controls, and what turns the direction of a text. */
function visible(text: string): string {
  return forTerminal(text.replaceAll("\r\n", "\n")).replace(TURNING, "");
}

const TURNING = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

function headingOf({ at, outcome }: DocumentPart): string {
  const who = outcome === undefined ? "Outside agent-sessions" : "You";
  return at === undefined ? who : `${who}, ${at.slice(0, 16).replace("T", " ")} UTC`;
}

function noteOf({ outcome, failure, usage }: DocumentPart): string | undefined {
  const notes = [
    ...(outcome === undefined || outcome === "succeeded"
      ? []
      : [`${outcome}${failure === undefined ? "" : `: ${failure}`}`]),
    ...(usage === undefined ? [] : [`${usage.inputTokens} tokens in, ${usage.outputTokens} out`]),
    ...(usage?.costUsd === undefined ? [] : [`$${usage.costUsd.toFixed(4)}`]),
  ];
  return notes.length === 0 ? undefined : notes.join(" · ");
}

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font-size:1rem;margin-top:2.5rem;color:#555}pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#f4f4f4;padding:.75rem;border-radius:4px}
.prompt{background:#eef4fb}.note{color:#777;font-size:.875rem}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.25rem .5rem}code{overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}h2,.note{color:#999}pre{background:#262626}.prompt{background:#1d2a38}td,th{border-color:#444}}`;

/** Returns a document as a page that runs nothing, loads nothing and leads nowhere. */
export function htmlOf({ name, agent, model, role, exportedAt, parts }: TravelDocument): string {
  const about = [agent, model, `exported ${exportedAt}`].filter((one) => one !== undefined).join(" · ");
  const hash = createHash("sha256").update(STYLE).digest("base64");
  const body = [
    `<h1>${escaped(name)}</h1>`,
    `<p class="note">${escaped(about)}</p>`,
    ...(role === undefined ? [] : ["<h2>Role</h2>", `<pre>${escaped(role)}</pre>`]),
    ...parts.flatMap((part) => {
      const note = noteOf(part);
      return [
        `<h2>${escaped(headingOf(part))}</h2>`,
        `<pre class="prompt">${escaped(part.prompt)}</pre>`,
        ...(part.text === "" ? [] : [`<div class="answer">${answerHtml(part.text)}</div>`]),
        ...(note === undefined ? [] : [`<p class="note">${escaped(note)}</p>`]),
      ];
    }),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width">
<title>${escaped(name)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.join("\n")}
</body>
</html>
`;
}

/** A longer answer is shown as it is: laying it out would take seconds. */
const MOST_CHARACTERS = 200_000;
const MOST_LEVELS = 20;

function answerHtml(text: string): string {
  if (text.length > MOST_CHARACTERS) return `<pre>${escaped(text)}</pre>`;
  try {
    return htmlOfTokens(parser.lexer(visible(text)), 0);
  } catch (error) {
    // Nested too deep, or something that the library does not expect: the words count more than their looks.
    if (error instanceof Error) return `<pre>${escaped(text)}</pre>`;
    throw error;
  }
}

/** Only the elements that are written here come into the page: all that the agent has written is text. */
function htmlOfTokens(tokens: readonly Token[], level: number): string {
  if (level > MOST_LEVELS) throw new Error("nested too deep");
  return tokens.map((token) => htmlOfToken(token as MarkedToken, level + 1)).join("");
}

function htmlOfToken(token: MarkedToken, level: number): string {
  const inside = (tokens: readonly Token[] | undefined) => htmlOfTokens(tokens ?? [], level);
  switch (token.type) {
    case "space":
    case "def":
      return "";
    case "heading":
      return `<h${Math.min(6, token.depth + 2)}>${inside(token.tokens)}</h${Math.min(6, token.depth + 2)}>`;
    case "paragraph":
      return `<p>${inside(token.tokens)}</p>`;
    case "code":
      return `<pre><code>${escaped(token.text)}</code></pre>`;
    case "blockquote":
      return `<blockquote>${inside(token.tokens)}</blockquote>`;
    case "list": {
      const tag = token.ordered ? "ol" : "ul";
      const items = token.items.map((item) => `<li>${inside(item.tokens)}</li>`).join("");
      return `<${tag}>${items}</${tag}>`;
    }
    case "table": {
      const row = (cells: readonly { tokens: Token[] }[], tag: string) =>
        `<tr>${cells.map((cell) => `<${tag}>${inside(cell.tokens)}</${tag}>`).join("")}</tr>`;
      return `<table>${row(token.header, "th")}${token.rows.map((cells) => row(cells, "td")).join("")}</table>`;
    }
    case "hr":
      return "<hr>";
    case "br":
      return "<br>";
    case "strong":
    case "em":
    case "del":
      return `<${token.type}>${inside(token.tokens)}</${token.type}>`;
    case "codespan":
      return `<code>${escaped(token.text)}</code>`;
    // A page that leads nowhere: the address is shown, and nobody clicks on what the agent calls it.
    case "link":
      return token.text === token.href
        ? `<code>${escaped(token.href)}</code>`
        : `${inside(token.tokens)} (<code>${escaped(token.href)}</code>)`;
    case "image":
      return `${escaped(token.text)} (<code>${escaped(token.href)}</code>)`;
    case "text":
      return "tokens" in token && token.tokens !== undefined ? inside(token.tokens) : escaped(token.text);
    case "escape":
      return escaped(token.text);
    default:
      return escaped(token.raw);
  }
}

function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
