import type { Place, Span } from "./match.ts";

/** A part of a text on one line, with the words that were looked for. */
export interface Snippet {
  text: string;
  /** Where they stand in `text`: in UTF-16 code units, in order and apart. */
  marks: Span[];
}

/** So much of a text is shown: about two lines of a terminal. */
const LENGTH = 160;
/** So much of it may come before the first word. */
const BEFORE = 40;
const MARK = "…";

/** Returns the part of a text that shows most of the words; `places` are in order. */
export function snippetOf(text: string, places: readonly Place[]): Snippet {
  const first = bestOf(places);
  const from = startOf(text, first?.start ?? 0);
  const to = endOf(text, from);
  const marks = places.filter(({ start, end }) => start >= (first?.start ?? 0) && start < to && end > from);
  return onOneLine(text, from, to, marks);
}

/** How many different words a part of a text shows. */
export function wordsIn(places: readonly Place[]): number {
  return new Set(places.map(({ word }) => word)).size;
}

/** Returns the place from which on most of the words stand, and closest together; the first of several. */
function bestOf(places: readonly Place[]): Place | undefined {
  let best: Place | undefined;
  let most = 0;
  let shortest = 0;
  for (const [at, place] of places.entries()) {
    const words = new Set<number>();
    let span = 0;
    for (let next = at; next < places.length; next += 1) {
      const one = places[next];
      if (one === undefined || (next > at && one.end > place.start + LENGTH - BEFORE)) break;
      if (!words.has(one.word)) span = one.end - place.start;
      words.add(one.word);
    }
    if (words.size > most || (words.size === most && span < shortest))
      [best, most, shortest] = [place, words.size, span];
  }
  return best;
}

/** Returns where to begin: at a word some way before, if there is one. */
function startOf(text: string, at: number): number {
  const earliest = Math.max(0, at - BEFORE);
  if (earliest === 0) return 0;
  const blank = /\s\S/u.exec(text.slice(earliest, at));
  const start = blank === null ? earliest : earliest + blank.index + 1;
  return isInside(text, start) ? start + 1 : start;
}

function endOf(text: string, from: number): number {
  const latest = from + LENGTH;
  if (latest >= text.length) return text.length;
  return isInside(text, latest) ? latest - 1 : latest;
}

/** Whether a position is between the two halves of a character. */
function isInside(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

/** Makes each run of white space one blank. */
function onOneLine(text: string, from: number, to: number, places: readonly Span[]): Snippet {
  const isCut = from > 0;
  let shown = isCut ? MARK : "";
  const at: number[] = [];
  for (let index = from; index < to; index += 1) {
    at.push(shown.length);
    const unit = text[index] ?? "";
    if (!/\s/u.test(unit)) shown += unit;
    else if (shown !== "" && !shown.endsWith(" ")) shown += " ";
  }
  const end = shown.trimEnd().length;
  at.push(end);
  const marks: Span[] = [];
  for (const place of places) {
    const start = at[place.start - from] ?? 0;
    const stop = Math.min(at[Math.min(place.end, to) - from] ?? end, end);
    const last = marks.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, stop);
    else if (stop > start) marks.push({ start, end: stop });
  }
  return { text: shown.slice(0, end) + (to < text.length ? MARK : ""), marks };
}
