/** How an MCP client treats a call that takes long. */
interface Client {
  /** The names under which it introduces itself. */
  pattern: RegExp;
  sliceMs: number;
}

const MINUTE_MS = 60_000;

/**
 * How long one wait may last. Claude Code 2.1.329 and Copilot 1.0.102 let a call go on while it reports progress; Codex
 * 0.169.0 ends each after 300 s, whatever it reports.
 */
const CLIENTS: readonly Client[] = [
  { pattern: /^claude-code/, sliceMs: 60 * MINUTE_MS },
  { pattern: /copilot/, sliceMs: 60 * MINUTE_MS },
  { pattern: /^codex/, sliceMs: 4 * MINUTE_MS },
];

/** The usual client gives up after 60 s. */
const OTHERS_MS = 50_000;

/** Returns how long a wait for this client may last, in milliseconds. */
export function sliceFor(clientName: string): number {
  return CLIENTS.find(({ pattern }) => pattern.test(clientName))?.sliceMs ?? OTHERS_MS;
}
