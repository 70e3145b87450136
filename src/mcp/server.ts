import { randomUUID } from "node:crypto";
import { CLIENT_INFO_META_KEY, Server } from "@modelcontextprotocol/server";
import { StdioServerTransport, serveStdio } from "@modelcontextprotocol/server/stdio";
import { type Caller, callerIn } from "./caller.ts";
import { sliceFor } from "./client.ts";
import { givenOf, problemIn, schemaOf } from "./fields.ts";
import { INSTRUCTIONS } from "./instructions.ts";
import { Roots } from "./roots.ts";
import type { Line, LineResult, Tool, ToolAnswer } from "./tool.ts";
import { failed } from "./tools/answers.ts";

export interface ServerOptions {
  version: string;
  tools: readonly Tool[];
  maxAccess: string;
  limitable: readonly string[];
  /** Runs a command line for a caller. */
  run(line: Line, caller: Caller): Promise<LineResult>;
}

/**
 * Serves the tools over standard input and output, and resolves when the client has closed them. It ends no turn: what
 * was accepted runs on.
 */
export function serve(options: ServerOptions): Promise<void> {
  return new Promise((resolve) => {
    serveStdio(() => makeServer(options), { transport: new Wire(resolve) });
  });
}

/**
 * Standard input and output, and when the client is gone from them. The end of one server is no sign of that: a client that
 * asks in the words of 2026, and goes on in those of 2025, ends one by the way.
 */
class Wire extends StdioServerTransport {
  constructor(private readonly onEnd: () => void) {
    super();
  }

  override async close(): Promise<void> {
    await super.close();
    this.onEnd();
  }
}

function makeServer({ version, tools, maxAccess, limitable, run }: ServerOptions): Server {
  const server = new Server(
    { name: "agent-sessions", title: "agent-sessions", version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  server.setRequestHandler("tools/list", () => ({ tools: tools.map(described) }));
  const roots = new Roots(server);
  server.setRequestHandler("tools/call", async ({ params }, { mcpReq }) => {
    const { name, _meta: meta } = params;
    const args = givenOf(params.arguments ?? {});
    const tool = tools.find((one) => one.name === name);
    if (tool === undefined) return content(noTool(name, tools));
    const problem = problemIn(tool.fields, args);
    if (problem !== undefined) return content(failed({ code: "usage", ...problem }));
    const caller = { ...callerIn({ ...meta, ...mcpReq._meta }), folders: await roots.folders() };
    const client = String(clientIn(mcpReq.envelope) ?? server.getClientVersion()?.name ?? "");
    const token = mcpReq._meta?.progressToken ?? meta?.progressToken;
    let steps = 0;
    const answer = await tool.call({
      args,
      maxAccess,
      limitable,
      sliceMs: sliceFor(client),
      signal: mcpReq.signal,
      newName: (beginning) => `${beginning}-${randomUUID()}`,
      run: (line) => run(line, caller),
      async progress(message) {
        if (token === undefined) return;
        steps += 1;
        const note = { progressToken: token, progress: steps, message };
        await mcpReq.notify({ method: "notifications/progress", params: note });
      },
    });
    return content(answer);
  });
  return server;
}

/** Returns the name of the client in a request of the protocol of 2026, where each request says it. */
function clientIn(envelope: object | undefined): string | undefined {
  const info = Object.entries(envelope ?? {}).find(([key]) => key === CLIENT_INFO_META_KEY)?.[1];
  return typeof info?.name === "string" ? info.name : undefined;
}

function described({ name, title, description, fields, hints, isAlwaysLoaded }: Tool) {
  return {
    name,
    title,
    description,
    inputSchema: schemaOf(fields) as { type: "object" },
    annotations: { title, ...hints },
    ...(isAlwaysLoaded ? { _meta: { "anthropic/alwaysLoad": true } } : {}),
  };
}

function noTool(name: string, tools: readonly Tool[]): ToolAnswer {
  const message = `There is no tool ${JSON.stringify(name)}.`;
  return failed({ code: "usage", message, hint: `There are: ${tools.map((tool) => tool.name).join(", ")}.` });
}

function content({ view, isError }: ToolAnswer) {
  const text = JSON.stringify(view);
  return { content: [{ type: "text" as const, text }], ...(isError ? { isError } : {}) };
}
