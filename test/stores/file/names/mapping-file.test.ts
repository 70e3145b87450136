import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import {
  idsOf,
  namesFolderIn,
  openFileStore,
  scope,
  writeMapping,
} from "../../../support/stores/open-file-store.ts";
import { set } from "../../../support/stores/store.contract.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

// Two temporary folders, as of a terminal and of a service, show the names of one workspace; both have shown x.
async function openTwo(t: TestContext, now?: () => Date) {
  const folder = tempFolder(t);
  const [first, second] = [openFileStore(folder, "tmp1", now), openFileStore(folder, "tmp2", now)];
  await first.store.update(scope, () => [set("x", "1")]);
  assert.deepEqual(await idsOf(second.store), { x: "1" });
  const loseLooks = () => {
    const names = namesFolderIn(folder);
    for (const file of readdirSync(names)) if (file.startsWith("seen-")) rmSync(join(names, file));
  };
  return { first, second, loseLooks };
}

/** So long ago that no writer of a mapping file can have missed it. */
const AGES_AGO = () => new Date(Date.now() - 3_600_000);

const X = { session_id: "1" };
const Z = { session_id: "3" };

test("what another tool wrote into one mapping file is not taken for removed where the other lacks it", async (t) => {
  const { first, second } = await openTwo(t, AGES_AGO);
  writeMapping(second.view, { x: X, z: Z });
  assert.deepEqual(await idsOf(second.store), { x: "1", z: "3" });
  assert.deepEqual(await idsOf(first.store), { x: "1", z: "3" });
  writeMapping(second.view, { z: Z });
  assert.deepEqual(await idsOf(second.store), { z: "3" });
  assert.deepEqual(await idsOf(first.store), { z: "3" }, "nor does what it removed come back");
  assert.deepEqual(await idsOf(second.store), { z: "3" });
});

test("a writer that read one mapping file before takes nothing away that came from the other", async (t) => {
  const { first, second } = await openTwo(t);
  const before = readFileSync(first.view);
  writeMapping(second.view, { x: X, z: Z });
  assert.deepEqual(await idsOf(second.store), { x: "1", z: "3" });
  assert.deepEqual(await idsOf(first.store), { x: "1", z: "3" });
  assert.match(readFileSync(first.view, "utf8"), /"z"/);
  writeFileSync(first.view, before);
  assert.deepEqual(await idsOf(first.store), { x: "1", z: "3" });
});

test("what was removed from one mapping file does not come back from the other, not even without our looks", async (t) => {
  const { first, second, loseLooks } = await openTwo(t, AGES_AGO);
  await first.store.update(scope, () => [set("z", "3")]);
  assert.deepEqual(await idsOf(second.store), { x: "1", z: "3" });
  writeMapping(second.view, { x: X });
  assert.deepEqual(await idsOf(second.store), { x: "1" });
  loseLooks();
  assert.deepEqual(await idsOf(first.store), { x: "1" });
});

test("what came back by one mapping file is not removed by the other, not even without our looks", async (t) => {
  const { first, second, loseLooks } = await openTwo(t, AGES_AGO);
  writeMapping(first.view, { x: X, w: { session_id: "2" }, z: Z });
  const all = { x: "1", w: "2", z: "3" };
  assert.deepEqual([await idsOf(first.store), await idsOf(second.store)], [all, all]);
  const shown = readFileSync(second.view);
  const { z: _, ...aliases } = JSON.parse(String(shown)).aliases;
  writeMapping(second.view, aliases);
  const two = { x: "1", w: "2" };
  assert.deepEqual([await idsOf(second.store), await idsOf(first.store)], [two, two]);
  writeFileSync(second.view, shown);
  assert.deepEqual(await idsOf(second.store), all);
  loseLooks();
  assert.deepEqual(await idsOf(first.store), all);
});
