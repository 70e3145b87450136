import {
  amount,
  anything,
  list,
  maybe,
  number,
  object,
  type Read,
  sessionId,
  text,
  typeOf,
} from "../../domain/shape.ts";
import { aboutTool } from "../../domain/turn/about-tool.ts";
import type { EventType, TurnEvent } from "../../domain/turn/turn.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";

const asThreadStarted = object({ thread_id: sessionId });
const asItem = object({
  item: object({
    id: text,
    type: text,
    text: maybe(text),
    message: maybe(text),
    server: maybe(text),
    tool: maybe(text),
    status: maybe(text),
    exit_code: maybe(number),
    command: maybe(text),
    changes: maybe(list(object({ path: text, kind: maybe(anything) }))),
    query: maybe(text),
    action: maybe(anything),
    prompt: maybe(text),
    arguments: maybe(anything),
  }),
});
type Item = Read<typeof asItem>["item"];
const asNotice = object({ message: text });
const asTurnFailed = object({ error: asNotice });
export const asUsage = object({
  input_tokens: amount,
  output_tokens: amount,
  cached_input_tokens: maybe(amount),
  cache_write_input_tokens: maybe(amount),
});
const asTurnCompleted = object({ usage: maybe(asUsage) });

/** Returns the events of one line of `codex exec --json`. */
export function readEvents(value: unknown): TurnEvent[] {
  const event = readEvent(value);
  return event === undefined ? [] : [event];
}

function readEvent(value: unknown): TurnEvent | undefined {
  switch (typeOf(value)) {
    case "thread.started": {
      const data = asThreadStarted(value);
      return data && { type: "session", sessionId: data.thread_id };
    }
    case "item.started":
      return readItem(value, "start");
    case "item.completed":
      return readItem(value, "end");
    case "error": {
      const data = asNotice(value);
      return data && readNotice(data.message);
    }
    case "turn.completed": {
      const data = asTurnCompleted(value);
      const counters = data?.usage && countersOf(data.usage);
      return data && withoutUndefined({ type: "end" as const, isError: false, counters });
    }
    case "turn.failed": {
      const data = asTurnFailed(value);
      if (data === undefined) return { type: "end", isError: true };
      const { message } = data.error;
      return withoutUndefined({
        type: "end" as const,
        isError: true,
        text: message,
        apiStatus: apiStatusOf(message),
      });
    }
    default:
      return undefined;
  }
}

const TOOLS = /^(?:command_execution|file_change|web_search|.*_call)$/;

const ITEM = /^\{"type":"item\.(?:started|completed)","item":\{"id":"[^"\\]*","type":"([^"\\]*)",/;
const OF_A_TOOL: readonly EventType[] = ["tool", "other"];

/**
 * Returns the kinds of events that a line can contain, judged by its start. codex 0.169.0 begins every line
 * of an item in this way, and never writes a key twice.
 */
export function glanceAt(start: string): readonly EventType[] | undefined {
  return TOOLS.test(ITEM.exec(start)?.[1] ?? "") ? OF_A_TOOL : undefined;
}

function readItem(value: unknown, phase: "start" | "end"): TurnEvent | undefined {
  const item = asItem(value)?.item;
  if (item === undefined) return undefined;
  if (TOOLS.test(item.type)) {
    const name = item.server === undefined ? item.type : `${item.server}.${item.tool ?? item.type}`;
    const { id } = item;
    const input = inputOf(item);
    if (phase === "start")
      return withoutUndefined({ type: "tool" as const, phase, id, name, about: aboutItem(item), input });
    const failed = item.status === "failed" || item.status === "declined" || (item.exit_code ?? 0) !== 0;
    // What is searched for is in the last of the two lines only.
    return withoutUndefined({ type: "tool" as const, phase, id, name, input, failed });
  }
  if (item.type === "reasoning") return { type: "thinking" };
  if (phase === "start") return undefined;
  if (item.type === "agent_message" && item.text !== undefined) return { type: "text", text: item.text };
  // This item ends nothing: codex 0.169.0 begins every turn with one if it has no metadata of the model.
  if (item.type === "error" && item.message !== undefined) return { type: "warning", message: item.message };
  return undefined;
}

/** Codex gives the arguments of a server's tool; of its own tools, it gives them among what it tells of the item. */
function inputOf({ arguments: args, command, changes, query, action, prompt }: Item): unknown {
  if (args !== undefined) return args;
  const told = withoutUndefined({ command, changes, query, action, prompt });
  return Object.keys(told).length > 0 ? told : undefined;
}

/** codex 0.171.0 says of a command how it starts the shell, too. */
const IN_SHELL = /^\S*\/(?:ba|z|da)?sh -l?c '(.*)'$/s;

function aboutItem({ command, changes, query, arguments: args }: Item): string | undefined {
  if (command !== undefined)
    return aboutTool(IN_SHELL.exec(command)?.[1]?.replaceAll("'\\''", "'") ?? command);
  const [first, ...more] = changes ?? [];
  if (first !== undefined)
    return aboutTool(more.length === 0 ? first.path : `${first.path} and ${more.length} more`);
  return aboutTool(query ?? args);
}

function readNotice(message: string): TurnEvent {
  const counted = /^Reconnecting\.\.\. (\d+)\/(\d+)\s*(?:\((.*)\))?$/s.exec(message);
  if (counted !== null) {
    return { type: "retry", attempt: Number(counted[1]), of: Number(counted[2]), reason: counted[3] ?? "" };
  }
  // When the server does not answer, codex 0.169.0 says "Reconnecting... waiting for network (…)" and retries
  // for ever. It does not count these retries, so the attempt is 0.
  const uncounted = /^Reconnecting\.\.\. (.*)$/s.exec(message);
  if (uncounted !== null) return { type: "retry", attempt: 0, reason: uncounted[1] ?? "" };
  return { type: "warning", message };
}

export function countersOf(usage: Read<typeof asUsage>): Counters {
  return {
    "": {
      inputTokens: usage.input_tokens,
      outputTokens: usage.output_tokens,
      cacheReadTokens: usage.cached_input_tokens ?? 0,
      cacheWriteTokens: usage.cache_write_input_tokens ?? 0,
    },
  };
}

// codex 0.169.0: "unexpected status 401 Unauthorized: …", "…, last status: 429 Too Many Requests".
function apiStatusOf(message: string): number | undefined {
  const status = /\b(?:unexpected|last) status:? (\d{3})\b/.exec(message);
  return status === null ? undefined : Number(status[1]);
}
