export { serve } from "./server.ts";
export { CODEX_ALIAS } from "./tools/codex-alias.ts";
export { READING_TOOLS, TOOLS } from "./tools/index.ts";
