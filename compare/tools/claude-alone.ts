import { randomUUID } from "node:crypto";
import type { Tool } from "./tool.ts";

/** Claude Code as a person starts it, who notes the ids of conversations himself. */
export function claudeAlone(): Tool {
  const ids = new Map<string, string>();
  return {
    key: "alone",
    title: "claude alone",
    extraEnvironment: {},
    begin: (name, prompt) => {
      const id = randomUUID();
      ids.set(name, id);
      return [["claude", "-p", "--session-id", id, prompt]];
    },
    say: (name, prompt) => ["claude", "-p", "--resume", ids.get(name) ?? "", prompt],
    once: (prompt) => ["claude", "-p", prompt],
  };
}
