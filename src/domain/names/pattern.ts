/**
 * A test for names: with `*` or `?` as in file names for the whole of a name, else for a part of it. Capitals and
 * the normal form do not matter.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const wanted = pattern.normalize("NFC").toLowerCase();
  const prepare = (name: string) => name.normalize("NFC").toLowerCase();
  if (!/[*?]/.test(wanted)) return (name) => prepare(name).includes(wanted);
  const parts = wanted.split("*").map((part) => [...part]);
  return (name) => fits([...prepare(name)], parts);
}

/**
 * Whether the parts lie in a text one after the other, the first at its beginning and the last at its end. A part
 * is looked for from where the one before ended and never again: a pattern of many stars takes no longer for it.
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
