import { typeOf } from "../../domain/shape.ts";
import { aboutTool } from "../../domain/turn/about-tool.ts";
import type { TurnEvent } from "../../domain/turn/turn.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { asAcpLine } from "./lines.ts";

/** Returns the events of one line of the program that runs a turn over ACP. */
export function readEvents(value: unknown): TurnEvent[] {
  switch (typeOf(value)) {
    case "session": {
      const session = asAcpLine.session(value);
      if (session === undefined) return [];
      const { session_id: sessionId, agent_version: agentVersion, model, known_by: knownBy } = session;
      return [withoutUndefined({ type: "session" as const, sessionId, agentVersion, model, knownBy })];
    }
    case "text":
    case "text_delta": {
      const said = asAcpLine.text(value);
      if (said === undefined || said.text === "") return [];
      return [{ type: said.type === "text" ? "text" : "text-delta", text: said.text }];
    }
    case "thinking":
      return [{ type: "thinking" }];
    case "tool": {
      const tool = asAcpLine.tool(value);
      if (tool === undefined) return [];
      const { phase, id, name, input, failed } = tool;
      return [
        withoutUndefined({ type: "tool" as const, phase, id, name, about: aboutTool(input), input, failed }),
      ];
    }
    case "warning": {
      const message = asAcpLine.warning(value)?.message;
      return message === undefined ? [] : [{ type: "warning", message }];
    }
    case "result": {
      const result = asAcpLine.result(value);
      if (result === undefined) return [];
      const { session_id: sessionId, is_error: isError, reason, text } = result;
      return [withoutUndefined({ type: "end" as const, isError, reason, text, sessionId })];
    }
    default:
      return [];
  }
}
