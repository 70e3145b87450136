import {
  amount,
  anything,
  flag,
  maybe,
  number,
  object,
  type Read,
  sessionId,
  text,
  typeOf,
} from "../../domain/shape.ts";
import { aboutTool } from "../../domain/turn/about-tool.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { NOTHING, type Usage } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

const asLine = object({ sessionID: sessionId });
const asText = object({ part: object({ text, synthetic: maybe(flag) }) });
const asTool = object({
  part: object({
    callID: text,
    tool: text,
    state: object({ status: text, input: maybe(anything), error: maybe(text) }),
  }),
});
const asRefused = object({ tool: text });
const asTokens = object({
  input: amount,
  output: amount,
  reasoning: maybe(amount),
  cache: maybe(object({ read: maybe(amount), write: maybe(amount) })),
});
const asStep = object({
  part: object({ id: maybe(text), reason: text, cost: maybe(amount), tokens: maybe(asTokens) }),
});
const asError = object({
  error: object({
    name: maybe(text),
    data: maybe(object({ message: maybe(text), statusCode: maybe(number) })),
  }),
});

/** The model has asked for tools, or has not said why it stopped: opencode 1.18.33 asks it again. */
const GOES_ON = ["tool-calls", "unknown"];
const UNAVAILABLE = /^Model tried to call unavailable tool/;
const SUB_AGENT: TurnEvent = { type: "usage", outputTokens: 0, counts: "unknown" };
const FAILED = ["content-filter", "error"];

/** Returns the events of one value of the stream of `opencode run --format json`. */
export function readEvents(value: unknown): TurnEvent[] {
  const id = asLine(value)?.sessionID;
  if (id === undefined) return [];
  switch (typeOf(value)) {
    case "step_start":
      return [{ type: "session", sessionId: id }];
    case "text": {
      const { text: said = "", synthetic } = asText(value)?.part ?? {};
      // What opencode itself writes in the user's place after it has compacted the conversation.
      return said === "" || synthetic === true ? [] : [{ type: "text", text: said }];
    }
    case "reasoning":
      return [{ type: "thinking" }];
    case "tool_use":
      return readTool(value);
    case "step_finish":
      return readStep(value, id);
    case "error":
      return readError(value, id);
    default:
      return [];
  }
}

/** opencode 1.18.33 tells of a tool when it is over. */
function readTool(value: unknown): TurnEvent[] {
  const part = asTool(value)?.part;
  if (part === undefined) return [];
  const { callID: id, tool, state } = part;
  // The name of a tool that the agent does not have: opencode 1.18.33 calls it `invalid`, and says that it worked.
  const refused = tool === "invalid" ? asRefused(state.input)?.tool : undefined;
  const name = refused ?? tool;
  const input = refused === undefined ? state.input : undefined;
  const about = aboutTool(input);
  const failed = refused !== undefined || state.status === "error";
  const end: TurnEvent = { type: "tool", phase: "end", id, name, failed };
  return [
    withoutUndefined({ type: "tool" as const, phase: "start" as const, id, name, about, input }),
    // opencode 1.18.33 tells nothing of what a sub-agent has used.
    ...(tool === "task" && !UNAVAILABLE.test(state.error ?? "") ? [SUB_AGENT, end] : [end]),
  ];
}

function readStep(value: unknown, id: string): TurnEvent[] {
  const part = asStep(value)?.part;
  if (part === undefined) return [];
  const { id: answerId, reason, tokens, cost } = part;
  const used = tokens && usageOf(tokens, cost);
  if (!GOES_ON.includes(reason)) {
    const isError = FAILED.includes(reason);
    const why = isError ? { reason } : {};
    return [withoutUndefined({ type: "end" as const, isError, ...why, sessionId: id, usageSince: used })];
  }
  if (used === undefined) return [];
  const { inputTokens, outputTokens } = used;
  return [withoutUndefined({ type: "usage" as const, answerId, inputTokens, outputTokens, counts: used })];
}

/** Dollars are told where the price of the model is known; where it isn't, 0. */
function usageOf({ input, output, reasoning = 0, cache }: Read<typeof asTokens>, cost = 0): Usage {
  const tokens = {
    inputTokens: input,
    outputTokens: output + reasoning,
    cacheReadTokens: cache?.read ?? 0,
    cacheWriteTokens: cache?.write ?? 0,
  };
  return cost > 0 ? { ...tokens, costUsd: cost } : tokens;
}

/**
 * A request that failed has used nothing; what came before it counts. If the conversation was too long, opencode 1.18.33
 * compacts it, asks the model to go on without the prompt, and exits with code 1: the error stays the reason.
 */
function readError(value: unknown, id: string): TurnEvent[] {
  const error = asError(value)?.error;
  if (error === undefined) return [];
  const { name: reason, data } = error;
  const said = withoutUndefined({ text: data?.message, apiStatus: data?.statusCode, reason });
  return [
    { type: "failure", ...said },
    { type: "end", isError: true, ...said, sessionId: id, usageSince: NOTHING },
  ];
}
