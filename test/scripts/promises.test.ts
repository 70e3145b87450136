import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { agents } from "../../src/agents/index.ts";
import { REPOSITORY } from "../support/environment.ts";
import { type PromisesKept, testsOf } from "../support/promises/promises.ts";
import { ROWS } from "../support/promises/rows.ts";
import { describeTable } from "../support/promises/table.ts";

const read = (path: string) => readFileSync(join(REPOSITORY, path), "utf8");
const KEPT = JSON.parse(read("docs/agents/table.json")) as PromisesKept[];

test("every agent has a row in the table of promises, its tests, and a page", () => {
  // Nobody knows what any other agent that speaks ACP promises: docs/agents/acp.md.
  const others = Object.keys(agents).filter((name) => name !== "acp");
  assert.deepEqual(ROWS.map(({ agent }) => agent).toSorted(), others.toSorted());
  for (const { agent } of ROWS) {
    assert.match(
      read(`test/real-agents/promises-${agent}.test.ts`),
      new RegExp(`testPromises\\("${agent}"\\)`),
    );
    assert.ok(existsSync(join(REPOSITORY, `docs/agents/${agent}.md`)), `docs/agents/${agent}.md`);
  }
});

test("what a run has recorded of an agent are all of its tests, and no others", () => {
  for (const row of ROWS) {
    const kept = KEPT.find(({ agent }) => agent === row.agent);
    const why = `the rows have changed since: npm run agents -- table ${row.agent}`;
    assert.deepEqual(kept?.passed, Object.fromEntries(testsOf(row)), why);
  }
});

test("docs/agents/README.md is what the generator makes of the record", () => {
  assert.equal(read("docs/agents/README.md"), describeTable(ROWS, KEPT), "npm run agents -- table");
});
