import { openContext } from "../app/compose/open-context.ts";
import { openShared } from "../app/compose/open-shared.ts";
import { NO_CONFIG, readConfig } from "../app/config/read.ts";
import { WarmPool } from "../app/turn/warm/pool.ts";
import { parseDuration } from "../domain/duration.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";
import { checkOptions } from "./check-options.ts";
import type { OpenOptions } from "./options.ts";
import { DEFAULT_AGENT, Sessions } from "./sessions.ts";
import { surroundings } from "./surroundings.ts";
import { asMethods } from "./wording.ts";

/**
 * Opens the named conversations of a workspace. They need not be closed; `close` ends agents that are kept warm, and
 * connections to a store that machines share.
 *
 * ```ts
 * import { openSessions } from "agent-sessions";
 *
 * const sessions = await openSessions();
 * const review = await sessions.create("review-src", { agent: "claude", prompt: "Read src/." });
 * for await (const event of review.send("What did you find?")) {
 *   if (event.type === "text") console.log(event.text);
 * }
 * const { outcome, text } = await review.send("And the worst of it?");
 * ```
 *
 * @throws AppError `state_unreadable`, `state_unwritable`; `unsupported` on Windows; `usage`
 */
export async function openSessions(options: OpenOptions = {}): Promise<Sessions> {
  const around = surroundings(checkOptions("openSessions", options));
  const workspace = resolveWorkspace(options.workspace ?? around.cwd, around.cwd);
  const open = (ownAgents?: readonly string[]) =>
    openContext({ ...around, wording: asMethods(workspace), ownAgents, openShared });
  let context = open();
  const config = options.config
    ? await readConfig({ ...around, workspace, defaultAgent: DEFAULT_AGENT }, () => context.home)
    : NO_CONFIG;
  if (config.ownAgents?.length) context = open(config.ownAgents);
  for (const note of config.notes) around.notify(note);
  context.defaults = config.defaults;
  const keepWarm = options.keepWarm ?? config.keepWarm;
  const keepMs = keepWarm === undefined || context.line !== undefined ? undefined : parseDuration(keepWarm);
  if (keepMs !== undefined) context.warm = new WarmPool(context, () => keepMs);
  return new Sessions(context, workspace, config.agent);
}
