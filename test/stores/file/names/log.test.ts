import assert from "node:assert/strict";
import fs, { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { FileStore } from "../../../../src/stores/file/store.ts";
import { patchFs, systemError } from "../../../support/patched-fs.ts";
import { LOOKED_OVER_BYTES, lengthenLog, nameLogOf } from "../../../support/stores/lengthen-log.ts";
import {
  idsOf,
  openFileStore,
  openUnshownStore,
  scope,
  writeMapping,
} from "../../../support/stores/open-file-store.ts";
import { set } from "../../../support/stores/store.contract.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

function looksIn(folder: string): string[] {
  const names = join(nameLogOf(join(folder, "state")), "..");
  return readdirSync(names)
    .filter((name) => name.startsWith("seen-"))
    .map((name) => join(names, name));
}

/** How many lines of the log the mapping files have shown. */
function linesSeen(folder: string): number[] {
  return looksIn(folder).map((path) => JSON.parse(readFileSync(path, "utf8")).lines);
}

/** So long ago that no writer of a mapping file can have missed it. */
const AGES_AGO = () => new Date(Date.now() - 3_600_000);

/** Uses names as turns do, in turn, until the log has become shorter. Returns how often. */
async function useUntilShorter(store: FileStore, folder: string, names: string[]): Promise<number> {
  const path = nameLogOf(join(folder, "state"));
  for (let times = 1, before = statSync(path).size; ; times += 1) {
    const name = names[times % names.length] ?? "";
    await store.update(scope, () => [{ op: "used", name, usedAt: new Date(times).toISOString() }]);
    const { size } = statSync(path);
    if (size < before) return times;
    assert.ok(size < LOOKED_OVER_BYTES + 1_000, "it only grows");
    before = size;
  }
}

for (const [what, open] of [
  ["with a mapping file", (folder: string) => openFileStore(folder).store],
  ["without a mapping file", openUnshownStore],
] as const) {
  test(`turns do not make a name log long, ${what}, and all else stays in it`, async (t) => {
    const folder = tempFolder(t);
    const store = open(folder);
    const reader = open(folder);
    await store.update(scope, () => [set("x", "1"), set("gone", "2")]);
    await store.update(scope, () => [set("y", "3")]);
    await store.update(scope, () => [{ op: "remove", name: "gone", reason: "remove" }]);
    await store.update(scope, () => [set("x", "4")]);
    const before = await store.log(scope);
    assert.deepEqual(await idsOf(reader), { x: "4", y: "3" });
    const times = await useUntilShorter(store, folder, ["x", "y"]);
    assert.ok(times > 200, `${times} turns`);
    for (const store of [reader, open(folder)]) {
      const log = await store.log(scope);
      assert.deepEqual(log.slice(0, before.length), before);
      assert.equal(log.length, before.length + 2, "the last use of each name");
      assert.deepEqual(await idsOf(store), { x: "4", y: "3" });
      const used = [(await store.get(scope, "x"))?.usedAt, (await store.get(scope, "y"))?.usedAt];
      assert.deepEqual(used.sort(), [new Date(times - 1).toISOString(), new Date(times).toISOString()]);
    }
    assert.ok(statSync(nameLogOf(join(folder, "state"))).size < 2_000);
    assert.equal(statSync(nameLogOf(join(folder, "state"))).mode & 0o777, 0o600);
    assert.deepEqual(
      readdirSync(join(nameLogOf(join(folder, "state")), "..")).filter((name) => name.startsWith(".tmp-")),
      [],
    );
  });
}

test("a log that lost lines takes no name for removed that a mapping file has not shown yet", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder, "tmp", AGES_AGO);
  const other = openFileStore(folder, "tmp2", AGES_AGO);
  await store.update(scope, () => [set("x", "1")]);
  for (let at = 0; at < 50; at += 1)
    await store.update(scope, () => [{ op: "used", name: "x", usedAt: new Date(at).toISOString() }]);
  assert.deepEqual(await idsOf(other.store), { x: "1" });
  await store.update(scope, () => [set("late", "2")]);
  await useUntilShorter(store, folder, ["x"]);
  assert.deepEqual(await idsOf(openFileStore(folder, "tmp2").store), { x: "1", late: "2" });
  assert.deepEqual(await idsOf(store), { x: "1", late: "2" });
  assert.deepEqual(other.notices, []);
});

test("what others do to the mapping file of a log that lost lines is followed", async (t) => {
  const folder = tempFolder(t);
  const { store, view, notices } = openFileStore(folder, "tmp", AGES_AGO);
  await store.update(scope, () => [set("x", "1"), set("y", "2")]);
  await useUntilShorter(store, folder, ["x", "y"]);
  writeMapping(view, { y: { session_id: "2" }, z: { session_id: "3" } });
  assert.deepEqual(await idsOf(openFileStore(folder).store), { y: "2", z: "3" });
  assert.deepEqual(await idsOf(store), { y: "2", z: "3" });
  assert.match(readFileSync(view, "utf8"), /"z"/);
  assert.deepEqual(notices, []);
});

test("a look of another version goes with the lines that it counts: it proves nothing after", async (t) => {
  for (const change of [{ v: 2 }, { v: "1" }, undefined]) {
    const folder = tempFolder(t);
    const { store } = openFileStore(folder, "tmp", AGES_AGO);
    const other = openFileStore(folder, "tmp2", AGES_AGO);
    await store.update(scope, () => [set("x", "1")]);
    const before = looksIn(folder);
    assert.deepEqual(await idsOf(other.store), { x: "1" });
    const [look = ""] = looksIn(folder).filter((path) => !before.includes(path));
    const content = JSON.stringify({ ...JSON.parse(readFileSync(look, "utf8")), lines: 1_000, ...change });
    writeFileSync(look, change === undefined ? content.slice(0, -9) : content);
    await store.update(scope, () => [set("late", "2")]);
    await useUntilShorter(store, folder, ["x"]);
    assert.deepEqual(looksIn(folder), before);
    writeMapping(other.view, { x: { session_id: "1" } });
    assert.deepEqual(await idsOf(other.store), { x: "1", late: "2" });
  }
});

for (const [when, fails] of [
  ["before its looks are away", "unlinkSync"],
  ["before it is replaced", "renameSync"],
  ["after it is replaced", "fsyncSync"],
] as const) {
  test(`where a log fails to be made shorter ${when}, all looks still count its lines`, async (t) => {
    const folder = tempFolder(t);
    const { store } = openFileStore(folder, "tmp", AGES_AGO);
    const other = openFileStore(folder, "tmp2", AGES_AGO);
    await store.update(scope, () => [set("x", "1")]);
    const log = nameLogOf(join(folder, "state"));
    lengthenLog(log, "x");
    assert.deepEqual([await idsOf(store), await idsOf(other.store)], [{ x: "1" }, { x: "1" }]);
    const seenBefore = linesSeen(folder);
    assert.equal(seenBefore.length, 2);
    let isReplaced = false;
    let failures = 0;
    const fail = () => {
      failures += 1;
      throw systemError("EIO");
    };
    const { unlinkSync, renameSync, fsyncSync } = fs;
    let removed = 0;
    const restore = patchFs(t, {
      unlinkSync: (path) => {
        if (fails === "unlinkSync" && String(path).includes("/seen-") && ++removed === 2) fail();
        unlinkSync(path);
      },
      renameSync: (from, to) => {
        if (fails === "renameSync" && to === log) fail();
        renameSync(from, to);
        isReplaced ||= to === log;
      },
      fsyncSync: (descriptor) => {
        if (fails === "fsyncSync" && isReplaced && failures === 0) fail();
        fsyncSync(descriptor);
      },
    });
    await store.update(scope, () => [{ op: "used", name: "x", usedAt: new Date().toISOString() }]);
    restore();
    assert.equal(failures, 1);
    const lines = (await store.log(scope)).length;
    assert.equal(lines < 10, fails === "fsyncSync");
    const seen = linesSeen(folder);
    assert.equal(seen.length, 2);
    assert.ok(seen.includes(lines));
    if (fails === "fsyncSync")
      assert.ok(
        seen.every((count) => count <= lines),
        `${seen} of ${lines}`,
      );
    else assert.ok(seen.some((count) => seenBefore.includes(count)));
  });
}
