import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { LineResult } from "../../mcp/tool.ts";
import { HEADERS } from "./headers.ts";

/** What the exit code of a command becomes. What is refused before a command runs has none: it is a wrong request. */
const STATUSES: Record<number, number> = { 2: 400, 4: 404, 5: 409 };

/** Sends what a command line says. A page that has it already is told only that. */
export function sendResult(
  request: IncomingMessage,
  response: ServerResponse,
  { json, error }: LineResult,
): void {
  if (error !== undefined) {
    sendError(response, STATUSES[Number(error.exit_code ?? 2)] ?? 500, error);
    return;
  }
  const body = JSON.stringify(json ?? {});
  const etag = `"${createHash("sha1").update(body).digest("base64url")}"`;
  const isKnown = request.headers["if-none-match"] === etag;
  response.writeHead(isKnown ? 304 : 200, { ...HEADERS, "content-type": "application/json", etag });
  response.end(isKnown ? undefined : body);
}

export function sendError(
  response: ServerResponse,
  status: number,
  error: { code: string; message: string; hint?: string | null | undefined },
): void {
  response.writeHead(status, {
    ...HEADERS,
    "content-type": "application/json",
    // Who is refused may have more to send, and nobody reads it.
    connection: "close",
    ...(status === 401 ? { "www-authenticate": "Bearer" } : {}),
  });
  response.end(JSON.stringify({ type: "agent_sessions.error", error }));
}
