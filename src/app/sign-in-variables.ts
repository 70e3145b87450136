import type { SignIn } from "../domain/agent/places.ts";
import { readLines } from "../system/lines/read.ts";

/** Returns the variables that an agent reads a key from, those that its settings name included. */
export function signInVariables({ variables, config }: SignIn): string[] {
  return config === undefined ? variables : [...variables, ...variablesIn(config)];
}

function variablesIn({ path, variable }: { path: string; variable: RegExp }): string[] {
  try {
    const text = [...readLines(path)].map((line) => line.toString("utf8")).join("\n");
    return [...text.matchAll(variable)].flatMap(([, name]) => (name === undefined ? [] : [name]));
  } catch {
    // The path is a folder, or can't be read: it names none.
    return [];
  }
}
