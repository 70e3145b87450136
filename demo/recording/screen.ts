import { widthOf } from "../../src/cli/output/width.ts";

const COLORS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"] as const;

export interface Look {
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  color: (typeof COLORS)[number] | undefined;
}

/** A character as a person counts them, and how many columns it takes. */
interface Cell {
  text: string;
  width: number;
  look: Look;
}

/** Characters side by side that look alike. */
export interface Run {
  column: number;
  width: number;
  text: string;
  look: Look;
}

const PLAIN: Look = { bold: false, dim: false, italic: false, underline: false, color: undefined };
// biome-ignore lint/suspicious/noControlCharactersInRegex: a control character is what is looked for
const SEQUENCE = /^\u001b\[([\d;]*)([Km])/;
/** What turns text around is drawn otherwise than a terminal does; halves of characters and non-characters are no XML. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Bidi_Control}\ufffe\uffff]/u;

/**
 * What a terminal shows. It knows what our commands write, and the colours that others use; anything else throws, so
 * that nothing is drawn otherwise than a terminal would.
 */
export class Screen {
  private readonly cells: Cell[][] = [[]];
  private column = 0;
  private look = PLAIN;
  private readonly segmenter = new Intl.Segmenter();

  constructor(readonly columns: number) {}

  /** Where the next character is written. */
  get cursor(): { row: number; column: number } {
    return { row: this.cells.length - 1, column: this.column };
  }

  /** Each row in runs that look alike, without blanks at their ends. */
  get rows(): Run[][] {
    return this.cells.map(runsOf);
  }

  write(bytes: string): void {
    for (let rest = bytes; rest !== ""; ) {
      const sequence = SEQUENCE.exec(rest);
      const text = /^[^\p{Cc}]+/u.exec(rest)?.[0] ?? "";
      if (sequence !== null) this.obey(sequence[1] ?? "", sequence[2]);
      else if (text !== "") this.print(text);
      else if (rest.startsWith("\r")) this.column = 0;
      else if (rest.startsWith("\n")) this.cells.push([]);
      else
        throw new Error(
          `A terminal may obey this, and it can't be drawn: ${JSON.stringify(rest.slice(0, 9))}`,
        );
      rest = rest.slice(sequence?.[0].length ?? (text.length || 1));
    }
  }

  private print(text: string): void {
    if (UNPRINTABLE.test(text)) throw new Error(`Nobody can read this: ${JSON.stringify(text)}`);
    for (const { segment } of this.segmenter.segment(text)) {
      const width = widthOf(segment);
      const before = this.cells.at(-1)?.[this.column - 1];
      if (width === 0) {
        // A mark that stands on what is before it.
        if (before !== undefined) before.text += segment;
        continue;
      }
      if (this.column + width > this.columns) {
        this.cells.push([]);
        this.column = 0;
      }
      const row = this.cells.at(-1) ?? [];
      while (row.length < this.column) row.push({ text: " ", width: 1, look: PLAIN });
      row[this.column] = { text: segment, width, look: this.look };
      // The second column of a wide character is there, and holds nothing.
      if (width === 2) row[this.column + 1] = { text: "", width: 0, look: this.look };
      this.column += width;
    }
  }

  private obey(numbers: string, what: string | undefined): void {
    if (what === "m") {
      for (const number of numbers.split(";")) this.look = { ...this.look, ...change(Number(number)) };
    } else if (numbers === "2") this.cells[this.cells.length - 1] = [];
    else throw new Error(`Unknown erasure: ${numbers}K`);
  }
}

function change(number: number): Partial<Look> {
  if (number === 0) return PLAIN;
  if (number === 1) return { bold: true };
  if (number === 2) return { dim: true };
  if (number === 3) return { italic: true };
  if (number === 4) return { underline: true };
  if (number === 22) return { bold: false, dim: false };
  if (number === 23) return { italic: false };
  if (number === 24) return { underline: false };
  if (number === 39) return { color: undefined };
  const color = COLORS[number >= 90 ? number - 90 : number - 30];
  if (color === undefined) throw new Error(`Unknown colour: ${number}`);
  return { color };
}

function runsOf(cells: readonly Cell[]): Run[] {
  const runs: Run[] = [];
  let last: (Run & { isOfOnes: boolean }) | undefined;
  cells.forEach(({ text, width, look }, column) => {
    if (width === 0 && text === "") return;
    // Fonts differ in how wide a wide character is: it has a place of its own.
    if (last?.isOfOnes && width < 2 && isAlike(last.look, look)) {
      last.text += text;
      last.width += width;
    } else {
      last = { column, width, text, look, isOfOnes: width < 2 };
      runs.push(last);
    }
  });
  return runs.flatMap(({ column, text, look }) => {
    const kept = text.trim();
    if (kept === "") return [];
    const before = text.length - text.trimStart().length;
    return [{ column: column + before, width: widthOf(kept), text: kept, look }];
  });
}

function isAlike(one: Look, other: Look): boolean {
  return (Object.keys(PLAIN) as (keyof Look)[]).every((key) => one[key] === other[key]);
}
