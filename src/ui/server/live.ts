import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { TURN_ID } from "../../mcp/common-fields.ts";
import { lineOf } from "../../mcp/line.ts";
import type { Line, LineError } from "../../mcp/tool.ts";
import { HEADERS } from "./headers.ts";
import { CONVERSATION, PLACE } from "./looking.ts";

/** Runs a command line of this program, and hands over what it prints as it comes. */
export type Stream = (line: Line, take: (text: string) => Promise<void>) => Promise<LineError | undefined>;

export const LIVE_PATH = "live";
export const LIVE_FIELDS = [...CONVERSATION, TURN_ID];

/**
 * Sends the events of a turn, from its beginning on to its result, as they come. Who stops reading ends nothing but this.
 */
export async function sendLive(
  response: ServerResponse,
  args: Readonly<Record<string, unknown>>,
  stream: Stream,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { ...HEADERS, "content-type": "text/event-stream" });
  // Each event at once: what waits for more would arrive late.
  response.flushHeaders();
  const write = async (text: string) => {
    if (gone.signal.aborted || response.write(text)) return;
    await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
  };
  const [verb = "", ...rest] = lineOf("attach", [args.name], [...PLACE, TURN_ID], args);
  const argv = [verb, "--events", "--partials", ...rest];
  let unfinished = "";
  const error = await stream({ argv, signal: gone.signal }, (text) => {
    const lines = (unfinished + text).split("\n");
    unfinished = lines.pop() ?? "";
    return write(lines.map((line) => `data: ${line}\n\n`).join(""));
  });
  if (error !== undefined) await write(`event: failed\ndata: ${JSON.stringify(error)}\n\n`);
  response.end("event: over\ndata: {}\n\n");
}
