import { AppError } from "../../domain/errors.ts";
import { errnoOf } from "../../system/errors.ts";
import type { StoreAddress } from "../store-address.ts";

/**
 * Whether an error says that the database can't be reached now, which may pass: by the SQLSTATE where the server has sent
 * one, as `57P03` while it starts.
 */
export function isAway(error: unknown): boolean {
  if (error instanceof AppError) return error.facts.is_away === true;
  const code = errnoOf(error);
  if (code !== undefined) return /^(08|53|57P0)/.test(code) || AWAY.includes(code);
  return (
    error instanceof Error &&
    /^(Connection terminated|timeout (expired|exceeded)|Query read timeout|Client has encountered)/i.test(
      error.message,
    )
  );
}

const AWAY = [
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "EAI_AGAIN",
  "ENOENT",
  "EADDRNOTAVAIL",
];

/** Whether two transactions have kept each other from going on: the same again may succeed. */
export function isConflict(error: unknown): boolean {
  const sqlstate = error instanceof AppError ? error.facts.sqlstate : errnoOf(error);
  return sqlstate === "40001" || sqlstate === "40P01";
}

/** Turns an error of `pg` into one that says what to do; what is none of the database is returned as it is. */
export function storeError(error: unknown, { shown, user, database }: StoreAddress): unknown {
  if (error instanceof AppError || !(error instanceof Error)) return error;
  const sqlstate = errnoOf(error);
  const said = error.message || sqlstate || "no answer";
  const fail = (message: string, hint: string, facts: Record<string, unknown> = {}) =>
    new AppError("state_unreadable", message, {
      hint,
      cause: error,
      facts: { store: shown, sqlstate: sqlstate ?? null, ...facts },
    });
  const who = user === undefined ? "This login" : `The role ${user}`;
  if (isAway(error))
    return fail(`The store ${shown} can't be reached: ${said}.`, "Try again when the database is back.", {
      is_away: true,
    });
  if (sqlstate === undefined) return error;
  if (sqlstate.startsWith("28"))
    return fail(`The store ${shown} refuses the login: ${said}.`, "Check the role and its password.");
  if (sqlstate === "3D000")
    return fail(`There is no database ${database} at ${shown}.`, "Create it, or correct the URL.");
  if (sqlstate === "42501")
    return fail(`${who} may not do this at ${shown}: ${said}.`, "docs/fleet.md says which role may do what.");
  if (["42P01", "3F000", "42703", "42883"].includes(sqlstate))
    return fail(
      `The store ${shown} lacks something that this program needs: ${said}.`,
      "Run `agent-sessions store migrate` as the role that owns the tables.",
    );
  if (/^[0-9A-Z]{5}$/.test(sqlstate))
    return fail(
      `The store ${shown} has answered with an error: ${said}.`,
      "Please report it, with what you did.",
    );
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(sqlstate))
    return fail(
      `The store ${shown} does not prove who it is: ${said}.`,
      "Name the certificate of its authority with sslrootcert=FILE.",
    );
  return error;
}
