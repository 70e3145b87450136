import type { ServerResponse } from "node:http";

/**
 * Makes an answer call the tools of MCP servers as Codex 0.171.0 knows them: by a namespace and a name, of which aimock
 * knows only the name.
 */
export function withNamespaces(response: ServerResponse): void {
  const write = response.write.bind(response) as (chunk: unknown, ...rest: unknown[]) => boolean;
  response.write = (chunk: unknown, ...rest: unknown[]) =>
    write(typeof chunk === "string" ? chunk.replace(CALL, '"namespace":"$1","name":"$2"') : chunk, ...rest);
}

const CALL = /"name":"(mcp__\w+?)__(\w+)"/g;
