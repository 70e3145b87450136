import { draftClaude } from "./claude-command.ts";
import type { DraftFor } from "./run/invocation.ts";

export const draftForClaude: DraftFor = (script, _, { stage }) => {
  const output = stage === "stream" ? "stream-json" : "json";
  const draft = draftClaude({ output, includePartials: script.has("include_partials") });
  return { draft, messageFile: undefined };
};
