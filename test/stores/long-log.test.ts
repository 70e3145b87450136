import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { FileStore } from "../../src/stores/file.ts";
import { tempFolder } from "../temp-folder.ts";
import { LOOKED_OVER_BYTES, lengthenLog, nameLogOf } from "./lengthen-log.ts";
import { idsOf, openFileStore, openUnshownStore, scope, writeMapping } from "./open-file-store.ts";
import { set } from "./store.contract.ts";

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

test("what another tool wrote into one mapping file is not taken for removed where another file lacks it", async (t) => {
  const folder = tempFolder(t);
  const first = openFileStore(folder, "tmp1", AGES_AGO);
  const second = openFileStore(folder, "tmp2", AGES_AGO);
  await first.store.update(scope, () => [set("x", "1")]);
  assert.deepEqual(await idsOf(second.store), { x: "1" });
  writeMapping(second.view, { x: { session_id: "1" }, z: { session_id: "3" } });
  assert.deepEqual(await idsOf(second.store), { x: "1", z: "3" });
  assert.deepEqual(await idsOf(first.store), { x: "1", z: "3" });
  writeMapping(second.view, { z: { session_id: "3" } });
  assert.deepEqual(await idsOf(second.store), { z: "3" });
  assert.deepEqual(await idsOf(first.store), { z: "3" }, "nor does what it removed come back");
  assert.deepEqual(await idsOf(second.store), { z: "3" });
});

test("a look of another version, or a torn one, removes no name after the log has lost lines", async (t) => {
  for (const content of ['{"v":2,"lines":1000,"merged":1000}', "", '{"v":1,"vi']) {
    const folder = tempFolder(t);
    const { store } = openFileStore(folder, "tmp", AGES_AGO);
    await store.update(scope, () => [set("x", "1")]);
    const look = join(nameLogOf(join(folder, "state")), "../seen-of-a-newer-version.json");
    writeFileSync(look, content);
    await useUntilShorter(store, folder, ["x"]);
    assert.equal(existsSync(look), false);
    assert.deepEqual(await idsOf(store), { x: "1" });
  }
});

test("a log that can't be made shorter stays as it is, and so does what was seen of it", async (t) => {
  const folder = tempFolder(t);
  const { store, view, notices } = openFileStore(folder, "tmp", AGES_AGO);
  await store.update(scope, () => [set("x", "1"), set("y", "2")]);
  const log = nameLogOf(join(folder, "state"));
  const inTheWay = join(log, "../seen-x.json");
  mkdirSync(inTheWay);
  lengthenLog(log, "x");
  await idsOf(store);
  const look = readdirSync(join(log, "..")).find((name) => /^seen-\w{16}/.test(name)) ?? "";
  await store.update(scope, () => [{ op: "used", name: "x", usedAt: new Date().toISOString() }]);
  assert.ok(statSync(log).size > LOOKED_OVER_BYTES);
  assert.equal(
    JSON.parse(readFileSync(join(log, "..", look), "utf8")).lines,
    (await store.log(scope)).length,
  );
  writeMapping(view, { y: { session_id: "2" } });
  assert.deepEqual(await idsOf(store), { y: "2" });
  rmSync(inTheWay, { recursive: true });
  assert.deepEqual(notices, []);
});
