import { styleFor } from "../src/cli/output/style.ts";
import { quoteWords } from "../src/domain/words.ts";

const wantsColor = (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb";
const style = styleFor(wantsColor && process.stdout.isTTY === true);
const errorStyle = styleFor(wantsColor && process.stderr.isTTY === true);

export function print(text: string): void {
  process.stdout.write(text);
}

export function heading(text: string): void {
  print(`\n${style.bold(style.yellow(`# ${text}`))}\n`);
}

/** The command as a person would type it. */
export function command(words: readonly string[]): void {
  print(`${style.green("$")} ${style.bold(quoteWords(words))}\n`);
}

/** What the demo itself saw, told from what commands print by its indent. */
export function note(text: string): void {
  print(`  ${style.dim(text)}\n`);
}

/** Texts in their order. */
export function numbered(texts: readonly string[]): void {
  texts.forEach((text, at) => {
    print(`    ${style.dim(`${at + 1}.`)} ${text}\n`);
  });
}

export function success(text: string): void {
  print(`\n${style.green("✓")} ${style.bold(text)}\n`);
}

export function failure(text: string): void {
  process.stderr.write(`\n${errorStyle.red("The demo failed:")} ${text}\n`);
}

export function stopped(): void {
  process.stderr.write("\nStopped. Nothing is left behind.\n");
}
