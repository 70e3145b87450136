import { cutTo, widthOf } from "./width.ts";

const GAP = 2;

/** A column of a table that must not be wider than the terminal. */
export interface FittedColumn {
  head: string;
  /** The column may be cut to this width; without it, it is shown whole. */
  least?: number;
  /** Which end is cut off. Default: `end`. */
  cut?: "start" | "end";
  /** Where all columns together have no room: the one with the highest number is left out first; without it, none. */
  leaveOut?: number;
}

/** A cell: its text, and how it is coloured once it is cut. */
export interface FittedCell {
  text: string;
  style?: ((text: string) => string) | undefined;
}

/**
 * Lays out a table in at most `width` columns of a terminal; without a width, all of it. What is cut ends, or begins,
 * with `…`. A column without any text is left out.
 */
export function fitTable(
  columns: readonly FittedColumn[],
  rows: readonly (readonly FittedCell[])[],
  width: number | undefined,
  styleHead: (text: string) => string,
): string {
  const all = columns.map((column, at) => ({
    ...column,
    natural: Math.max(widthOf(column.head), ...rows.map((row) => widthOf(row[at]?.text ?? ""))),
    at,
  }));
  const shown = all.filter(({ at }) => rows.some((row) => (row[at]?.text ?? "") !== ""));
  const leastOf = ({ least, natural, head }: (typeof all)[number]) =>
    least === undefined ? natural : Math.min(natural, Math.max(least, widthOf(head)));
  const needed = () => sum(shown.map(leastOf)) + GAP * (shown.length - 1);
  while (width !== undefined && needed() > width) {
    const [last] = shown
      .filter(({ leaveOut }) => leaveOut !== undefined)
      .sort((left, right) => (right.leaveOut ?? 0) - (left.leaveOut ?? 0));
    if (last === undefined) break;
    shown.splice(shown.indexOf(last), 1);
  }
  const placed = shown.map((column) => ({ ...column, width: leastOf(column) }));
  // What is left over is shared out among the columns that are cut.
  let left = width === undefined ? Number.POSITIVE_INFINITY : width - needed();
  for (;;) {
    const cut = placed.filter((column) => column.width < column.natural);
    if (cut.length === 0 || left === 0) break;
    const share = Math.max(1, Math.floor(left / cut.length));
    for (const column of cut) {
      const more = Math.min(share, left, column.natural - column.width);
      column.width += more;
      left -= more;
    }
  }
  const head = placed.map(({ head: text }) => ({ text, style: styleHead }));
  const lines = [head, ...rows.map((row) => placed.map(({ at }) => row[at] ?? { text: "" }))];
  return lines
    .map((cells) => {
      const last = cells.findLastIndex(({ text }) => text !== "");
      return cells
        .slice(0, last + 1)
        .map(({ text, style = (same) => same }, at) => {
          const { width: room = 0, cut } = placed[at] ?? {};
          const fitting = cutTo(text, room, cut);
          const padding = at === last ? 0 : room - widthOf(fitting) + GAP;
          return style(fitting) + " ".repeat(padding);
        })
        .join("");
    })
    .map((line) => `${line}\n`)
    .join("");
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
