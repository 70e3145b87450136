import type { Field } from "./fields.ts";

/** An argument that is an option of the command line, too. */
export interface Option extends Field {
  /** The option of the command line. Default: `--` and the name, with dashes. */
  flag?: string;
}

/** Returns the command line of a verb: its options, those of `args`, and its words, which may begin with a dash. */
export function lineOf(
  verb: string,
  words: readonly unknown[],
  options: readonly Option[],
  args: Readonly<Record<string, unknown>>,
): string[] {
  const given = options.flatMap(({ name, flag = `--${name.replaceAll("_", "-")}` }) => {
    const value = args[name];
    if (value === undefined || value === false) return [];
    // As one word: a value may begin with a dash.
    return value === true ? [flag] : [`${flag}=${String(value)}`];
  });
  const texts = words.flatMap((word) => (word === undefined ? [] : [String(word)]));
  return [verb, ...given, ...(texts.length === 0 ? [] : ["--", ...texts])];
}
