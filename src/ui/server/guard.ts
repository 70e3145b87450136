import type { IncomingHttpHeaders } from "node:http";

/** What is looked at before a request is answered. */
export interface Asked {
  method: string;
  /** Without the query. */
  path: string;
  headers: IncomingHttpHeaders;
}

/** Why a request is not answered. */
export interface Refusal {
  status: number;
  message: string;
}

interface Door {
  /** The only host that the server answers for, such as 127.0.0.1:8123. */
  host: string;
  /** Whether the text is the token of this server. */
  isToken(text: string): boolean;
}

/** What is below it is answered with a token alone. */
export const API = "/api/";

/**
 * Returns why a request is refused; undefined for one that comes from our page, or from a program that has the token. Any
 * website can make a browser send requests to this machine, and any name can lead to it.
 */
export function whyRefused(asked: Asked, door: Door): Refusal | undefined {
  const { headers } = asked;
  // A name of somebody else's that leads here would make our answers those of that site.
  if (headers.host !== door.host)
    return refusal(
      421,
      `This server answers for ${door.host} alone, and was asked as ${quoted(headers.host)}.`,
    );
  if (headers.origin !== undefined && headers.origin !== `http://${door.host}`)
    return refusal(403, `A page of ${quoted(headers.origin)} may not ask this server.`);
  if (!isFromUs(asked)) return refusal(403, "Another site may not ask this server.");
  const isApi = asked.path.startsWith(API);
  if (asked.method !== "GET" && !(isApi && asked.method === "POST"))
    return refusal(405, `The method ${quoted(asked.method)} is not answered here.`);
  if (!isApi) return undefined;
  const [, token] = /^Bearer (\S+)$/.exec(headers.authorization ?? "") ?? [];
  if (token === undefined || !door.isToken(token))
    return refusal(401, "The token is missing, or is not the one of this server.");
  // What a form of another site can send is never of this type.
  const type = headers["content-type"]?.toLowerCase().replaceAll(" ", "");
  if (asked.method === "POST" && !/^application\/json(?:;charset=utf-8)?$/.test(type ?? ""))
    return refusal(415, `A request is application/json, and this one is ${quoted(headers["content-type"])}.`);
  return undefined;
}

/** Where the browser says which site asks, it is ours; only the bare page may be opened from elsewhere, such as a file. */
function isFromUs({ method, path, headers }: Asked): boolean {
  const site = headers["sec-fetch-site"];
  if (site === undefined || site === "same-origin") return true;
  const isOpened = headers["sec-fetch-mode"] === "navigate" && headers["sec-fetch-dest"] === "document";
  return method === "GET" && path === "/" && isOpened;
}

function refusal(status: number, message: string): Refusal {
  return { status, message };
}

const MOST_QUOTED = 100;

function quoted(value: string | undefined): string {
  return JSON.stringify(value?.slice(0, MOST_QUOTED) ?? null);
}
