import type { TravelSettings } from "../../domain/travel/format.ts";
import { listWords } from "../../domain/words.ts";

const WORDS: Record<keyof TravelSettings, string> = {
  access: "its access",
  agentCommand: "its wrapper",
  agentArgs: "its arguments",
};

/** Returns settings that an export or an import leaves out, in words for people. */
export function wordsOf(settings: readonly (keyof TravelSettings)[]): string {
  return listWords(settings.map((one) => WORDS[one]));
}
