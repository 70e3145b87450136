import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { openSandbox, type Sandbox } from "../test/support/sandbox.ts";
import { NO_MODEL } from "./no-model.ts";

/**
 * A sandbox for the agent that answers at once, as long as `use` takes. A turn is only whole with a transcript to
 * find, to make durable and to keep, so there is a place for them.
 */
export async function withFastAgent<T>(
  extra: Record<string, string>,
  use: (place: { cwd: string; env: Record<string, string> }) => Promise<T>,
): Promise<T> {
  const sandbox: Sandbox = openSandbox({ modelUrl: NO_MODEL });
  try {
    const transcripts = join(sandbox.home, ".claude/projects/bench");
    mkdirSync(transcripts, { recursive: true });
    // What others had compiled may be less than what is timed here calls.
    const XDG_CACHE_HOME = join(sandbox.folder, "cache");
    const env = sandbox.with({ FAST_AGENT_TRANSCRIPTS: transcripts, XDG_CACHE_HOME, ...extra });
    return await use({ cwd: sandbox.workspace, env });
  } finally {
    sandbox.remove();
  }
}
