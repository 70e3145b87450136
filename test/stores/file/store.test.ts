import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { StateHome } from "../../../src/stores/file/home.ts";
import {
  idsOf,
  namesFolderIn,
  openFileStore,
  scope,
  writeMapping,
} from "../../support/stores/open-file-store.ts";
import { set } from "../../support/stores/store.contract.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("edits that belong together are one line: a torn line takes all of them or none", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  await store.update(scope, () => [{ op: "reserve", name: "x", turnId: "t" }]);
  await store.update(scope, () => [set("x", "1"), { op: "unreserve", name: "x" }]);
  const log = join(namesFolderIn(folder), "log.jsonl");
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  assert.equal(lines.length, 3);
  writeFileSync(log, `${lines.slice(0, 2).join("\n")}\n${lines[2]?.slice(0, -20)}`);
  rmSync(dirname(dirname(openFileStore(folder).view)), { recursive: true });
  const table = await store.list(scope);
  assert.equal(table.reserved.get("x"), "t");
  assert.equal(table.entries.size, 0);
});

test("what another tool writes while we write is merged, not overwritten", async (t) => {
  const { store, view } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("ours", "1")]);
  await store.update(scope, () => {
    writeMapping(view, { ours: "1", theirs: "2" });
    return [set("more", "3")];
  });
  assert.deepEqual(await idsOf(store), { ours: "1", more: "3", theirs: "2" });
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(view, "utf8")).aliases), ["more", "ours", "theirs"]);
});

test("a removed name does not come back from an old mapping file, not even after the cache is lost", async (t) => {
  const folder = tempFolder(t);
  const first = openFileStore(folder, "tmp1");
  const second = openFileStore(folder, "tmp2");
  await first.store.update(scope, () => [set("x", "1"), set("y", "2")]);
  await second.store.list(scope);
  await first.store.update(scope, () => [{ op: "remove", name: "x", reason: "remove" }]);
  for (const name of readdirSync(namesFolderIn(folder))) {
    if (name.startsWith("seen-")) rmSync(join(namesFolderIn(folder), name));
  }
  assert.deepEqual(await idsOf(second.store), { y: "2" });
  assert.deepEqual(await idsOf(first.store), { y: "2" });
});

test("valid JSON of another kind removes no name", async (t) => {
  const { store, view } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("x", "1")]);
  await store.list(scope);
  for (const other of ['{"version":2,"sessions":{"a":{}}}', '{"aliases":{"x":{"thread_id":"9"}}}']) {
    writeFileSync(view, other);
    assert.equal((await idsOf(store)).x, "1", other);
  }
});

test("a cache that can't be written costs no name", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  await store.update(scope, () => [set("x", "1")]);
  const [seen] = readdirSync(namesFolderIn(folder)).filter((name) => name.startsWith("seen-"));
  assert.ok(seen);
  rmSync(join(namesFolderIn(folder), seen));
  mkdirSync(join(namesFolderIn(folder), seen));
  await store.update(scope, () => [set("y", "2")]);
  assert.deepEqual(await idsOf(store), { x: "1", y: "2" });
});

for (const plant of ["a link", "a folder that others can write to"]) {
  test(`${plant} in place of the mapping folder is not used`, async (t) => {
    const folder = tempFolder(t);
    const { store, view, notices } = openFileStore(folder);
    const root = dirname(dirname(view));
    const evil = join(folder, "evil");
    mkdirSync(evil);
    mkdirSync(dirname(root), { recursive: true });
    if (plant === "a link") symlinkSync(evil, root);
    else {
      mkdirSync(root);
      chmodSync(root, 0o777);
      writeMapping(view, { x: "planted" });
    }
    await store.update(scope, () => [set("x", "1")]);
    assert.deepEqual(await idsOf(store), { x: "1" });
    await store.update(scope, () => [set("y", "2")]);
    assert.deepEqual(readdirSync(evil), []);
    if (plant !== "a link") assert.equal(JSON.parse(readFileSync(view, "utf8")).aliases.x, "planted");
    assert.equal(notices.length, 1, "told once");
  });
}

test("a log without a byte gets its header", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  mkdirSync(namesFolderIn(folder), { recursive: true });
  writeFileSync(join(namesFolderIn(folder), "log.jsonl"), "");
  await store.update(scope, () => [set("x", "1")]);
  assert.match(readFileSync(join(namesFolderIn(folder), "log.jsonl"), "utf8"), /^\{"v":1,"kind":"names"/);
  const session = store.session({ agent: "claude", sessionId: "1" });
  const journal = join(new StateHome(join(folder, "state")).sessionFolder(session.key), "journal.jsonl");
  mkdirSync(dirname(journal), { recursive: true });
  writeFileSync(journal, "");
  const at = "2026-11-21T00:00:00.000Z";
  const turn = {
    turnId: "t",
    at,
    startedAt: at,
    outcome: "succeeded",
    continuity: "new",
    prompt: "",
    text: "",
  } as const;
  await session.journal.append(turn);
  assert.deepEqual(await session.journal.last(), turn);
  assert.ok(existsSync(journal));
});

test("after a clock was set back, what another tool removes stays removed, and what it could not know of stays", async (t) => {
  const folder = tempFolder(t);
  const HOUR_MS = 3_600_000;
  const later = openFileStore(folder, "tmp", () => new Date(Date.now() + HOUR_MS));
  await later.store.update(scope, () => [set("x", "1"), set("y", "2"), set("z", "3")]);
  const { store, view } = openFileStore(folder);
  writeMapping(view, { x: { session_id: "1" }, y: { session_id: "2" } });
  assert.deepEqual(await idsOf(store), { x: "1", y: "2" });
  // By the clock as it is now, a name that was set a moment ago is one that a writer may not have read.
  await store.update(scope, () => [set("w", "4")]);
  writeMapping(view, { y: { session_id: "2" } });
  assert.deepEqual(await idsOf(store), { w: "4", y: "2" });
});
