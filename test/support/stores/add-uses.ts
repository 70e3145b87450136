import { appendFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HEADER = { v: 1, kind: "used" };
/** More than there may be of one name. */
const MANY = 20;

/**
 * Adds uses of a name to the only scope of a state home, so that the next use writes the file of uses anew. They are of
 * another conversation than the name's, so they tell nothing of it. Returns the file.
 */
export function addUses(stateHome: string, name: string): string {
  const names = join(stateHome, "names");
  const found = readdirSync(names);
  if (found.length !== 1) throw new Error(`${found.length} scopes`);
  const path = join(names, found[0] ?? "", "used.jsonl");
  if (!existsSync(path)) writeFileSync(path, `${JSON.stringify(HEADER)}\n`, { mode: 0o600 });
  const use = { name, sessionId: "gone", usedAt: new Date(0).toISOString() };
  appendFileSync(path, `${JSON.stringify(use)}\n`.repeat(MANY));
  return path;
}
