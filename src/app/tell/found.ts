import type { Place, WordFinder } from "../../domain/search/match.ts";
import { type Snippet, snippetOf, wordsIn } from "../../domain/search/snippet.ts";

/** What was found in an exchange. */
export interface Said {
  saidIn: "prompt" | "answer";
  snippet: Snippet;
}

/** Returns the part of an exchange that shows most of the words; undefined if it lacks one of them. */
export function findIn(finder: WordFinder, exchange: { prompt: string; text: string }): Said | undefined {
  const prompt = exchange.prompt.normalize("NFC");
  const text = exchange.text.normalize("NFC");
  if (!finder.areAllIn([prompt, text])) return undefined;
  const asked = finder.placesIn(prompt);
  const answered = finder.placesIn(text);
  const isAnswer = wordsIn(answered) > wordsIn(asked);
  const shown: [string, Place[]] = isAnswer ? [text, answered] : [prompt, asked];
  return { saidIn: isAnswer ? "answer" : "prompt", snippet: snippetOf(...shown) };
}

/** The newest of what is added, up to a number. */
export class Newest<Item extends { at: string }> {
  private items: Item[] = [];

  constructor(private readonly most: number) {}

  add(item: Item): void {
    this.items.push(item);
    // Sorted only now and then: there may be as many hits as turns.
    if (this.items.length >= 2 * this.most) this.items = this.inOrder();
  }

  /** The time of the last item that is kept; empty while there is room for more. */
  get oldest(): string {
    if (this.items.length < this.most) return "";
    this.items = this.inOrder();
    return this.items.at(-1)?.at ?? "";
  }

  /** Returns them, newest first. */
  inOrder(): Item[] {
    return this.items
      .sort((left, right) => (left.at < right.at ? 1 : left.at > right.at ? -1 : 0))
      .slice(0, this.most);
  }
}
