import { AppError } from "../../domain/errors.ts";
import { snakeKeys } from "../../domain/json-line.ts";
import { printable } from "./table.ts";

const ESCAPES: Record<string, string> = { t: "\t", n: "\n", "\\": "\\" };

/**
 * Returns what makes a line of a view, whose keys are those of the JSON: `{key}` stands for a value, `\t` and `\n` for
 * a tab and a line break. A value that is absent is empty; control characters in a value are escaped.
 *
 * @throws AppError `usage` for a key that is none of `keys`
 */
export function lineFormat(template: string, keys: readonly string[]): (view: object) => string {
  const parts = template.split(/(\{[^{}]*\}|\\.)/).map((part, at) => {
    if (at % 2 === 0) return part;
    if (part.startsWith("\\")) return ESCAPES[part.slice(1)] ?? part;
    const key = part.slice(1, -1);
    if (!keys.includes(key)) {
      throw new AppError("usage", `--format has an unknown key: ${JSON.stringify(part)}.`, {
        hint: `Give any of: ${keys.map((known) => `{${known}}`).join(" ")}`,
      });
    }
    return { key };
  });
  return (view) => {
    const values = snakeKeys(view);
    const texts = parts.map((part) => (typeof part === "string" ? part : textOf(values[part.key])));
    return `${texts.join("")}\n`;
  };
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return printable(typeof value === "object" ? JSON.stringify(value) : String(value));
}
