export { serve } from "./server.ts";
export { READING_TOOLS, TOOLS } from "./tools/index.ts";
