import type { IncomingHttpHeaders } from "node:http";

/** How each agent asks: at which address, where it says whose conversation it is, and in which wire format. */
const DIALECTS = {
  claude: { path: /^\/v1\/messages$/, sessionHeader: "x-claude-code-session-id", read: readMessages },
  codex: { path: /^\/v1\/responses$/, sessionHeader: "session-id", read: readResponses },
  // Copilot 1.0.102 tells the model nothing of its conversation's id; nor do the others.
  copilot: { path: /^\/copilot\/v1\/responses$/, sessionHeader: "", read: readResponses },
  gemini: {
    path: /^\/gemini\/v1beta\/models\/[^/]+:(streamG|g)enerateContent$/,
    sessionHeader: "",
    read: readContents,
  },
  qwen: { path: /^\/qwen\/v1\/chat\/completions$/, sessionHeader: "", read: readQwensChat },
  opencode: { path: /^\/opencode\/v1\/chat\/completions$/, sessionHeader: "", read: readChat },
  kimi: { path: /^\/kimi\/v1\/chat\/completions$/, sessionHeader: "", read: readChat },
} as const;

export type AgentName = keyof typeof DIALECTS;

export interface ReceivedMessage {
  role: "system" | "user" | "assistant" | "tool";
  text: string;
}

/** What the model was asked, in one shape for all wire formats. */
export interface ReceivedRequest {
  agent: AgentName;
  /** The conversation's id as the agent says it on the wire. */
  sessionId?: string;
  /** Epoch milliseconds of the arrival: a request is listed as soon as it is here, not once it is answered. */
  at: number;
  model: string;
  /** What the user typed, in order, without what agents wrap around it. */
  userMessages: string[];
  /** All instructions before the first prompt; those that come up later are `system` messages. */
  system: string;
  messages: ReceivedMessage[];
  /** The model's tool calls since the last thing the user typed: 0 on a turn's first request. */
  toolRounds: number;
  /** What the answer says it cost; absent while there is no answer and when it is an error. */
  usage?: { inputTokens: number; outputTokens: number };
  headers: IncomingHttpHeaders;
  /** The body as it came, for anything the rest leaves out. */
  body: Record<string, unknown>;
}

/** Blocks that agents put into user messages on their own. */
const WRAPPINGS = [
  /<system-reminder>[\s\S]*?<\/system-reminder>/g,
  /<environment_context>[\s\S]*?<\/environment_context>/g,
  /<user_instructions>[\s\S]*?<\/user_instructions>/g,
  /<current_datetime>[\s\S]*?<\/current_datetime>/g,
  /<session_context>[\s\S]*?<\/session_context>/g,
  /<turn_aborted>[\s\S]*?<\/turn_aborted>/g,
  /# AGENTS\.md instructions[^\n]*\n\s*<INSTRUCTIONS>[\s\S]*?<\/INSTRUCTIONS>/g,
];

/** The agent that speaks at this address, or undefined when it is no question to the model. */
export function agentAt(pathname: string): AgentName | undefined {
  const names = Object.keys(DIALECTS) as AgentName[];
  return names.find((name) => DIALECTS[name].path.test(pathname));
}

export function readRequest(
  agent: AgentName,
  body: Record<string, unknown>,
  headers: IncomingHttpHeaders,
): ReceivedRequest {
  const { sessionHeader, read } = DIALECTS[agent];
  const { system, parts } = read(body);
  const messages = parts.map(({ role, text }) => ({ role, text }));
  const typed = parts.filter((part) => part.role === "user");
  const lastTyped = parts.findLastIndex((part) => part.role === "user");
  const firstTyped = parts.findIndex((part) => part.role === "user");
  const early = parts.slice(0, firstTyped).filter((part) => part.role === "system");
  const sessionId = headers[sessionHeader];
  return {
    agent,
    ...(typeof sessionId === "string" ? { sessionId } : {}),
    at: Date.now(),
    model: String(body.model ?? ""),
    userMessages: typed.map((part) => part.text),
    system: [system, ...early.map((part) => part.text)].filter((text) => text !== "").join("\n\n"),
    messages,
    toolRounds: parts.slice(lastTyped + 1).filter((part) => part.isToolCall).length,
    headers,
    body,
  };
}

interface Part extends ReceivedMessage {
  isToolCall?: boolean;
}

/** The format of Anthropic. */
function readMessages(body: Record<string, unknown>): { system: string; parts: Part[] } {
  const parts: Part[] = [];
  for (const message of records(body.messages)) {
    const role = message.role === "assistant" || message.role === "system" ? message.role : "user";
    const content = blocks(message.content);
    for (const [at, block] of content.entries()) {
      if (block.type === "tool_use") {
        parts.push({ role, text: JSON.stringify(block.input), isToolCall: true });
      } else if (block.type === "tool_result") {
        parts.push({ role: "tool", text: textOf(block.content) });
      } else {
        // A prompt that failed and the next one are blocks of one message: each was typed, and claude ends all
        // but the last with a newline of its own.
        const isLast = at === content.length - 1;
        addText(parts, role, role === "user" && !isLast ? withoutNewline(block.text) : block.text);
      }
    }
  }
  return { system: textOf(body.system), parts };
}

/** The format of OpenAI. */
function readResponses(body: Record<string, unknown>): { system: string; parts: Part[] } {
  const parts: Part[] = [];
  for (const item of records(body.input)) {
    if (item.type === "function_call" || item.type === "custom_tool_call") {
      parts.push({ role: "assistant", text: String(item.arguments ?? item.input), isToolCall: true });
    } else if (item.type === "function_call_output" || item.type === "custom_tool_call_output") {
      parts.push({ role: "tool", text: textOf(item.output) });
    } else if (item.role !== undefined) {
      const role = item.role === "user" || item.role === "assistant" ? item.role : "system";
      for (const block of blocks(item.content)) addText(parts, role, block.text);
    }
  }
  return { system: String(body.instructions ?? ""), parts };
}

/** The format of OpenAI before that, which most others speak. */
function readChat(body: Record<string, unknown>): { system: string; parts: Part[] } {
  const parts: Part[] = [];
  for (const { role, content, tool_calls: calls } of records(body.messages)) {
    if (role === "tool") {
      parts.push({ role, text: textOf(content) });
      continue;
    }
    const as = role === "user" || role === "assistant" ? role : "system";
    for (const block of blocks(content)) addText(parts, as, block.text);
    for (const call of records(calls)) {
      const asked = isRecord(call.function) ? call.function : {};
      parts.push({ role: "assistant", text: String(asked.arguments), isToolCall: true });
    }
  }
  return { system: "", parts };
}

/** Qwen 0.24.4 ends what it read from standard input with two line breaks of its own. */
function readQwensChat(body: Record<string, unknown>): { system: string; parts: Part[] } {
  const { system, parts } = readChat(body);
  for (const part of parts) if (part.role === "user") part.text = part.text.replace(/\n\n$/, "");
  return { system, parts };
}

/** The format of Google. */
function readContents(body: Record<string, unknown>): { system: string; parts: Part[] } {
  const parts: Part[] = [];
  for (const content of records(body.contents)) {
    const role = content.role === "model" ? "assistant" : "user";
    for (const { text, functionCall: call, functionResponse: response } of records(content.parts)) {
      if (isRecord(call)) parts.push({ role, text: JSON.stringify(call.args), isToolCall: true });
      else if (isRecord(response)) parts.push({ role: "tool", text: JSON.stringify(response.response) });
      else addText(parts, role, text);
    }
  }
  const { systemInstruction } = body;
  return { system: isRecord(systemInstruction) ? textOf(systemInstruction.parts) : "", parts };
}

function addText(parts: Part[], role: ReceivedMessage["role"], text: unknown): void {
  if (typeof text !== "string") return;
  const kept = role === "user" ? withoutWrappings(text) : text;
  if (kept !== "") parts.push({ role, text: kept });
}

function withoutNewline(text: unknown): unknown {
  return typeof text === "string" && text.endsWith("\n") ? text.slice(0, -1) : text;
}

function withoutWrappings(text: string): string {
  let kept = text;
  for (const wrapping of WRAPPINGS) kept = kept.replace(wrapping, "");
  // Only a prompt that came wrapped may lose its outer white space; a bare one is compared byte for byte.
  return kept === text ? text : kept.trim();
}

function blocks(content: unknown): Record<string, unknown>[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : records(content);
}

function textOf(content: unknown): string {
  return blocks(content)
    .map((block) => block.text)
    .filter((text) => typeof text === "string")
    .join("\n");
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
