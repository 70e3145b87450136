const TOML_ESCAPES: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const TO_ESCAPE = /["\\\u0000-\u001f\u007f]/g;

/**
 * Returns `value` as a TOML basic string. Codex takes a value that is not valid TOML literally, with its
 * quotes.
 */
export function tomlString(value: string): string {
  const escaped = value
    .toWellFormed()
    .replaceAll(TO_ESCAPE, (character) => TOML_ESCAPES[character] ?? unicodeEscape(character));
  return `"${escaped}"`;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
