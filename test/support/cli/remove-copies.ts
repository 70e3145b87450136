import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../sandbox.ts";

/** Takes away what we keep of the agents' transcripts. */
export function removeCopies({ env }: Sandbox): void {
  const sessions = join(env.AGENT_SESSIONS_HOME ?? "", "sessions");
  for (const path of readdirSync(sessions, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith("/transcript")) rmSync(join(sessions, path), { recursive: true });
  }
}
