import { BUDGET_TAKES, type Budget, parseBudget } from "../domain/budget/budget.ts";
import { AppError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";
import { METHODS, type Method } from "./methods.ts";

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
  const checks = new Map(Object.entries(METHODS[method]));
  for (const [option, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const check = checks.get(option);
    if (check === undefined) throw unknownOption(method, option, [...checks.keys()]);
    if (check.shape(value) === undefined) {
      throw new AppError("usage", `${option} is ${show(value)}; it takes ${check.takes}.`);
    }
  }
  return given;
}

function unknownOption(method: Method, option: string, taken: readonly string[]): AppError {
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

/** @throws AppError `usage` */
export function checkBudgetText(given: unknown): Budget {
  const budget = parseBudget(checkText("budget", given));
  if (budget !== undefined) return budget;
  throw new AppError("usage", `The budget is ${show(given)}; it takes ${BUDGET_TAKES}.`);
}

/** @throws AppError `usage` if the value is no list of strings. */
export function checkWords(given: unknown): readonly string[] {
  if (Array.isArray(given)) return given.map((word) => checkText("word", word));
  throw new AppError("usage", `The words are ${show(given)}; they must be a list of texts.`);
}

function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  return typeof value === "function" ? "a function" : String(value);
}
