import { readFileSync } from "node:fs";
import { type IncomingHttpHeaders, request } from "node:http";
import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";
import { type Running, start } from "../run.ts";

const CLI = join(REPOSITORY, "dist/cli.cjs");

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  json: Record<string, unknown>;
}

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A running `agent-sessions ui`. */
export interface PageServer {
  running: Running;
  url: string;
  port: number;
  token: string;
  /** The file that leads a browser to the page. */
  openFile: string;
  /** The address that a browser opens. */
  address: string;
  /** Sends a request just so: no header but those given, and that of the host. */
  ask(path: string, sent?: Sent): Promise<Answer>;
  /** The same, with all that the page sends with it. */
  asPage(path: string, body?: object): Promise<Answer>;
}

export async function startPage(
  { env, cwd }: { env: Record<string, string>; cwd: string },
  flags: readonly string[] = [],
  cli = CLI,
): Promise<PageServer> {
  const running = start([process.execPath, cli, "ui", "--json", ...flags], { cwd, env });
  const line = await running.waitFor((stdout) => stdout.includes("\n"), { what: "the page's address" });
  const { url, port, open_file: openFile } = JSON.parse(line);
  const token = /#([\w-]{43})"/.exec(readFileSync(openFile, "utf8"))?.[1] ?? "";
  const ask = (path: string, { method = "GET", headers = {}, body }: Sent = {}) =>
    new Promise<Answer>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (piece) => {
          text += piece;
        });
        response.on("end", () => {
          const json = text.startsWith("{") ? JSON.parse(text) : {};
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      });
      asked.on("error", reject);
      asked.end(body);
    });
  return {
    ...{ running, url, port, token, openFile, address: `${url}#${token}`, ask },
    asPage: (path, body) =>
      ask(path, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "sec-fetch-site": "same-origin",
          ...(body === undefined ? {} : { origin: url.slice(0, -1), "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}
