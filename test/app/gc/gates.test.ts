import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { gc } from "../../../src/app/gc/gc.ts";
import { makeOld } from "../../support/age.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";
import { contextOf } from "../../support/context.ts";

test("a gate goes after 30 days, unless its folder has a name; what can't be judged stays", async (t) => {
  const { sandbox, here, run } = openFakeCli(t);
  const other = sandbox.addWorkspace("other");
  for (const workspace of [sandbox.workspace, other]) writeFileSync(join(workspace, "plan"), "plan");
  const ask = async (id: string, cwd = sandbox.workspace) =>
    (await here(["gate", id, "--shows", "plan"], { cwd })).code;
  for (const id of ["old", "fresh"]) assert.equal(await ask(id), 20);
  assert.equal(await ask("named", other), 20);
  assert.equal((await run(["create", "x"], { cwd: other })).code, 0);
  const context = contextOf(sandbox);
  makeOld(context.home.gatesFolder, 29);
  assert.equal(gc(context, {}).gates, 0, "not yet");
  makeOld(context.home.gatesFolder, 31);
  assert.equal((await here(["gate", "refuse", "fresh"])).code, 0);
  assert.equal(gc(context, { dryRun: true }).gates, 1);
  assert.equal(gc(context, {}).gates, 1);
  const ids = async () =>
    ((await here(["gate", "list", "--all", "--json"])).json.gates as { id: string }[]).map(({ id }) => id);
  assert.deepEqual((await ids()).toSorted(), ["fresh", "named"]);
  assert.equal((await here(["remove", "x"], { cwd: other })).code, 0);
  assert.match((await here(["gc", "--sessions-older-than", "30d"])).stdout, /Deleted 1 gate/);
  assert.deepEqual(await ids(), ["fresh"]);
});
