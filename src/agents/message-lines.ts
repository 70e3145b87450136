import {
  anything,
  either,
  flag,
  list,
  literal,
  maybe,
  object,
  type Read,
  text,
  typeOf,
} from "../domain/shape.ts";
import { aboutTool } from "../domain/turn/about-tool.ts";
import type { EventType, TurnEvent } from "../domain/turn/turn.ts";
import { withoutUndefined } from "../domain/without-undefined.ts";

// Lines that contain a message, or a piece of one, in the format of Anthropic's API. Claude Code prints them, and
// agents that print what it does. A line with `parent_tool_use_id` belongs to a sub-agent, whose answer is not the
// answer of the turn.

const asMessage = object({
  parent_tool_use_id: maybe(text),
  message: object({ content: list(anything) }),
});
const asTextBlock = object({ type: literal("text"), text });
const asThinkingBlock = object({ type: either(literal("thinking"), literal("redacted_thinking")) });
const asToolUse = object({ type: literal("tool_use"), id: text, name: text, input: maybe(anything) });
const asToolResult = object({
  type: literal("tool_result"),
  tool_use_id: text,
  is_error: maybe(flag),
});
const asTextDelta = object({
  parent_tool_use_id: maybe(text),
  event: object({
    type: literal("content_block_delta"),
    delta: object({ type: literal("text_delta"), text }),
  }),
});
const asBlockStart = object({
  parent_tool_use_id: maybe(text),
  event: object({ type: literal("content_block_start"), content_block: asThinkingBlock }),
});
export const asDenials = list(object({ tool_name: text }));

const OF_A_PIECE: readonly EventType[] = ["text-delta", "thinking", "usage", "other"];
const OF_A_RESULT_OF_A_TOOL: readonly EventType[] = ["tool", "other"];

/** As an agent's `glance`, for an agent that begins these lines with their type and never writes a key twice. */
export function glanceAtMessage(start: string): readonly EventType[] | undefined {
  if (start.startsWith('{"type":"stream_event",')) return OF_A_PIECE;
  if (start.startsWith('{"type":"user",')) return OF_A_RESULT_OF_A_TOOL;
  return undefined;
}

/** Returns the events of a whole message of the type "assistant" or "user". */
export function readMessageLine(value: unknown): TurnEvent[] {
  const data = asMessage(value);
  if (data === undefined || data.parent_tool_use_id !== undefined) return [];
  const blocks = data.message.content;
  if (typeOf(value) === "user") return blocks.flatMap(readToolResult);
  const events: TurnEvent[] = [];
  if (blocks.some((block) => asThinkingBlock(block) !== undefined)) events.push({ type: "thinking" });
  const said = textOf(blocks);
  if (said !== "") events.push({ type: "text", text: said });
  for (const block of blocks) {
    const use = asToolUse(block);
    if (use === undefined) continue;
    const { id, name, input } = use;
    events.push(
      withoutUndefined({
        type: "tool" as const,
        phase: "start" as const,
        id,
        name,
        about: aboutTool(input),
        input,
      }),
    );
  }
  return events;
}

function readToolResult(block: unknown): TurnEvent[] {
  const data = asToolResult(block);
  if (data === undefined) return [];
  // A tool result has the id of its call, but not the name of the tool.
  return [{ type: "tool", phase: "end", id: data.tool_use_id, name: "", failed: data.is_error === true }];
}

export function textOf(blocks: readonly unknown[]): string {
  return blocks.map((block) => asTextBlock(block)?.text ?? "").join("");
}

/** Returns the events of a piece of a message that the model is writing: of the type "stream_event". */
export function readPieceLine(value: unknown): TurnEvent[] {
  const made = asTextDelta(value);
  if (made !== undefined) {
    return made.parent_tool_use_id === undefined ? [{ type: "text-delta", text: made.event.delta.text }] : [];
  }
  const block = asBlockStart(value);
  return block !== undefined && block.parent_tool_use_id === undefined ? [{ type: "thinking" }] : [];
}

/** Returns a warning that names the tools which the agent's mode did not allow. */
export function warnOfDenials(denials: Read<typeof asDenials> = []): TurnEvent[] {
  const denied = [...new Set(denials.map((denial) => denial.tool_name))];
  if (denied.length === 0) return [];
  const verb = denied.length === 1 ? "was" : "were";
  return [{ type: "warning", message: `${denied.join(", ")} ${verb} denied by the permission mode.` }];
}
