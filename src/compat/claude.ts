import { claude } from "../agents/claude/claude.ts";
import { draftForClaude } from "./draft-claude.ts";
import { main } from "./main.ts";

main("claude", claude, draftForClaude);
