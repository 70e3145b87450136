import { nearest } from "../domain/nearest.ts";

/** An argument of a tool. */
export interface Field {
  name: string;
  type: "string" | "integer" | "boolean";
  description: string;
  isRequired?: true;
  choices?: readonly string[];
  /** The least value of a number. */
  least?: number;
  /** Whether it reaches the agent as a text, and may have any character. Default: it is a word of a command line. */
  isText?: true;
}

/** Returns the JSON Schema that clients are given. */
export function schemaOf(fields: readonly Field[]): Record<string, unknown> {
  const properties = fields.map(({ name, type, description, choices, least }) => [
    name,
    {
      type,
      description,
      ...(choices === undefined ? {} : { enum: choices }),
      ...(least === undefined ? {} : { minimum: least }),
    },
  ]);
  const required = fields.flatMap(({ name, isRequired }) => (isRequired ? [name] : []));
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}

/** Returns what is wrong with the arguments of a call, and what to do; undefined if nothing is. */
export function problemIn(
  fields: readonly Field[],
  args: Readonly<Record<string, unknown>>,
): { message: string; hint: string } | undefined {
  const names = fields.map(({ name }) => name);
  for (const given of Object.keys(args)) {
    if (names.includes(given)) continue;
    const meant = nearest(given, names);
    const hint =
      meant === undefined
        ? `It takes: ${names.join(", ") || "none"}.`
        : `Did you mean ${JSON.stringify(meant)}?`;
    return { message: `There is no argument ${quoted(given)}.`, hint };
  }
  for (const field of fields) {
    const value = args[field.name];
    if (value === undefined && field.isRequired !== true) continue;
    const wrong = whyWrong(field, value);
    if (wrong === undefined) continue;
    return { message: `The argument ${JSON.stringify(field.name)} ${wrong}.`, hint: field.description };
  }
  return undefined;
}

function whyWrong({ type, choices, least, isText }: Field, value: unknown): string | undefined {
  if (value === undefined) return "is missing";
  const isOfType = type === "integer" ? Number.isSafeInteger(value) : typeof value === type;
  if (!isOfType) return `is ${quoted(value)}, which is no ${type}`;
  if (!isText && String(value).includes("\0")) return `is ${quoted(value)}, which has a zero byte`;
  if (choices !== undefined && !choices.includes(String(value)))
    return `is ${quoted(value)}; it must be one of ${choices.join(", ")}`;
  if (least !== undefined && Number(value) < least) return `is ${value}; the least is ${least}`;
  return undefined;
}

/** Models leave an argument out by `null`, too. */
export function givenOf(args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

const MOST_QUOTED = 200;

/** Returns a value for a message, which a model has to read. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= MOST_QUOTED ? text : `${text.slice(0, MOST_QUOTED)}…`;
}
