import type { Option } from "../../mcp/line.ts";
import type { Line, LineResult, ToolCall } from "../../mcp/tool.ts";
import type { Changes } from "./changes.ts";
import type { FirstScreen } from "./first-screen.ts";

/** What an answer needs. */
export interface Call extends Pick<ToolCall, "args" | "maxAccess" | "limitable"> {
  /** Whether names and turns are in a store that machines share. */
  hasStore: boolean;
  /** Runs a command line of this program, with `--json`. */
  run(line: Line): Promise<LineResult>;
  changes: Pick<Changes, "after">;
  firstScreen: Pick<FirstScreen, "answer">;
}

/** Something that the page asks for: nothing in it knows HTTP, and each is one or more command lines, or a wait for a reason to ask. */
export interface Route {
  path: string;
  /** `POST` for what changes something. */
  method: "GET" | "POST";
  fields: readonly Option[];
  answer(call: Call): Promise<LineResult>;
}
