import type { ServerResponse } from "node:http";
import {
  buildTextChunks,
  buildTextCompletion,
  buildToolCallChunks,
  buildToolCallCompletion,
  writeSSEStream,
} from "@copilotkit/aimock";
import type { ReceivedRequest } from "./received.ts";
import { type toFixture, usageOf } from "./replies.ts";

/** Answers in the older format of OpenAI, for which aimock has the pieces and no handler of its own. */
export async function serveChat(
  { response: answer, recordedTimings, chunkSize = 4096 }: ReturnType<typeof toFixture>,
  request: ReceivedRequest,
  response: ServerResponse,
): Promise<void> {
  if (typeof answer === "function") throw new Error("an answer is a value");
  if ("error" in answer) {
    sendJson(response, answer.status ?? 500, { error: answer.error });
    return;
  }
  const { model } = request;
  const calls = "toolCalls" in answer ? answer.toolCalls : undefined;
  const text = "content" in answer && typeof answer.content === "string" ? answer.content : "";
  const usage = usageIn(request);
  if (request.body.stream !== true) {
    const whole = calls ? buildToolCallCompletion(calls, model) : buildTextCompletion(text, model);
    sendJson(response, 200, { ...whole, usage });
    return;
  }
  const chunks = calls
    ? buildToolCallChunks(calls, model, chunkSize)
    : buildTextChunks(text, model, chunkSize);
  const last = chunks.at(-1);
  if (last === undefined) throw new Error("an answer has chunks");
  const usageChunk = { ...last, choices: [], usage };
  await writeSSEStream(response, chunks, {
    ...(recordedTimings === undefined ? {} : { recordedTimings }),
    usageChunk,
  });
}

function usageIn(request: ReceivedRequest) {
  const { inputTokens, outputTokens } = usageOf(request);
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
  };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
