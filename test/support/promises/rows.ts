import { claude } from "./agents/claude.ts";
import { codex } from "./agents/codex.ts";
import { copilot } from "./agents/copilot.ts";
import { gemini } from "./agents/gemini.ts";
import { kimi } from "./agents/kimi.ts";
import { opencode } from "./agents/opencode.ts";
import { qwen } from "./agents/qwen.ts";
import type { PromiseRow } from "./row.ts";

/** Every agent, in the order of the table. */
export const ROWS: readonly PromiseRow[] = [claude, codex, copilot, gemini, qwen, opencode, kimi];
