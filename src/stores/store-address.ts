import { AppError } from "../domain/errors.ts";
import { withoutUndefined } from "../domain/without-undefined.ts";
import { readPrivateFile } from "../system/places/secret-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that say where the store is; no agent gets to see one of them. */
export const STORE_VARIABLES = [
  "AGENT_SESSIONS_STORE",
  "AGENT_SESSIONS_STORE_FILE",
  "AGENT_SESSIONS_STORE_KEY_FILE",
] as const;

/**
 * Returns an environment for agents: nothing in it leads to the store, neither our variables nor, where a store is set, those
 * of libpq.
 */
export function withoutStore(env: Environment, isSet = findsStore(env)): Environment {
  if (!isSet && STORE_VARIABLES.every((name) => env[name] === undefined)) return env;
  const isOfStore = (name: string) =>
    STORE_VARIABLES.some((one) => one === name) || (isSet && /^PG[A-Z]+$/.test(name));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isOfStore(name)));
}

/** Whether the environment names a store, be it a wrong one. */
export function findsStore({ AGENT_SESSIONS_STORE, AGENT_SESSIONS_STORE_FILE }: Environment): boolean {
  return Boolean(AGENT_SESSIONS_STORE) || Boolean(AGENT_SESSIONS_STORE_FILE);
}

/** Where a store on PostgreSQL is, checked; what is used is these fields, not the URL. */
export interface StoreAddress {
  /** A host name, an address, or the absolute path of the folder of a socket. */
  host: string;
  port: number;
  database: string;
  /** Default: as libpq has it, PGUSER or the login name. */
  user?: string | undefined;
  password?: string | undefined;
  /** Absent for a connection that needs none: by a socket, or on this machine. */
  tls?: { rootCertificate?: string; certificate?: string; key?: string } | undefined;
  /** What the server is told at each connection, such as `-c statement_timeout=5000`. */
  options?: string | undefined;
  /** The file with the key that seals what people and agents have written; absent: nothing is sealed. */
  keyFile?: string | undefined;
  /** For messages: no password, no options. */
  shown: string;
}

const KNOWN = ["sslmode", "sslrootcert", "sslcert", "sslkey", "host", "options"];

/**
 * Returns the store that is `given`, a URL or the path of a file with one; else the one that the environment names;
 * undefined where there is none.
 *
 * @throws AppError `usage` with what is wrong, never with the password; `state_unreadable`
 */
export function findStoreAddress(env: Environment, given?: string): StoreAddress | undefined {
  if (given === undefined) return addressIn(env);
  const keyFile = env.AGENT_SESSIONS_STORE_KEY_FILE || undefined;
  const address = /^[a-z]+:/i.test(given.trim())
    ? parseStoreUrl(given.trim(), "The store")
    : parseStoreUrl(readUrl(given, "the store"), given);
  return { ...address, keyFile };
}

function addressIn(env: Environment): StoreAddress | undefined {
  const { AGENT_SESSIONS_STORE: given, AGENT_SESSIONS_STORE_FILE: file } = env;
  const keyFile = env.AGENT_SESSIONS_STORE_KEY_FILE || undefined;
  if (given && file)
    throw new AppError("usage", "AGENT_SESSIONS_STORE and AGENT_SESSIONS_STORE_FILE are both set.", {
      hint: "Unset one of them.",
    });
  if (given) return { ...parseStoreUrl(given.trim(), "AGENT_SESSIONS_STORE"), keyFile };
  if (file) return { ...parseStoreUrl(readUrl(file, "AGENT_SESSIONS_STORE_FILE"), file), keyFile };
  return undefined;
}

function readUrl(path: string, whose: string): string {
  const text = readPrivateFile(path, whose).toString("utf8").trim();
  if (text) return text;
  throw new AppError("usage", `The file ${path} of ${whose} is empty.`, {
    hint: "Write the URL of the database into it, as its only line.",
  });
}

/** @throws AppError `usage`; `from` says where the URL stands */
export function parseStoreUrl(text: string, from: string): StoreAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const refuse = (what: string, hint: string): never => {
    throw new AppError("usage", `${from} ${what}.`, { hint });
  };
  const example = "Such as postgres://user@host/database?sslmode=verify-full.";
  if (url === undefined) return refuse("holds no URL", example);
  if (url.protocol !== "postgres:" && url.protocol !== "postgresql:")
    return refuse(`is a URL of ${url.protocol}, and the store is on PostgreSQL`, example);
  const query = url.searchParams;
  for (const key of query.keys()) {
    if (!KNOWN.includes(key))
      return refuse(`has the parameter ${key}, which is not known`, `Known are ${KNOWN.join(", ")}.`);
    if (query.getAll(key).length > 1) return refuse(`has the parameter ${key} twice`, "Leave one.");
  }
  const host = query.get("host") ?? decode(url.hostname).replace(/^\[(.*)\]$/, "$1");
  const database = decode(url.pathname.slice(1));
  if (host === "") return refuse("names no host", example);
  if (database === "") return refuse("names no database", example);
  const isSocket = host.startsWith("/");
  const mode = query.get("sslmode") ?? undefined;
  const isHere = isSocket || /^(localhost|127(\.\d+){3}|::1)$/.test(host);
  if (mode !== undefined && mode !== "verify-full" && !(isHere && mode === "disable"))
    return refuse(
      `has sslmode=${mode}, which does not make sure who the server is`,
      "Write sslmode=verify-full; sslrootcert=FILE names the certificate of your own authority.",
    );
  if (!isHere && mode === undefined)
    return refuse(
      `sends ${url.password === "" ? "prompts and answers" : "a password"} to ${host} without TLS`,
      "Add ?sslmode=verify-full; sslrootcert=FILE names the certificate of your own authority.",
    );
  const port = url.port === "" ? 5432 : Number(url.port);
  const user = decode(url.username);
  const given = (key: string) => query.get(key) ?? undefined;
  return {
    host,
    port,
    database,
    user: user || undefined,
    password: decode(url.password) || undefined,
    tls:
      mode === "verify-full" && !isSocket
        ? withoutUndefined({
            rootCertificate: given("sslrootcert"),
            certificate: given("sslcert"),
            key: given("sslkey"),
          })
        : undefined,
    options: given("options"),
    shown: `postgres://${user === "" ? "" : `${user}@`}${host}${url.port === "" ? "" : `:${port}`}/${database}`,
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
