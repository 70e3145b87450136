import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { handleGemini, handleMessages, handleResponses, Journal, Logger } from "@copilotkit/aimock";
import { until } from "../until.ts";
import { serveChat } from "./chat.ts";
import { withNamespaces } from "./namespaces.ts";
import { agentAt, isRecord, type ReceivedRequest, readRequest } from "./received.ts";
import { echo, type Reply, type ReplySource, replyInRound, toFixture, usageOf } from "./replies.ts";

export type { ReceivedRequest } from "./received.ts";
export type { Reply, ReplySource } from "./replies.ts";

/** Picks requests by the last thing the user typed: a string is that very text. */
export type PromptMatch = string | RegExp;

export interface LoopbackModel {
  /** `http://127.0.0.1:<port>`, for `ANTHROPIC_BASE_URL`; codex wants `/v1` after it, copilot `/copilot/v1`. */
  url: string;
  /** Every question to the model so far, in order of arrival. A turn without tools is exactly one. */
  requests(): ReceivedRequest[];
  /** Method and path of whatever else was asked for. All of it got a 404. */
  strays(): string[];
  /** Answers matching prompts with `reply`, `times` times (default: always). The newest rule that fits wins. */
  when(match: PromptMatch, reply: ReplySource, options?: { times?: number }): void;
  /** Resolves once a request whose last prompt matches has arrived, answered or not. */
  received(match: PromptMatch, options?: { timeoutMs?: number }): Promise<ReceivedRequest>;
  /** Forgets requests and rules: back to a model that echoes. */
  clear(): void;
  stop(): Promise<void>;
}

interface Rule {
  match: PromptMatch;
  reply: ReplySource;
  left: number;
}

/** Longer than anything here is idle. */
const KEEP_ALIVE_MS = 600_000;

/**
 * A model on loopback that speaks to every agent. The server is ours, so that a request is listed when it
 * comes (aimock lists it when it answers) and with all that is in it (aimock drops the system messages in
 * mid-conversation that hooks add); aimock writes the answers.
 */
export async function startModel(options: { reply?: ReplySource } = {}): Promise<LoopbackModel> {
  let requests: ReceivedRequest[] = [];
  let strays: string[] = [];
  let rules: Rule[] = [];

  function choose(request: ReceivedRequest): ReplySource {
    const prompt = request.userMessages.at(-1) ?? "";
    const rule = rules.find((candidate) => candidate.left > 0 && fits(candidate.match, prompt));
    if (rule === undefined) return options.reply ?? echo;
    // The later rounds of a turn belong to the same use of the rule.
    if (endsTurn(rule.reply, request.toolRounds)) rule.left -= 1;
    return rule.reply;
  }

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const agent = message.method === "POST" ? agentAt(pathOf(message)) : undefined;
    const raw = await readText(message);
    if (agent === undefined) {
      strays.push(`${message.method} ${message.url}`);
      response.writeHead(404).end();
      return;
    }
    const body: unknown = JSON.parse(raw);
    if (!isRecord(body)) throw new Error("the body is not an object");
    const request = readRequest(agent, { model: modelIn(pathOf(message)), ...body }, message.headers);
    requests.push(request);
    const source = choose(request);
    const chosen = typeof source === "function" ? await source(request) : source;
    await serve(replyInRound(chosen, request.toolRounds), request, raw, message, response);
  }

  const server = createServer((message, response) => {
    answer(message, response).catch((error: unknown) => {
      // 400 is the one status that neither agent tries again.
      if (!response.headersSent) response.writeHead(400, { "content-type": "application/json" });
      response.end(JSON.stringify({ error: { message: `loopback model: ${String(error)}` } }));
    });
  });
  // Node hangs up after five seconds of silence, in which an agent that stays may just be asking again. No service does.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the loopback model has no port");

  return {
    url: `http://127.0.0.1:${address.port}`,
    requests: () => [...requests],
    strays: () => [...strays],
    when: (match, reply, { times = Number.POSITIVE_INFINITY } = {}) => {
      rules.unshift({ match, reply, left: times });
    },
    received: (match, { timeoutMs } = {}) =>
      until(() => requests.find((request) => fits(match, request.userMessages.at(-1) ?? "")), {
        what: `a request with the prompt ${String(match)}; there were ${requests.length}`,
        timeoutMs,
      }),
    clear: () => {
      requests = [];
      strays = [];
      rules = [];
    },
    stop: async () => {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(
  reply: Reply,
  request: ReceivedRequest,
  raw: string,
  message: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (reply === "never") return;
  if (reply === "drop") {
    message.socket.destroy();
    return;
  }
  // aimock streams on to a client that has gone until it sees that the answer is over.
  response.once("close", () => response.end());
  const fixture = { match: { predicate: () => true }, ...toFixture(reply, request) };
  const isError = typeof reply === "object" && "status" in reply;
  if (!isError) request.usage = usageOf(request);
  const path = pathOf(message);
  const journal = new Journal({ maxEntries: 1 });
  const defaults = { latency: 0, chunkSize: 4096, replaySpeed: 1, logger: new Logger("silent") };
  const noHeaders = () => undefined;
  if (path.endsWith("/chat/completions")) {
    await serveChat(fixture, request, response);
  } else if (path.includes("/models/")) {
    const isStream = path.endsWith(":streamGenerateContent");
    await handleGemini(
      message,
      response,
      raw,
      modelIn(path),
      isStream,
      [fixture],
      journal,
      defaults,
      noHeaders,
    );
  } else {
    if (request.agent === "codex") withNamespaces(response);
    const handle = path.endsWith("/messages") ? handleMessages : handleResponses;
    await handle(message, response, raw, [fixture], journal, defaults, noHeaders);
  }
}

function fits(match: PromptMatch, prompt: string): boolean {
  return typeof match === "string" ? prompt.trim() === match.trim() : prompt.search(match) !== -1;
}

function endsTurn(source: ReplySource, round: number): boolean {
  if (typeof source === "function") return true;
  const reply = replyInRound(source, round);
  return !(typeof reply === "object" && "next" in reply);
}

/** Google's format says the model in the address. */
function modelIn(path: string): string {
  return /\/models\/([^/:]+):/.exec(path)?.[1] ?? "";
}

function pathOf(message: IncomingMessage): string {
  return new URL(message.url ?? "/", "http://127.0.0.1").pathname;
}

async function readText(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
