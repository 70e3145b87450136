import { escapeRegExp } from "./escape-reg-exp.ts";
import { mayBreakBetween } from "./words.ts";

/** What stands in a line of JSON, read as latin1 and in lower case, if a text in it has a word. */
export type Needle = string | RegExp;

/**
 * Returns what lines of JSON have in common that have all these words in their texts: no line without them needs to be
 * parsed. What a word is in the bytes of a line depends on its case, its normal form and the escapes of JSON, so that
 * a line with all needles may still lack the words.
 */
export function needlesOf(words: readonly string[]): Needle[] {
  const needles = words.flatMap((word) => word.split(/\s+/u).flatMap((piece) => needlesIn(piece)));
  // The longest first: they are the rarest. A pattern is slower than a text.
  return needles.sort((left, right) => weightOf(right) - weightOf(left));
}

/** Whether a part of a file, read as latin1 and in lower case, has all of them. */
export function hasAll(bytes: string, needles: readonly Needle[]): boolean {
  return needles.every((needle) =>
    typeof needle === "string" ? bytes.includes(needle) : needle.test(bytes),
  );
}

function weightOf(needle: Needle): number {
  return typeof needle === "string" ? needle.length : 0;
}

function needlesIn(piece: string): Needle[] {
  const needles: Needle[] = [];
  let pattern = "";
  let text: string | undefined = "";
  let before = "";
  const finish = () => {
    if (pattern !== "") needles.push(text === undefined ? new RegExp(pattern) : inLine(text));
    pattern = "";
    text = "";
    before = "";
  };
  const characters = [...piece];
  for (const [at, character] of characters.entries()) {
    const spellings = isMarked(character, characters[at + 1]) ? undefined : spellingsOf(character);
    if (spellings === undefined) {
      finish();
      continue;
    }
    if (mayBreakBetween(before, character)) {
      pattern += "(?:\\\\r)?(?:\\\\n)?";
      text = undefined;
    }
    if (spellings.length > 1) text = undefined;
    if (text !== undefined) text += character;
    pattern += `(?:${spellings.join("|")})`;
    before = character;
  }
  finish();
  return needles;
}

/** Letters with one other case and one normal form; others may stand in a text in more ways. */
const TWO_CASES =
  /^[\u00c0-\u00c4\u00c6-\u00d6\u00d8-\u00de\u00e0-\u00e4\u00e6-\u00f6\u00f8-\u00fe\u0100-\u012f\u0134-\u0137\u0139-\u0148\u014a-\u017e\u0401\u0410-\u044f\u0451]$/u;
const WITHOUT_CASE = /^(?!\p{M})(?!\p{Changes_When_Casemapped})[^\p{ASCII}\s]$/u;

/** Returns patterns of how a character may stand in a line, as `Needle` has it; undefined if there is no telling. */
function spellingsOf(character: string): string[] | undefined {
  if (/^[\x21-\x7e]$/.test(character)) return [escapeRegExp(inLine(character))];
  const cases = TWO_CASES.test(character)
    ? [character.toLowerCase(), character.toUpperCase()]
    : WITHOUT_CASE.test(character) && !isUnified(character)
      ? [character]
      : [];
  if (cases.length === 0) return undefined;
  return [...new Set(cases.flatMap(spellingsOfCase))];
}

/** As one character, or as a letter and its marks, among which others may stand. */
function spellingsOfCase(character: string): string[] {
  const whole = escapeRegExp(inLine(character));
  const [letter = "", ...marks] = character.normalize("NFD");
  return marks.length === 0 ? [whole] : [whole, `${escapeRegExp(inLine(letter))}[\\x80-\\xff]+`];
}

/** Whether marks of the next character may come between those of this one. */
function isMarked(character: string, next = ""): boolean {
  return /\p{M}/u.test(next) && !/^[\x21-\x7e]$/.test(character);
}

function inLine(text: string): string {
  const bytes = new TextEncoder().encode(JSON.stringify(text).slice(1, -1));
  return String.fromCharCode(...bytes).toLowerCase();
}

let unified: Set<string> | undefined;

/** Whether a Han character is the normal form of another one, too. */
function isUnified(character: string): boolean {
  if (!/\p{sc=Han}/u.test(character)) return false;
  unified ??= new Set(
    [
      [0xf900, 0xfad9],
      [0x2f800, 0x2fa1d],
    ].flatMap(([from = 0, to = 0]) =>
      Array.from({ length: to - from + 1 }, (_, at) => String.fromCodePoint(from + at).normalize("NFC")),
    ),
  );
  return unified.has(character);
}
