import { appendFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** As long as a name log gets before somebody looks whether all of it is needed. */
export const LOOKED_OVER_BYTES = 32 * 1024;

/** The name log of a state home that has one. */
export function nameLogOf(stateHome: string): string {
  const names = join(stateHome, "names");
  const found = readdirSync(names);
  if (found.length !== 1) throw new Error(`${found.length} name logs`);
  return join(names, found[0] ?? "", "log.jsonl");
}

/** Adds uses of a name, as turns do, until the next one makes the log so long that it is shortened. */
export function lengthenLog(path: string, name: string): void {
  const usedAt = new Date(0).toISOString();
  const line = `${JSON.stringify({ at: usedAt, edits: [{ op: "used", name, usedAt }] })}\n`;
  const room = LOOKED_OVER_BYTES - (statSync(path).size % LOOKED_OVER_BYTES) - 1;
  appendFileSync(path, line.repeat(Math.floor(room / line.length)));
}
