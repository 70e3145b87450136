import { anything, list, maybe, number, object, table, text } from "../../../domain/shape.ts";

/** A notification of the server. */
export interface Notification {
  method: string;
  params: unknown;
}

/** How a turn ended: an interrupted one has no line that says so, as in `codex exec`. */
export type TurnStatus = "completed" | "failed" | "interrupted";

type Item = Record<string, unknown>;

const asOfTurn = object({ turnId: text });
const asWarning = object({ message: text, threadId: maybe(text) });
const asError = object({ error: object({ message: text, additionalDetails: maybe(text) }) });
const asWithItem = object({ item: anything });
const asId = object({ id: text, type: text });
const asPlan = object({ plan: list(object({ step: text, status: text })) });
const asRerouted = object({ fromModel: text, toModel: text });
const asTotal = object({
  tokenUsage: object({
    total: object({
      inputTokens: number,
      cachedInputTokens: maybe(number),
      cacheWriteInputTokens: maybe(number),
      outputTokens: number,
      reasoningOutputTokens: maybe(number),
    }),
  }),
});
const asEnded = object({
  turn: object({
    id: text,
    status: text,
    items: maybe(list(anything)),
    error: maybe(object({ message: text, additionalDetails: maybe(text) })),
  }),
});

const asMessage = object({ text });
const asReasoning = object({ summary: list(text) });
const asCommand = object({
  command: text,
  aggregatedOutput: maybe(text),
  exitCode: maybe(number),
  status: text,
});
const asChange = object({
  changes: list(object({ path: text, kind: object({ type: text }) })),
  status: text,
});
const asMcpCall = object({
  server: text,
  tool: text,
  arguments: maybe(anything),
  result: maybe(object({ content: list(anything), structuredContent: maybe(anything) })),
  error: maybe(object({ message: text })),
  status: text,
});
const asCollaboration = object({
  tool: text,
  senderThreadId: text,
  receiverThreadIds: list(text),
  prompt: maybe(text),
  agentsStates: table(object({ status: text, message: maybe(text) })),
  status: text,
});
const asSearch = object({ query: text, action: maybe(anything) });

/**
 * Makes the lines that `codex exec --json` prints of a turn from what an app server tells of it. Both as of
 * codex 0.171.0, in which `exec` is itself a client of the same server: its lines have the same content in
 * other words.
 */
export class ExecLines {
  private items = 0;
  /** The ids of items that have begun, by the ids that the server gives them. */
  private readonly begun = new Map<string, string>();
  private plan: { id: string; items: Item[] } | undefined;
  private usage = {
    input_tokens: 0,
    cached_input_tokens: 0,
    cache_write_input_tokens: 0,
    output_tokens: 0,
    reasoning_output_tokens: 0,
  };
  private lastError = "turn failed";

  constructor(
    private readonly threadId: string,
    private readonly turnId: string,
  ) {}

  static started(threadId: string): object {
    return { type: "thread.started", thread_id: threadId };
  }

  /** Returns the lines for one notification, as values. Those of other turns have none. */
  linesFor({ method, params }: Notification): object[] {
    if (method === "warning") return this.warning(params);
    if (method === "turn/started" || method === "turn/completed") return this.turnLines(method, params);
    if (asOfTurn(params)?.turnId !== this.turnId) return [];
    switch (method) {
      case "error": {
        const error = asError(params)?.error;
        if (error === undefined) return [];
        this.lastError = withDetails(error);
        return [{ type: "error", message: this.lastError }];
      }
      case "model/rerouted": {
        const found = asRerouted(params);
        return this.notice(found && `model rerouted: ${found.fromModel} -> ${found.toModel}`);
      }
      case "thread/tokenUsage/updated": {
        const total = asTotal(params)?.tokenUsage.total;
        if (total !== undefined)
          this.usage = {
            input_tokens: total.inputTokens,
            cached_input_tokens: total.cachedInputTokens ?? 0,
            cache_write_input_tokens: total.cacheWriteInputTokens ?? 0,
            output_tokens: total.outputTokens,
            reasoning_output_tokens: total.reasoningOutputTokens ?? 0,
          };
        return [];
      }
      case "item/started":
        return this.itemBegun(asWithItem(params)?.item);
      case "item/completed":
        return this.itemOver(asWithItem(params)?.item);
      case "turn/plan/updated":
        return this.planChanged(params);
      default:
        return [];
    }
  }

  /** Returns how the turn ended, if this notification says so. */
  endIn({ method, params }: Notification): TurnStatus | undefined {
    const turn = method === "turn/completed" ? asEnded(params)?.turn : undefined;
    if (turn?.id !== this.turnId) return undefined;
    return turn.status === "completed" || turn.status === "interrupted" ? turn.status : "failed";
  }

  private turnLines(method: string, params: unknown): object[] {
    const turn = asEnded(params)?.turn;
    if (turn?.id !== this.turnId) return [];
    if (method === "turn/started") return [{ type: "turn.started" }];
    const unfinished = (turn.items ?? []).filter((item) => this.begun.has(asId(item)?.id ?? ""));
    const lines = [...this.planOver(), ...unfinished.flatMap((item) => this.itemOver(item))];
    const end = this.endIn({ method, params });
    if (end === "completed") return [...lines, { type: "turn.completed", usage: this.usage }];
    if (end === "interrupted") return lines;
    const message = turn.error === undefined ? this.lastError : withDetails(turn.error);
    return [...lines, { type: "turn.failed", error: { message } }];
  }

  private warning(params: unknown): object[] {
    const { message, threadId = this.threadId } = asWarning(params) ?? {};
    return threadId === this.threadId ? this.notice(message) : [];
  }

  private notice(message: string | undefined): object[] {
    if (message === undefined) return [];
    return [{ type: "item.completed", item: { id: this.nextId(), type: "error", message } }];
  }

  private itemBegun(value: unknown): object[] {
    const raw = asId(value);
    if (raw === undefined || isTold(raw.type)) return [];
    const wasBegun = this.begun.has(raw.id);
    const item = contentOf(value);
    if (item === undefined) return [];
    const id = this.begun.get(raw.id) ?? this.nextId();
    this.begun.set(raw.id, id);
    const type = wasBegun && raw.type === "fileChange" ? "item.updated" : "item.started";
    return [{ type, item: { id, ...item } }];
  }

  private itemOver(value: unknown): object[] {
    const raw = asId(value);
    const item = contentOf(value);
    if (raw === undefined || item === undefined) return [];
    const id = (isTold(raw.type) ? undefined : this.begun.get(raw.id)) ?? this.nextId();
    this.begun.delete(raw.id);
    return [{ type: "item.completed", item: { id, ...item } }];
  }

  private planChanged(params: unknown): object[] {
    const steps = asPlan(params)?.plan;
    if (steps === undefined) return [];
    const items = steps.map(({ step, status }) => ({ text: step, completed: status === "completed" }));
    const isNew = this.plan === undefined;
    this.plan = { id: this.plan?.id ?? this.nextId(), items };
    const item = { id: this.plan.id, type: "todo_list", items };
    return [{ type: isNew ? "item.started" : "item.updated", item }];
  }

  private planOver(): object[] {
    if (this.plan === undefined) return [];
    const { id, items } = this.plan;
    this.plan = undefined;
    return [{ type: "item.completed", item: { id, type: "todo_list", items } }];
  }

  private nextId(): string {
    this.items += 1;
    return `item_${this.items - 1}`;
  }
}

/** Whether items of this type have a line only when they are complete. */
function isTold(type: string): boolean {
  return type === "agentMessage" || type === "reasoning";
}

/** Returns an item in the words of `codex exec`, without its id; undefined if it prints none of this type. */
function contentOf(value: unknown): Item | undefined {
  switch (asId(value)?.type) {
    case "agentMessage": {
      const found = asMessage(value);
      return found && { type: "agent_message", text: found.text };
    }
    case "reasoning": {
      const said = asReasoning(value)?.summary.join("\n") ?? "";
      return said.trim() === "" ? undefined : { type: "reasoning", text: said };
    }
    case "commandExecution": {
      const found = asCommand(value);
      return (
        found && {
          type: "command_execution",
          command: found.command,
          aggregated_output: found.aggregatedOutput ?? "",
          exit_code: found.exitCode ?? null,
          status: snake(found.status),
        }
      );
    }
    case "fileChange": {
      const found = asChange(value);
      const changes = found?.changes.map(({ path, kind }) => ({ path, kind: kind.type }));
      // `exec` has no word for a change that was declined.
      const status = found?.status === "declined" ? "failed" : snake(found?.status ?? "");
      return found && { type: "file_change", changes, status };
    }
    case "mcpToolCall": {
      const found = asMcpCall(value);
      if (found === undefined) return undefined;
      const { server, tool, result, error } = found;
      const content = result && {
        content: result.content,
        structured_content: result.structuredContent ?? null,
      };
      return {
        type: "mcp_tool_call",
        server,
        tool,
        arguments: found.arguments ?? null,
        result: content ?? null,
        error: error ?? null,
        status: snake(found.status),
      };
    }
    case "collabAgentToolCall": {
      const found = asCollaboration(value);
      if (found === undefined) return undefined;
      const states = found.agentsStates.map(([id, { status, message = null }]) => [
        id,
        { status: snake(status), message },
      ]);
      return {
        type: "collab_tool_call",
        tool: found.tool === "resumeAgent" ? "wait" : snake(found.tool),
        sender_thread_id: found.senderThreadId,
        receiver_thread_ids: found.receiverThreadIds,
        prompt: found.prompt ?? null,
        agents_states: Object.fromEntries(states),
        status: snake(found.status),
      };
    }
    case "webSearch": {
      const found = asSearch(value);
      return found && { type: "web_search", query: found.query, action: found.action ?? { type: "other" } };
    }
    default:
      return undefined;
  }
}

function withDetails({ message, additionalDetails = "" }: { message: string; additionalDetails?: string }) {
  return additionalDetails === "" ? message : `${message} (${additionalDetails})`;
}

function snake(word: string): string {
  return word.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
