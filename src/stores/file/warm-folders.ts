import { join } from "node:path";
import { readJson } from "../../system/files/read.ts";
import { createFile } from "../../system/files/write.ts";
import { asProcessIdentity, type ProcessIdentity } from "../../system/processes/identity.ts";

const PROCESS = "process.json";

/** Records the agent to which a folder of a warm agent belongs; not durable: a restart of the machine ends it. */
export function saveAgentOf(folder: string, process: ProcessIdentity): void {
  createFile(join(folder, PROCESS), JSON.stringify({ v: 1, ...process }), { sync: false });
}

/** Returns that agent; undefined while none was started. */
export function agentOf(folder: string): ProcessIdentity | undefined {
  return asProcessIdentity(readJson(join(folder, PROCESS))?.value);
}
