import type { Line, LineResult, ToolCall } from "../../src/mcp/tool.ts";

/** A call of a tool whose command lines are answered by `reply`, and what it has run and reported. */
export function mcpCall(
  args: Record<string, unknown>,
  reply: (line: Line) => LineResult | Promise<LineResult>,
  more: Partial<ToolCall> = {},
): ToolCall & { lines: Line[]; reports: string[] } {
  const lines: Line[] = [];
  const reports: string[] = [];
  return {
    args,
    maxAccess: "edit",
    limitable: ["claude", "codex", "copilot"],
    sliceMs: 50_000,
    signal: new AbortController().signal,
    newName: (beginning) => `${beginning}-1`,
    async run(line) {
      lines.push(line);
      return reply(line);
    },
    async progress(message) {
      reports.push(message);
    },
    lines,
    reports,
    ...more,
  };
}

/** What a name remembers, for the `show` before a turn. */
export function remembering(access: string | null, answer: LineResult): (line: Line) => LineResult {
  return ({ argv }) => (argv[0] === "show" ? { json: { type: "agent_sessions.show", access } } : answer);
}
