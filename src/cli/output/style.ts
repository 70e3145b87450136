import { toTerminal } from "../../system/terminal/text.ts";

/** Wraps text for a terminal; returns it unchanged without colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  italic(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

export function styleFor(hasColor: boolean): Style {
  const wrap = (open: number, close: number) => (text: string) =>
    hasColor && text !== ""
      ? `${toTerminal(`\u001b[${open}m`)}${text}${toTerminal(`\u001b[${close}m`)}`
      : text;
  return {
    bold: wrap(1, 22),
    dim: wrap(2, 22),
    italic: wrap(3, 23),
    red: wrap(31, 39),
    green: wrap(32, 39),
    yellow: wrap(33, 39),
  };
}
