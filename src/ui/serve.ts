import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { givenOf, problemIn } from "../mcp/fields.ts";
import type { Line, LineResult } from "../mcp/tool.ts";
import { sendError, sendResult } from "./server/answer.ts";
import { ASKING } from "./server/asking.ts";
import { type Assets, readAssets } from "./server/assets.ts";
import { readBody } from "./server/body.ts";
import { Changes } from "./server/changes.ts";
import { FirstScreen } from "./server/first-screen.ts";
import { fleet } from "./server/fleet.ts";
import { API, whyRefused } from "./server/guard.ts";
import { HEADERS } from "./server/headers.ts";
import { IdleWatch } from "./server/idle.ts";
import { LIVE_FIELDS, LIVE_PATH, type Stream, sendLive } from "./server/live.ts";
import { LOOKING } from "./server/looking.ts";
import { newToken, tokenCheck } from "./server/token.ts";

export interface ServeOptions {
  /** 0: any that is free. */
  port: number;
  /** The server is over after this time without use, in milliseconds. */
  idleMs: number;
  /** Where the files of the page are. */
  pageFolder: string;
  /** The most that an agent may do that is asked at the page. */
  maxAccess: string;
  /** The folders that tell when something begins or ends. */
  watched: readonly string[];
  /** The agents that can be kept to an access. */
  limitable: readonly string[];
  /** Whether names and turns are in a store that machines share. */
  hasStore: boolean;
  /** Runs a command line of this program, with `--json`. */
  run(line: Line): Promise<LineResult>;
  stream: Stream;
  /** Says what was asked for that changes something. */
  tell(what: string): void;
  /** Called once, with the first request that has the token. */
  onFirstUse(): void;
}

export interface Served {
  port: number;
  /** What the page has to know, and nobody else. */
  token: string;
  /** Resolves when nobody has used the server for so long. */
  idle: Promise<void>;
  close(): Promise<void>;
}

/** Only this machine, whatever it is asked for. */
const ADDRESS = "127.0.0.1";
const MOST_CONNECTIONS = 64;
/** Browsers open at most six connections to a server; these are for several pages. */
const MOST_LIVE = 24;
const REQUEST_MS = 30_000;

const NOTHING = { code: "refused", message: "There is nothing at this address." };

const ROUTES = [...LOOKING, fleet, ...ASKING];

/** Serves the page until it is closed. Rejects as `listen` does, such as for a port that is taken. */
export async function serve(options: ServeOptions): Promise<Served> {
  const token = newToken();
  const isToken = tokenCheck(token);
  const assets = readAssets(options.pageFolder);
  let onIdle: () => void = () => undefined;
  const idle = new Promise<void>((resolve) => {
    onIdle = resolve;
  });
  const watch = new IdleWatch(options.idleMs, () => onIdle());
  const changes = new Changes(options.watched);
  const firstScreen = new FirstScreen({ ...options, changes });
  const desk = new Desk(options, watch, assets, changes, firstScreen);
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS });
  server.maxConnections = MOST_CONNECTIONS;
  try {
    await listen(server, options.port);
  } catch (error) {
    watch.stop();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  setImmediate(() => firstScreen.lookAhead());
  const door = { host: `${ADDRESS}:${port}`, isToken };
  server.on("request", (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", `http://${door.host}`);
    const asked = { method: request.method ?? "", path: pathname, headers: request.headers };
    const refused = whyRefused(asked, door);
    if (refused !== undefined)
      return sendError(response, refused.status, { code: "refused", message: refused.message });
    if (!pathname.startsWith(API)) return desk.page(response, pathname);
    const given = Object.fromEntries(searchParams);
    desk.answer(request, response, { path: pathname.slice(API.length), given }).catch((error: unknown) => {
      if (response.headersSent) return response.destroy();
      sendError(response, 500, { code: "internal", message: String(error) });
    });
  });
  return {
    port,
    token,
    idle,
    async close() {
      watch.stop();
      changes.close();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Answers what has passed the guard. */
class Desk {
  private live = 0;
  private isUsed = false;

  constructor(
    private readonly options: ServeOptions,
    private readonly watch: IdleWatch,
    private readonly assets: Assets,
    private readonly changes: Changes,
    private readonly firstScreen: FirstScreen,
  ) {}

  page(response: ServerResponse, path: string): void {
    const asset = this.assets.get(path);
    if (asset === undefined) sendError(response, 404, NOTHING);
    else response.writeHead(200, { ...HEADERS, "content-type": asset.type }).end(asset.bytes);
  }

  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    { path, given }: { path: string; given: Record<string, unknown> },
  ): Promise<void> {
    if (!this.isUsed) this.options.onFirstUse();
    this.isUsed = true;
    const over = this.watch.begin();
    response.once("close", over);
    const isLive = path === LIVE_PATH && request.method === "GET";
    const route = ROUTES.find((one) => one.path === path && one.method === request.method);
    if (route === undefined && !isLive) return sendError(response, 404, NOTHING);
    const body = request.method === "POST" ? await readBody(request) : { args: given };
    if ("status" in body) return sendError(response, body.status, { code: "refused", message: body.message });
    const args = givenOf(body.args);
    const problem = problemIn(route?.fields ?? LIVE_FIELDS, args);
    if (problem !== undefined) return sendError(response, 400, { code: "usage", ...problem });
    if (route === undefined) return this.sendLive(response, args);
    const { run, maxAccess, limitable, hasStore, tell } = this.options;
    const { changes, firstScreen } = this;
    const isChange = route.method === "POST";
    if (isChange) tell(`${route.path} ${String(args.name ?? args.id)}`);
    const answer = () => route.answer({ args, run, maxAccess, limitable, hasStore, changes, firstScreen });
    sendResult(request, response, await (isChange ? firstScreen.whileChanging(answer) : answer()));
  }

  private async sendLive(response: ServerResponse, args: Record<string, unknown>): Promise<void> {
    if (this.live >= MOST_LIVE)
      return sendError(response, 429, { code: "busy", message: `${MOST_LIVE} turns are followed already.` });
    this.live += 1;
    try {
      await sendLive(response, args, this.options.stream);
    } finally {
      this.live -= 1;
    }
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: ADDRESS, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
