/** Returns a value as one line of JSON. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value).replace(CONTROL, escaped)}\n`;
}

/**
 * Characters that JSON does not escape but a terminal obeys. Escaped, they are the same value for every
 * reader.
 */
const CONTROL = /[\u007f-\u009f]/g;

function escaped(character: string): string {
  return `\\u00${character.charCodeAt(0).toString(16)}`;
}

/**
 * Returns a view of the library as the command line prints it, as one line of JSON: with keys in snake case, and
 * `null` where something is unknown. The keys are an interface: keys are added, never renamed.
 */
export function snakeLine(view: unknown): string {
  return jsonLine(snake(view));
}

/** Returns a view with the keys that its JSON has. */
export function snakeKeys(view: object): Record<string, unknown> {
  return { ...(snake(view) as object) };
}

function snake(view: unknown): unknown {
  if (view === undefined) return null;
  if (typeof view !== "object" || view === null) return view;
  if (Array.isArray(view)) return view.map(snake);
  const printed: Record<string, unknown> = {};
  // Not `Object.entries`: there may be ten thousand names.
  for (const key of Object.keys(view)) {
    const value = (view as Record<string, unknown>)[key];
    printed[snakeCase(key)] = VERBATIM.has(key) ? (value ?? null) : snake(value);
  }
  return printed;
}

/** The keys that have another name in the JSON than in the library. */
const NAMES = new Map([
  ["isCallerGone", "caller_is_gone"],
  ["isGone", "workspace_is_gone"],
  ["isKept", "kept"],
  ["isPromptKept", "prompt_kept"],
  ["isStalled", "stalled"],
  ["transcriptPath", "transcript"],
  ["usedAt", "last_used_at"],
]);

/** An answer that fits its caller's schema, and what a tool was called with: the keys in them are the model's. */
const VERBATIM: ReadonlySet<string> = new Set(["structured", "input"]);

function snakeCase(key: string): string {
  const known = NAMES.get(key);
  if (known !== undefined) return known;
  const name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  NAMES.set(key, name);
  return name;
}

/** Returns these keys of a view, in this order: for JSON that says less than the library, or in another order. */
export function pick<View, Key extends keyof View & string>(view: View, ...keys: Key[]): object {
  const picked: Record<string, unknown> = {};
  for (const key of keys) picked[key] = view[key];
  return picked;
}
