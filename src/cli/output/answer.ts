import type { CommandIo } from "../terminal.ts";
import { styleFor } from "./style.ts";

/**
 * Returns what makes the text that is printed of an answer: at a terminal, its Markdown is laid out; elsewhere, and if
 * `raw`, it is printed as it is.
 */
export async function answerRenderer(
  { terminal }: CommandIo,
  { raw = false, json = false }: { raw?: boolean; json?: boolean },
): Promise<(answer: string) => string> {
  const size = terminal.size();
  if (size === undefined || raw || json) return (answer) => answer;
  // A skill is one file, without it.
  const found = await import("./markdown.ts").catch(() => undefined);
  if (found === undefined) return (answer) => answer;
  const style = styleFor(terminal.hasColor.out);
  return (answer) => found.renderMarkdown(answer, size.columns, style);
}
