import { knownToken } from "./token.ts";

/** What the server, or the command that it has run, says about a failure. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | undefined,
  ) {
    super(message);
  }
}

/** Nobody answers: the server has ended. */
export const GONE = new Refused(
  0,
  "gone",
  "The server of this page has ended.",
  "Start it again: agent-sessions ui",
);

export type Params = Readonly<Record<string, string | number | undefined>>;

/** The last answer to each question, for those that are asked again and again. */
const last = new Map<string, { etag: string; body: unknown }>();

/** @throws Refused */
export async function get<T>(path: string, params: Params = {}, signal?: AbortSignal): Promise<T> {
  const url = addressOf(path, params);
  const known = last.get(url);
  const response = await send(url, {
    headers: known === undefined ? {} : { "if-none-match": known.etag },
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.status === 304 && known !== undefined) return known.body as T;
  const body = await bodyOf(response);
  const etag = response.headers.get("etag");
  if (path === "overview" && etag !== null) last.set(url, { etag, body });
  return body as T;
}

/** @throws Refused */
export async function post<T>(path: string, args: object): Promise<T> {
  const headers = { "content-type": "application/json" };
  const response = await send(addressOf(path, {}), { method: "POST", headers, body: JSON.stringify(args) });
  return (await bodyOf(response)) as T;
}

/** Sends a request with the token, in a header: a cookie would go to every port of this machine. */
export async function send(url: string, init: RequestInit): Promise<Response> {
  const authorization = `Bearer ${knownToken() ?? ""}`;
  try {
    return await fetch(url, { ...init, headers: { ...init.headers, authorization }, cache: "no-store" });
  } catch (error) {
    throw init.signal?.aborted === true ? error : GONE;
  }
}

export function addressOf(path: string, params: Params): string {
  const given = Object.entries(params).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, String(value)]],
  );
  return `/api/${path}${given.length === 0 ? "" : `?${new URLSearchParams(given)}`}`;
}

async function bodyOf(response: Response): Promise<unknown> {
  const body = await response.json();
  if (response.ok) return body;
  throw refusedAs(response.status, body.error);
}

export function refusedAs(
  status: number,
  error: { code: string; message: string; hint?: string | null },
): Refused {
  return new Refused(status, error.code, error.message, error.hint ?? undefined);
}
