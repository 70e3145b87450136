import type { Agent } from "../domain/agent/agent.ts";
import { acp } from "./acp/acp.ts";
import { claude } from "./claude/claude.ts";
import { codex } from "./codex/codex.ts";
import { copilot } from "./copilot/copilot.ts";
import { findAgentIn } from "./find-agent.ts";
import { gemini } from "./gemini/gemini.ts";
import { kimi } from "./kimi/kimi.ts";
import { opencode } from "./opencode/opencode.ts";
import { qwen } from "./qwen/qwen.ts";

/** The agents we know, by the word that users type after `--agent`. */
export const agents = { claude, codex, copilot, gemini, qwen, opencode, kimi, acp } as const satisfies Record<
  string,
  Agent
>;

/** The agent of a new conversation if the caller does not choose one. */
export const DEFAULT_AGENT: keyof typeof agents = "claude";

/** @throws AppError `usage` when there is no agent of that name. */
export function findAgent(name: string): Agent {
  return findAgentIn(agents, name);
}
