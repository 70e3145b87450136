/**
 * Returns a test for names. A pattern with `*` or `?` must match the whole name, as for file names; any other
 * pattern must match a part of it. Case and Unicode normal form do not matter.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const wanted = pattern.normalize("NFC").toLowerCase();
  const prepare = (name: string) => name.normalize("NFC").toLowerCase();
  if (!/[*?]/.test(wanted)) return (name) => prepare(name).includes(wanted);
  const parts = wanted.split("*").map((part) => [...part]);
  return (name) => fits([...prepare(name)], parts);
}

/**
 * Whether the parts occur in a text one after the other, the first at its beginning and the last at its end.
 * Each part is searched only once, from the end of the part before: so a pattern of many stars takes no
 * longer.
 */
function fits(text: readonly string[], parts: readonly (readonly string[])[]): boolean {
  const [first = [], ...rest] = parts;
  const last = rest.pop();
  if (!isAt(text, first, 0)) return false;
  if (last === undefined) return text.length === first.length;
  let at = first.length;
  for (const part of rest) {
    while (at + part.length <= text.length && !isAt(text, part, at)) at += 1;
    if (at + part.length > text.length) return false;
    at += part.length;
  }
  const end = text.length - last.length;
  return end >= at && isAt(text, last, end);
}

function isAt(text: readonly string[], part: readonly string[], at: number): boolean {
  return part.every((character, index) =>
    character === "?" ? at + index < text.length : text[at + index] === character,
  );
}
