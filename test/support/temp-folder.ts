import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder of its own for one test, gone when the test is over. */
export function tempFolder(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "agent-sessions-test-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
