import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../domain/errors.ts";
import { toTerminal } from "../../system/terminal/text.ts";
import type { CommandIo } from "../terminal.ts";

/** How often the screen is drawn. */
const EVERY_MS = 1_000;

const ENTER = toTerminal("\u001b[?1049h");
const LEAVE = toTerminal("\u001b[?1049l");
const HOME = toTerminal("\u001b[H");
const END_OF_LINE = toTerminal("\u001b[K");
const END_OF_SCREEN = toTerminal("\u001b[J");

/**
 * Draws a text on a screen of its own, again and again, until Ctrl-C; then the terminal shows what it showed before.
 *
 * @throws AppError `usage` without a terminal; what `draw` throws
 */
export async function watchScreen(io: CommandIo, draw: () => Promise<string>): Promise<number> {
  const { terminal } = io;
  if (terminal.size() === undefined) {
    throw new AppError("usage", "--watch needs a terminal, and the output goes elsewhere.", {
      hint: "Leave --watch out, or use --json in a loop.",
    });
  }
  const { signal } = io.catchSignals();
  let isOpen = false;
  try {
    for (;;) {
      const text = await draw();
      const { rows = 24 } = terminal.size() ?? {};
      terminal.out(`${isOpen ? "" : ENTER}${HOME}${screenOf(text, rows)}${END_OF_SCREEN}`);
      isOpen = true;
      await sleep(EVERY_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return 0;
  } finally {
    if (isOpen) terminal.out(LEAVE);
  }
}

/** Returns as many lines as there is room for, with a note of how many there are more. */
function screenOf(text: string, rows: number): string {
  const lines = text.trimEnd().split("\n");
  const room = Math.max(1, rows - 1);
  const shown = lines.length <= room ? lines : lines.slice(0, room - 1);
  const more = lines.length - shown.length;
  const all = more === 0 ? shown : [...shown, `… ${more} more`];
  return all.map((line) => `${line}${END_OF_LINE}\n`).join("");
}
