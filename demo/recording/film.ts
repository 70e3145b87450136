import type { Recording } from "./recording.ts";
import { type Run, Screen } from "./screen.ts";

/** Something that is seen on one row of the screen from one moment on, to another one or to the end. */
export interface Shot {
  row: number;
  runs: Run[];
  fromMs: number;
  toMs: number | undefined;
}

/** A part of a typed command, on one row: it is seen from `fromMs` on, character by character. */
export interface Typing {
  row: number;
  column: number;
  width: number;
  /** The prompt waits with its cursor. */
  waitsFromMs: number;
  fromMs: number;
  toMs: number;
  /** Enter, or the first character of the next row. */
  doneMs: number;
}

export interface Film {
  columns: number;
  rows: number;
  shots: Shot[];
  typings: Typing[];
  /** Where the last prompt waits, and from when on. */
  end: { row: number; column: number; fromMs: number };
  totalMs: number;
}

const PROMPT = "\u001b[32m$\u001b[39m ";
/** How long the first prompt waits. */
const START_MS = 500;
const KEY_MS = 24;
const ENTER_MS = 250;
/** How long one reads what a command has printed: at all, and for each character. */
const READ_MS = 700;
const READ_CHARACTER_MS = 5;
/** How long the last screen is held. */
const HOLD_MS = 4500;

/** Tells what is seen when: somebody types, and a command answers. A blank row is before each prompt but the first. */
export function filmOf({ columns, events }: Recording): Film {
  const screen = new Screen(columns);
  const typings: Typing[] = [];
  const shots: Shot[] = [];
  let nowMs = 0;
  let promptMs = 0;
  const prompt = (isFirst: boolean) => {
    screen.write(isFirst ? PROMPT : `\r\n${PROMPT}`);
    promptMs = nowMs;
  };
  const look = (last = Number.POSITIVE_INFINITY) => {
    screen.rows.forEach((runs, row) => {
      if (row > last) return;
      const seen = shots.findLast((shot) => shot.row === row && shot.toMs === undefined);
      if (JSON.stringify(seen?.runs ?? []) === JSON.stringify(runs)) return;
      if (seen !== undefined) seen.toMs = nowMs;
      if (runs.length > 0) shots.push({ row, runs, fromMs: nowMs, toMs: undefined });
    });
  };

  prompt(true);
  look();
  nowMs = START_MS;
  events.forEach((event, at) => {
    if ("printed" in event) {
      nowMs += event.afterMs;
      screen.write(event.printed);
      const isLast = !("printed" in (events[at + 1] ?? { typed: "" }));
      if (isLast) prompt(false);
      look();
      if (isLast) nowMs += READ_MS + READ_CHARACTER_MS * event.printed.length;
      return;
    }
    const { row, column } = screen.cursor;
    screen.write(`\u001b[1m${event.typed}\u001b[22m`);
    const enterMs = nowMs + KEY_MS * lengthOf(screen, row, column) + ENTER_MS;
    for (let on = row; on <= screen.cursor.row; on += 1) {
      const from = on === row ? column : 0;
      const width = (on === screen.cursor.row ? screen.cursor.column : columns) - from;
      const toMs = nowMs + KEY_MS * width;
      typings.push({
        row: on,
        column: from,
        width,
        waitsFromMs: promptMs,
        fromMs: nowMs,
        toMs,
        doneMs: on === screen.cursor.row ? enterMs : toMs,
      });
      promptMs = toMs;
      // What stands on the rows below is not typed yet.
      look(on);
      nowMs = toMs;
    }
    nowMs = enterMs;
    screen.write("\r\n");
  });
  const { row, column } = screen.cursor;
  return {
    columns,
    rows: screen.rows.length,
    shots: shots.filter(({ fromMs, toMs }) => fromMs !== toMs),
    typings,
    end: { row, column, fromMs: promptMs },
    totalMs: nowMs + HOLD_MS,
  };
}

function lengthOf(screen: Screen, row: number, column: number): number {
  return (screen.cursor.row - row) * screen.columns + screen.cursor.column - column;
}
