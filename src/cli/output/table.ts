import { PLAIN, widthOf } from "./width.ts";

/** Lays out rows in columns two spaces apart; the last column is never padded. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const columns: number[] = [];
  for (const row of rows) {
    for (let column = 0; column < row.length; column += 1) {
      columns[column] = Math.max(columns[column] ?? 0, widthOf(row[column] ?? ""));
    }
  }
  let table = "";
  for (const row of rows) {
    let line = "";
    for (let column = 0; column < row.length; column += 1) {
      const cell = row[column] ?? "";
      const isLast = column === row.length - 1;
      line += isLast ? cell : cell + " ".repeat((columns[column] ?? 0) - widthOf(cell) + 2);
    }
    table += `${line.trimEnd()}\n`;
  }
  return table;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Escapes characters that other tools may have put into a name or an id: a line break would break the table,
 * and a character that changes the writing direction would show a name that does not exist.
 */
export function printable(text: string): string {
  if (PLAIN.test(text)) return text;
  return text.replace(CONTROL, escaped);
}

/** The same for a text that may have several lines. */
export function printableLines(text: string): string {
  return text.replace(CONTROL, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
