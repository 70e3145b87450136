import { mayBreakBetween } from "./words.ts";

/** A part of a text, from its first code unit to the one behind its last. */
export interface Span {
  start: number;
  end: number;
}

/** A place in a text where one of the words stands: the index of the word, and where. */
export interface Place extends Span {
  word: number;
}

/** So many places of one word are looked at; a text may have a million. */
const MOST_PLACES = 1_000;

/** Finds words in texts, in any case and any normal form; a blank of a phrase is any white space. */
export class WordFinder {
  private readonly patterns: readonly RegExp[];

  /** @param words as `wordsToFind` returns them */
  constructor(words: readonly string[]) {
    this.patterns = words.map((word) => new RegExp(patternOf(word), "giu"));
  }

  /** Whether each word is in at least one of the texts, which are in normal form C. */
  areAllIn(texts: readonly string[]): boolean {
    return this.patterns.every((pattern) => texts.some((text) => text.search(pattern) >= 0));
  }

  /** Returns where the words stand in a text in normal form C, in order. */
  placesIn(text: string): Place[] {
    const places: Place[] = [];
    for (const [word, pattern] of this.patterns.entries()) {
      let count = 0;
      for (const { index, 0: found } of text.matchAll(pattern)) {
        places.push({ word, start: index, end: index + found.length });
        count += 1;
        if (count === MOST_PLACES) break;
      }
    }
    return places.sort((left, right) => left.start - right.start || right.end - left.end);
  }
}

function patternOf(word: string): string {
  let pattern = "";
  let before = "";
  for (const character of word) {
    if (/\s/u.test(character)) {
      if (!/\s/u.test(before)) pattern += "\\s+";
    } else {
      if (mayBreakBetween(before, character)) pattern += "(?:\\r?\\n)?";
      pattern += character.replace(/[\\^$.*+?()[\]{}|/]/, "\\$&");
    }
    before = character;
  }
  return pattern;
}
