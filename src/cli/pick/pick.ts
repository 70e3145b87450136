import { stdin } from "node:process";
import { autocomplete, select, text } from "@clack/prompts";

/** One of several things to choose from. */
export interface Choice {
  value: string;
  label: string;
  hint?: string;
}

/**
 * Lets the person at the keyboard choose, with the arrows or by typing a part of `first`, or of the whole label where no
 * `first` has it; undefined if he leaves.
 */
export function chooseFrom(
  message: string,
  options: readonly (Choice & { first: string })[],
): Promise<string | undefined> {
  const filter = (typed: string, option: { value: string; label?: string }) => {
    const isFirst = options.some(({ first }) => has(first, typed));
    const { first = "", label = "" } = options.find(({ value }) => value === option.value) ?? {};
    return has(isFirst ? first : label, typed);
  };
  const shown = options.map(({ value, label }) => ({ value, label }));
  return asked((signal) => autocomplete({ message, options: shown, signal, filter }));
}

/** The same for a few that need no search. */
export function chooseOf(message: string, options: Choice[]): Promise<string | undefined> {
  return asked((signal) => select({ message, options, signal }));
}

/** Asks for a line of text that is not empty; undefined if the person leaves. */
export function askFor(message: string): Promise<string | undefined> {
  return asked((signal) =>
    text({
      message,
      signal,
      validate: (typed = "") => (typed.trim() === "" ? "Type something, or leave with Esc." : undefined),
    }),
  );
}

/** Whether a text has all words that were typed, in any order. */
function has(label: string, typed: string): boolean {
  const where = label.toLowerCase();
  return typed
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word));
}

/** Ctrl-C is a key here, but others can send its signal. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

async function asked(prompt: (signal: AbortSignal) => Promise<string | symbol>): Promise<string | undefined> {
  // With Ctrl-D, and where the terminal is gone, the library waits for ever (1.9.0).
  const left = new AbortController();
  const leave = () => left.abort();
  const onKey = (_typed: unknown, key: { ctrl?: boolean; name?: string } | undefined) => {
    if (key?.ctrl === true && key.name === "d")
      stdin.emit("keypress", undefined, { name: "escape", sequence: "\u001b" });
  };
  // A signal must not leave a terminal without echo and cursor behind.
  const endBy = (signal: NodeJS.Signals) => {
    leave();
    process.kill(process.pid, signal);
  };
  stdin.on("keypress", onKey).once("end", leave);
  for (const signal of ENDING) process.once(signal, endBy);
  try {
    const answer = await prompt(left.signal);
    return typeof answer === "string" ? answer : undefined;
  } finally {
    stdin.off("keypress", onKey).off("end", leave);
    for (const signal of ENDING) process.off(signal, endBy);
  }
}
