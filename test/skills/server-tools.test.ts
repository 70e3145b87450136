import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { TOOLS } from "../../src/mcp/tools/index.ts";
import { REPOSITORY } from "../support/environment.ts";

const MCP = join(REPOSITORY, "skills/agent-sessions/references/mcp.md");

test("the skill agent-sessions names each tool of the server, and none that there is not", () => {
  const rows = [...readFileSync(MCP, "utf8").matchAll(/^\| .* \| (.*) \|$/gm)].slice(1);
  const named = rows.flatMap(([, cell = ""]) =>
    [...(cell.split(/ with|: |, for| that/)[0] ?? "").matchAll(/`(\w+)`/g)].map(([, word]) => word),
  );
  assert.deepEqual(named.sort(), TOOLS.map(({ name }) => name).sort());
});
