import assert from "node:assert/strict";
import test from "node:test";
import { whyRefused } from "../../../src/ui/server/guard.ts";

const HOST = "127.0.0.1:8123";
const door = { host: HOST, isToken: (text: string) => text === "right" };
const OURS = { host: HOST, authorization: "Bearer right" };
const POST = { ...OURS, origin: `http://${HOST}`, "content-type": "application/json" };

/** What is asked, with which headers, and the status of the refusal; 0 for what is answered. */
const CASES: readonly [what: string, ask: string, headers: Record<string, string>, status: number][] = [
  ["the page, without a token", "GET /", { host: HOST }, 0],
  ["the page, opened from a file", "GET /", { host: HOST, ...opened("cross-site") }, 0],
  ["the page, in a frame of another site", "GET /", { host: HOST, ...opened("cross-site", "iframe") }, 403],
  ["the script, for another site", "GET /page.js", { host: HOST, "sec-fetch-site": "cross-site" }, 403],
  ["the script, for our page", "GET /page.js", { host: HOST, "sec-fetch-site": "same-origin" }, 0],
  ["an answer, with the token", "GET /api/overview", OURS, 0],
  ["an answer, for our page", "GET /api/overview", { ...OURS, "sec-fetch-site": "same-origin" }, 0],
  ["no token", "GET /api/overview", { host: HOST }, 401],
  ["another token", "GET /api/overview", { host: HOST, authorization: "Bearer wrong" }, 401],
  ["a token of another kind", "GET /api/overview", { host: HOST, authorization: "Basic right" }, 401],
  ["the token as a cookie", "GET /api/overview", { host: HOST, cookie: "token=right" }, 401],
  ["a path that only looks like another one", "GET /api/../api/overview", { host: HOST }, 401],
  ["another name that leads here", "GET /api/overview", { ...OURS, host: "evil.example" }, 421],
  ["another name, for the page", "GET /", { host: "evil.example:8123" }, 421],
  ["localhost", "GET /", { host: "localhost:8123" }, 421],
  ["another port", "GET /", { host: "127.0.0.1:80" }, 421],
  ["no host", "GET /", {}, 421],
  ["another origin", "GET /api/overview", { ...OURS, origin: "http://evil.example" }, 403],
  ["the origin of a file", "GET /api/overview", { ...OURS, origin: "null" }, 403],
  ["the origin of another port", "GET /api/overview", { ...OURS, origin: "http://127.0.0.1:80" }, 403],
  ["another site", "GET /api/overview", { ...OURS, "sec-fetch-site": "cross-site" }, 403],
  ["another port of this machine", "GET /api/overview", { ...OURS, "sec-fetch-site": "same-site" }, 403],
  ["an address that was typed", "GET /api/overview", { ...OURS, ...opened("none") }, 403],
  ["a change, by our page", "POST /api/send", POST, 0],
  ["a change, in UTF-8", "POST /api/send", { ...POST, "content-type": "application/json; charset=utf-8" }, 0],
  ["a change by a form", "POST /api/send", { ...POST, "content-type": "text/plain" }, 415],
  ["a change of no type", "POST /api/send", { ...OURS }, 415],
  [
    "a change of a type that begins alike",
    "POST /api/send",
    { ...POST, "content-type": "application/jsonp" },
    415,
  ],
  ["a change without a token", "POST /api/send", { ...POST, authorization: "" }, 401],
  ["a change of the page", "POST /", POST, 405],
  ["a question before another one", "OPTIONS /api/send", { ...OURS, origin: `http://${HOST}` }, 405],
  ["the same, of another site", "OPTIONS /api/send", { host: HOST, origin: "http://evil.example" }, 403],
  ["another method", "DELETE /api/send", POST, 405],
];

for (const [what, ask, headers, status] of CASES)
  test(`${what}: ${status === 0 ? "answered" : status}`, () => {
    const [method = "", path = ""] = ask.split(" ");
    const refused = whyRefused({ method, path, headers }, door);
    assert.equal(refused?.status ?? 0, status, refused?.message);
  });

function opened(site: string, dest = "document"): Record<string, string> {
  return { "sec-fetch-site": site, "sec-fetch-mode": "navigate", "sec-fetch-dest": dest };
}
