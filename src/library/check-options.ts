import { SORTINGS } from "../app/names/list.ts";
import { GROUPINGS } from "../app/tell/cost.ts";
import { ACCESSES } from "../domain/agent/access.ts";
import { AppError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import { type AnyOption, METHODS, type Method } from "./methods.ts";

interface Check {
  /** The allowed values, as they follow "it takes" in the message. */
  takes: string;
  isGood(value: unknown): boolean;
}

const someText: Check = { takes: "a text", isGood: (value) => typeof value === "string" && value !== "" };
const anyText: Check = { takes: "a text", isGood: (value) => typeof value === "string" };
const flag: Check = { takes: "true or false", isGood: (value) => typeof value === "boolean" };
const duration: Check = {
  takes: "a number of milliseconds, from 0 to ten years",
  isGood: (value) => typeof value === "number" && value >= 0 && value <= LONGEST_MS,
};
const someDuration: Check = {
  takes: "a number of milliseconds, above 0 and up to ten years",
  isGood: (value) => duration.isGood(value) && value !== 0,
};
const count: Check = {
  takes: "a whole number above 0",
  isGood: (value) => Number.isSafeInteger(value) && Number(value) > 0,
};
const kind = (takes: string, type: "object" | "function"): Check => ({
  takes,
  isGood: (value) => typeof value === type && value !== null && !Array.isArray(value),
});
const oneOf = (words: readonly string[]): Check => ({
  takes: words.map((word) => JSON.stringify(word)).join(" or "),
  isGood: (value) => typeof value === "string" && words.includes(value),
});

/** The longest duration. It has a limit because a `Date` has one. */
const LONGEST_MS = 3650 * 86_400_000;

const CHECKS: Record<AnyOption, Check> = {
  workspace: someText,
  env: kind("an object of texts", "object"),
  notify: kind("a function", "function"),
  agent: someText,
  turnId: someText,
  model: someText,
  effort: someText,
  access: oneOf(ACCESSES),
  schema: kind("a JSON Schema, as an object", "object"),
  agentCommand: anyText,
  agentArgs: {
    takes: "a list of texts",
    isGood: (value) => Array.isArray(value) && value.every((one) => typeof one === "string"),
  },
  deadlineMs: duration,
  maxOutputBytes: count,
  stallMs: someDuration,
  partials: flag,
  signal: {
    takes: "an AbortSignal",
    // Not `instanceof`: test runners have an AbortSignal class of their own.
    isGood: (value) => typeof value === "object" && value !== null && "aborted" in value,
  },
  prompt: anyText,
  role: anyText,
  ifExists: oneOf(["fail", "replace", "keep"]),
  ifBusy: oneOf(["wait", "fail"]),
  withOpenWindow: flag,
  trustTranscript: flag,
  fresh: flag,
  resumable: flag,
  requestId: someText,
  onUnknown: oneOf(["fail", "resend"]),
  fromNow: flag,
  timeoutMs: duration,
  since: {
    takes: "a Date",
    isGood: (value) => value instanceof Date && !Number.isNaN(value.getTime()),
  },
  by: oneOf(GROUPINGS),
  everywhere: flag,
  pattern: someText,
  sort: oneOf(SORTINGS),
  limit: count,
  sessionId: someText,
  name: someText,
  keepTurnsMs: duration,
  keepSessionsMs: duration,
  dryRun: flag,
  fix: flag,
  forkFrom: someText,
  last: count,
  movesAgo: count,
  olderThanMs: duration,
};

/** For methods that accept fewer values of an option than other methods do. */
const NARROWER: Partial<Record<Method, Partial<Record<AnyOption, Check>>>> = {
  adopt: { ifExists: oneOf(["fail", "replace"]) },
  rebind: { ifExists: oneOf(["fail", "replace"]) },
};

/**
 * Returns the options after checking that the method takes each of them and that each value is valid.
 * TypeScript checks the same, but JavaScript callers have no types: an option that is silently ignored may be
 * the one that was meant to keep an agent from writing.
 *
 * @throws AppError `usage`
 */
export function checkOptions<Options extends object>(method: Method, given: Options): Options {
  if (typeof given !== "object" || given === null) {
    throw new AppError("usage", `The options are ${show(given)}; they must be an object.`);
  }
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!isTaken(method, option)) throw unknownOption(method, option);
    const check = NARROWER[method]?.[option] ?? CHECKS[option];
    if (!check.isGood(value)) {
      throw new AppError("usage", `${option} is ${show(value)}; it takes ${check.takes}.`);
    }
  }
  return given;
}

function isTaken(method: Method, option: string): option is AnyOption {
  return Object.hasOwn(METHODS[method], option);
}

function unknownOption(method: Method, option: string): AppError {
  const taken = Object.keys(METHODS[method]);
  const meant = nearest(option, taken) ?? taken.find((one) => one.startsWith(option));
  const hint =
    meant === undefined
      ? `It takes ${taken.join(", ")}. See docs/api.md for what each one does.`
      : `Did you mean ${meant}?`;
  const message = `${method.replace("sessions.", "")} takes no option ${JSON.stringify(option)}.`;
  return new AppError("usage", message, { hint });
}

/** @throws AppError `usage` if the value is not a string, which JavaScript callers can pass. */
export function checkText(what: string, given: unknown): string {
  if (typeof given === "string") return given;
  throw new AppError("usage", `The ${what} is ${show(given)}; it must be a text.`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}
