import { quoteWord } from "../domain/posix-words.ts";

/** What can be done about a name whose conversation is lost. */
export function lostHint(name: string): string {
  const word = quoteWord(name);
  return `What was said is still in: agent-sessions history ${word}   Begin a new conversation under its name with: agent-sessions send ${word} --fresh '…'   See what else it has pointed at with: agent-sessions restore ${word} --list`;
}
