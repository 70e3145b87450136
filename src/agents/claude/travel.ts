import { join } from "node:path";
import type { Proof, TravelForm } from "../../domain/agent/travel.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { flag, list, literal, object, text } from "../../domain/shape.ts";
import { projectFolderName, projectsFolder } from "./places.ts";

const asFailure = object({ type: literal("result"), is_error: flag, errors: list(text) });

/** How conversations of claude 2.1.332 travel. It finds one in whatever project folder; 2.1.197 only in its own. */
export const travel: TravelForm = {
  place: (sessionId, { workspace }, environment) =>
    join(projectsFolder(environment), projectFolderName(workspace), `${sessionId}.jsonl`),
  // With no message, claude reads the conversation and exits. It writes nothing to it, starts no server and no hook.
  proof: (sessionId) => ({
    args: [
      "-p",
      "--input-format=stream-json",
      "--output-format=stream-json",
      "--verbose",
      "--no-session-persistence",
      "--strict-mcp-config",
      '--settings={"disableAllHooks":true}',
      "--resume",
      sessionId,
    ],
    input: "",
    read: readFailure,
    atExit: (code) => (code === 0 ? { canContinue: true } : undefined),
  }),
};

function readFailure(line: string): Proof | undefined {
  const failure = asFailure(parseJson(line));
  return failure?.is_error ? { canContinue: false, says: failure.errors.join(" ") } : undefined;
}
