import { type Film, filmOf, type Shot, type Typing } from "./film.ts";
import { parseRecording } from "./recording.ts";
import type { Look, Run } from "./screen.ts";

const CELL = { width: 8.4, height: 19 };
const FONT_SIZE = 14;
/** From the top of a row to the line that letters stand on. */
const BASELINE = 14;
const PADDING = 18;
const BAR = 34;

const GROUND = "#0d1117";
const TEXT = "#e6edf3";
const COLORS: Record<NonNullable<Look["color"]>, string> = {
  black: "#7d8590",
  red: "#ff7b72",
  green: "#7ee787",
  yellow: "#e3b341",
  blue: "#79c0ff",
  magenta: "#d2a8ff",
  cyan: "#56d4dd",
  white: TEXT,
};

/**
 * Draws a recording as an animated picture that stands alone: it holds no script and asks for nothing, so that a page
 * may show it as an image. Where nothing moves, the last screen is seen. The same recording makes the same bytes.
 */
export function svgOf(recording: string): string {
  const film = filmOf(parseRecording(recording));
  const width = round(2 * PADDING + film.columns * CELL.width);
  const height = round(BAR + film.rows * CELL.height + PADDING);
  const frame = `x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="9"`;
  const moves = new Moves(film.totalMs);
  const body = [
    ...film.shots.map((shot) => shotOf(shot, moves)),
    ...film.typings.map((typing) => typingOf(typing, moves)),
    endOf(film, moves),
  ];
  const last = film.shots
    .filter(({ toMs }) => toMs === undefined)
    .toSorted((one, other) => one.row - other.row);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title desc" xml:space="preserve">`,
    '<title id="title">agent-sessions in a terminal</title>',
    `<desc id="desc">${escapeXml(last.map(({ runs }) => lineOf(runs)).join("\n"))}</desc>`,
    `<style>${STYLE}${moves.rules.join("")}</style>`,
    `<rect ${frame} fill="${GROUND}"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (color, at) => `<circle cx="${PADDING + 5 + at * 19}" cy="19" r="5.5" fill="${color}"/>`,
    ),
    ...body,
    // Above the ground that moves to the right.
    `<rect ${frame} fill="none" stroke="#444c56"/>`,
    "</svg>",
  ].join("\n")}\n`;
}

const STYLE = [
  `text{font:${FONT_SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace;fill:${TEXT};white-space:pre}`,
  ".bold{font-weight:700}.dim{fill-opacity:.62}.italic{font-style:italic}.underline{text-decoration:underline}",
  ...Object.entries(COLORS).map(([name, color]) => `.${name}{fill:${color}}`),
  // What is not on the last screen is seen only while it moves.
  ".gone{opacity:0}",
  "@media(prefers-reduced-motion:reduce){*{animation:none!important}}",
].join("");

/** The animations, each of which lasts as long as the whole, so that all begin again at once. */
class Moves {
  readonly rules: string[] = [];
  private readonly names = new Map<string, string>();

  constructor(private readonly totalMs: number) {}

  /** Returns the attribute of what moves so: at each time of its own, a style that stays until the next. */
  of(frames: readonly [atMs: number, style: string][]): string {
    const text = frames.map(([atMs, style]) => `${this.percent(atMs)}{${style}}`).join("");
    const known = this.names.get(text);
    const name = known ?? `m${this.names.size}`;
    if (known === undefined) {
      this.names.set(text, name);
      const seconds = round(this.totalMs / 1000);
      this.rules.push(`@keyframes ${name}{${text}}.${name}{animation:${name} ${seconds}s step-end infinite}`);
    }
    return name;
  }

  private percent(atMs: number): string {
    return `${Number(((atMs / this.totalMs) * 100).toFixed(3))}%`;
  }
}

function shotOf({ row, runs, fromMs, toMs }: Shot, moves: Moves): string {
  const texts = runs.map((run) => textOf(run, row)).join("");
  if (fromMs === 0 && toMs === undefined) return texts;
  const frames: [number, string][] = [[fromMs, "opacity:1"]];
  if (fromMs > 0) frames.unshift([0, "opacity:0"]);
  if (toMs !== undefined) frames.push([toMs, "opacity:0"]);
  const gone = toMs === undefined ? "" : "gone ";
  return `<g class="${gone}${moves.of(frames)}">${texts}</g>`;
}

/** Characters have their columns whatever the font of the reader is. */
function textOf({ column, width, text, look }: Run, row: number): string {
  const names = (["bold", "dim", "italic", "underline"] as const).filter((name) => look[name]);
  const looks = look.color === undefined ? names : [...names, look.color];
  const classes = looks.length === 0 ? "" : ` class="${looks.join(" ")}"`;
  const place = `x="${xOf(column)}" y="${round(yOf(row) + BASELINE)}"`;
  return `<text ${place} textLength="${round(width * CELL.width)}" lengthAdjust="spacingAndGlyphs"${classes}>${escapeXml(text)}</text>`;
}

/** The ground hides what is not typed yet, and the cursor goes before it. */
function typingOf({ row, column, width, waitsFromMs, fromMs, toMs, doneMs }: Typing, moves: Moves): string {
  const far = round(width * CELL.width);
  const seen = (style: string) => `opacity:1;transform:${style}`;
  const name = moves.of([
    ...(waitsFromMs > 0 ? [[0, "opacity:0"] as [number, string]] : []),
    ...(waitsFromMs < fromMs ? [[waitsFromMs, seen("none")] as [number, string]] : []),
    [fromMs, `${seen("translateX(0)")};animation-timing-function:steps(${width})`],
    [toMs, seen(`translateX(${far}px)`)],
    [doneMs, "opacity:0"],
  ]);
  return `<g class="gone ${name}">${ground(row, column, width)}${cursor(row, column)}</g>`;
}

function endOf({ end, totalMs }: Film, moves: Moves): string {
  const frames: [number, string][] = [[0, "opacity:0"]];
  for (let at = end.fromMs; at < totalMs; at += 1200) frames.push([at, "opacity:1"], [at + 600, "opacity:0"]);
  return `<g class="${moves.of(frames.filter(([at]) => at < totalMs))}">${cursor(end.row, end.column)}</g>`;
}

function ground(row: number, column: number, width: number): string {
  const size = `width="${round(width * CELL.width + 2)}" height="${CELL.height}"`;
  return `<rect x="${xOf(column)}" y="${round(yOf(row))}" ${size} fill="${GROUND}"/>`;
}

function cursor(row: number, column: number): string {
  const size = `width="${CELL.width}" height="${CELL.height - 2}"`;
  return `<rect x="${xOf(column)}" y="${round(yOf(row) + 1)}" ${size} fill="${TEXT}" fill-opacity=".7"/>`;
}

function xOf(column: number): number {
  return round(PADDING + column * CELL.width);
}

function yOf(row: number): number {
  return BAR + row * CELL.height;
}

/** A row as text, for those who hear it. */
function lineOf(runs: readonly Run[]): string {
  let line = "";
  let column = 0;
  for (const run of runs) {
    line += " ".repeat(run.column - column) + run.text;
    column = run.column + run.width;
  }
  return line;
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function round(number: number): number {
  return Number(number.toFixed(2));
}
