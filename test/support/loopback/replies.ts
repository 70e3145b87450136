import type { Fixture, FixtureResponse } from "@copilotkit/aimock";
import type { ReceivedRequest } from "./received.ts";

export interface ModelToolCall {
  /** `Bash` for claude, `exec_command` for codex, and so on: the agent's own names. */
  name: string;
  args: Record<string, unknown>;
}

/** What the model does with a request. A plain string is an answer. */
export type Reply =
  | string
  | { text: string }
  /** Streams a text over about `totalMs`; without `text` one that is long enough for many pieces. */
  | { slowMs: number; text?: string }
  /** Asks for tools, and goes on with `next` once their results are in. */
  | { toolCalls: ModelToolCall[]; next: Reply }
  /** An error. Without retries claude still asks six times on a 400 (it drops features one by one), once else. */
  | { status: number; message?: string }
  /** Takes the request and never says a word. */
  | "never"
  /** Drops the connection without an answer. */
  | "drop";

/** A reply, or a function that makes one, at its leisure: a test can hold an answer back with a promise. */
export type ReplySource = Reply | ((request: ReceivedRequest) => Reply | Promise<Reply>);

/** One request with `n` prompts in it costs 100 + n tokens in and 20 out, so that every turn has its own price. */
export function usageOf(request: ReceivedRequest): { inputTokens: number; outputTokens: number } {
  return { inputTokens: 100 + request.userMessages.length, outputTokens: 20 };
}

export function echo(request: ReceivedRequest): Reply {
  const lines = (request.userMessages.at(-1) ?? "").trimEnd().split("\n");
  return { text: `You said: ${lines.at(-1) ?? ""}` };
}

/** The reply for this request of the turn: each round of tool results moves on to the `next` of the one before. */
export function replyInRound(reply: Reply, round: number): Reply {
  let current = reply;
  for (let done = 0; done < round && typeof current === "object" && "next" in current; done += 1) {
    current = current.next;
  }
  return current;
}

const STREAM_STEPS = 40;

/** Events that may come before the first piece of text. They are not waited for, so that it is seen at once. */
const FRAME_STEPS = 5;

/** What the real API calls them. */
const ERROR_TYPES: Record<number, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  529: "overloaded_error",
};

/** A reply as what aimock serves; it knows the wire formats of both agents. */
export function toFixture(
  reply: Exclude<Reply, "never" | "drop">,
  request: ReceivedRequest,
): Pick<Fixture, "response" | "recordedTimings" | "chunkSize"> {
  if (typeof reply === "string") return { response: withUsage({ content: reply }, request) };
  if ("status" in reply) {
    const message = reply.message ?? `loopback ${reply.status}`;
    const type = ERROR_TYPES[reply.status] ?? "api_error";
    return { response: { error: { message, type }, status: reply.status } };
  }
  if ("toolCalls" in reply) {
    const toolCalls = reply.toolCalls.map(({ name, args }) => ({ name, arguments: JSON.stringify(args) }));
    return { response: withUsage({ toolCalls }, request) };
  }
  if ("slowMs" in reply) {
    const text = reply.text ?? Array.from({ length: STREAM_STEPS }, (_, at) => `word${at + 1}`).join(" ");
    const chunkSize = Math.max(1, Math.ceil(text.length / STREAM_STEPS));
    const pieces = Math.ceil(text.length / chunkSize);
    const pauses = Array.from({ length: FRAME_STEPS + pieces }, (_, at) =>
      at < FRAME_STEPS ? 0 : reply.slowMs / pieces,
    );
    const recordedTimings = { ttftMs: 0, interChunkDelaysMs: pauses, totalDurationMs: reply.slowMs };
    return { response: withUsage({ content: text }, request), recordedTimings, chunkSize };
  }
  return { response: withUsage({ content: reply.text }, request) };
}

function withUsage<Answer extends object>(answer: Answer, request: ReceivedRequest): Answer & FixtureUsage {
  const { inputTokens, outputTokens } = usageOf(request);
  return { ...answer, usage: { input_tokens: inputTokens, output_tokens: outputTokens } };
}

type FixtureUsage = Pick<Extract<FixtureResponse, { content: string; reasoning?: string }>, "usage">;
