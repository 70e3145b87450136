/**
 * Python's rules for reading and printing text, where they differ from JavaScript's and callers of the
 * original scripts can notice it.
 */

/** White space as Python defines it. Unlike for `trim`, U+FEFF is not white space. */
const SPACE =
  "[\\t-\\r\\u001c-\\u0020\\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const OUTER_SPACE = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");

/** `str.strip()` */
export function strip(text: string): string {
  return text.replace(OUTER_SPACE, "");
}

/** `float()`: the number, or undefined where Python would raise ValueError. */
export function parseFloatText(text: string): number | undefined {
  const trimmed = strip(text);
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(trimmed);
  if (special !== null) {
    if (special[2] === undefined) return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const digits = String.raw`\d(?:_?\d)*`;
  const number = new RegExp(`^[+-]?(?:${digits}\\.?(?:${digits})?|\\.${digits})(?:[eE][+-]?${digits})?$`);
  return number.test(trimmed) ? Number(trimmed.replaceAll("_", "")) : undefined;
}

/** `json.dumps(value, ensure_ascii=False)`; a `Map` keeps the order of all its keys. */
export function dumps(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dumps).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const fields = entries.map(([key, field]) => `${JSON.stringify(String(key))}: ${dumps(field)}`);
  return `{${fields.join(", ")}}`;
}

/** `str()` of a value that came from JSON. */
export function str(value: unknown): string {
  return typeof value === "string" ? value : repr(value);
}

/** `repr()` of a value that came from JSON. */
export function repr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return `[${value.map(repr).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value)
      .map(([key, field]) => `${quote(key)}: ${repr(field)}`)
      .join(", ")}}`;
  }
  return String(value);
}

const ESCAPES: Record<string, string> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function quote(text: string): string {
  const mark = text.includes("'") && !text.includes('"') ? '"' : "'";
  let quoted = "";
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character in ESCAPES) quoted += ESCAPES[character];
    else if (character === mark) quoted += `\\${mark}`;
    else if (code < 0x20 || (code >= 0x7f && code < 0xa1))
      quoted += `\\x${code.toString(16).padStart(2, "0")}`;
    else quoted += character;
  }
  return `${mark}${quoted}${mark}`;
}

/** Returns a number of seconds as Python prints a float: `1` as `1.0`. */
export function floatText(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e16 ? `${value}.0` : String(value);
}
