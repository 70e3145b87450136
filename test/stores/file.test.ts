import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { StateHome } from "../../src/stores/file/home.ts";
import { FileSessionFolder } from "../../src/stores/file/sessions/folder.ts";
import type { FileStore } from "../../src/stores/file/store.ts";
import { cutWritesAt } from "../support/stores/cut-writes.ts";
import {
  idsOf,
  openFileStore,
  openUnshownStore,
  scope,
  writeMapping,
} from "../support/stores/open-file-store.ts";
import { testSearch } from "../support/stores/search.contract.ts";
import { type StoreInTest, set, testStore } from "../support/stores/store.contract.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { workerArgv } from "../support/worker.ts";

testStore("file", (t: TestContext) => inTest(t, (folder) => openFileStore(folder).store));
testStore("file, of an agent without a mapping file", (t) => inTest(t, openUnshownStore));
testSearch("file", (t) => inTest(t, openUnshownStore));

function inTest(t: TestContext, open: (folder: string) => FileStore): StoreInTest {
  const folder = tempFolder(t);
  return { store: open(folder), another: () => open(folder), cutAt: (writes) => cutWritesAt(t, writes) };
}

test("names that no original script knows are shown to none, and a cleaned temp takes nothing away", async (t) => {
  const folder = tempFolder(t);
  const store = openUnshownStore(folder);
  await store.update(scope, () => [set("x", "1"), set("y", "2")]);
  assert.deepEqual(await idsOf(openUnshownStore(folder)), { x: "1", y: "2" });
  assert.deepEqual(readdirSync(folder), ["state"]);
  assert.equal(store.view(scope), undefined);
});

test("the mapping file shows the names, private to the user", async (t) => {
  const { store, view } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("x", "1")]);
  assert.equal(
    readFileSync(view, "utf8"),
    '{\n  "aliases": {\n    "x": {\n      "created_at": "2026-11-21T06:29:48.722474+00:00",\n      "session_id": "1"\n    }\n  },\n  "workspace_dir": "/srv/ws"\n}\n',
  );
  assert.equal(statSync(view).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(view)).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(dirname(view)), ["claude-code-alias-mapping.json"]);
});

test("names of the original scripts are found, and their changes followed", async (t) => {
  const { store, view, notices } = openFileStore(tempFolder(t));
  writeMapping(view, { old: { session_id: "1" } });
  assert.deepEqual(await idsOf(store), { old: "1" });
  writeMapping(view, { old: { session_id: "2" }, more: "3" });
  assert.deepEqual(await idsOf(store), { old: "2", more: "3" });
  writeMapping(view, { more: "3" });
  assert.deepEqual(await idsOf(store), { more: "3" });
  writeMapping(view, {});
  assert.deepEqual(await idsOf(store), {});
  assert.deepEqual(notices, []);
});

test("an emptied temp folder loses no name and says so once", async (t) => {
  const folder = tempFolder(t);
  const { store, notices, view } = openFileStore(folder);
  await store.update(scope, () => [set("x", "1"), set("y", "2")]);
  await store.list(scope);
  const before = readFileSync(view);
  rmSync(join(folder, "tmp"), { recursive: true });
  assert.deepEqual(await idsOf(store), { x: "1", y: "2" });
  assert.deepEqual(await idsOf(store), { x: "1", y: "2" });
  assert.equal(notices.length, 1, notices.join("\n"));
  assert.deepEqual(readFileSync(view), before);
});

test("a corrupt mapping file is set aside and written anew", async (t) => {
  const { store, view, notices } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("x", "1")]);
  for (const content of ["{", "[]", "", "\ufeff{}"]) {
    writeFileSync(view, content);
    assert.deepEqual(await idsOf(store), { x: "1" });
    assert.equal(JSON.parse(readFileSync(view, "utf8")).aliases.x.session_id, "1");
  }
  const aside = readdirSync(dirname(view)).filter((name) => name.includes(".bad."));
  assert.equal(aside.length, 4, "no earlier copy is overwritten");
  assert.equal(notices.length, 4);
});

test("an original script that met a corrupt file and started afresh removes nothing of ours", async (t) => {
  const { store, view } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("x", "1")]);
  await store.list(scope);
  writeFileSync(`${view}.bad.123`, "{");
  writeMapping(view, {});
  assert.deepEqual(await idsOf(store), { x: "1" });
});

test("what can't be read is not corrupt: nothing is moved, no name lost", async (t) => {
  const { store, view, notices } = openFileStore(tempFolder(t));
  await store.update(scope, () => [set("x", "1")]);
  rmSync(view);
  mkdirSync(view);
  assert.deepEqual(await idsOf(store), { x: "1" });
  await store.update(scope, () => [set("y", "2")]);
  assert.deepEqual(await idsOf(store), { x: "1", y: "2" });
  assert.ok(statSync(view).isDirectory());
  assert.match(notices.join("\n"), /EISDIR/);
});

test("a mapping file that could never be written proves nothing when another tool makes one", async (t) => {
  const folder = tempFolder(t);
  const { store, view, notices } = openFileStore(folder);
  writeFileSync(join(folder, "tmp"), "a file where the temp folder should be");
  await store.update(scope, () => [set("x", "1")]);
  assert.match(notices.join("\n"), /could not be written/);
  rmSync(join(folder, "tmp"));
  writeMapping(view, {});
  assert.deepEqual(await idsOf(store), { x: "1" });
});

test("two temporary folders show the same names", async (t) => {
  const folder = tempFolder(t);
  const first = openFileStore(folder, "tmp1");
  const second = openFileStore(folder, "tmp2");
  await first.store.update(scope, () => [set("x", "1")]);
  assert.deepEqual(await idsOf(second.store), { x: "1" });
  await second.store.update(scope, () => [{ op: "remove", name: "x", reason: "remove" }, set("y", "2")]);
  assert.deepEqual(await idsOf(first.store), { y: "2" });
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(first.view, "utf8")).aliases), ["y"]);
  assert.deepEqual(first.notices, []);
});

test("unknown keys of a mapping file survive our changes", async (t) => {
  const { store, view } = openFileStore(tempFolder(t));
  writeMapping(view, { old: { session_id: "1", colour: "red" }, stranger: { thread_id: "9" } });
  await store.update(scope, () => [set("x", "2")]);
  const { aliases } = JSON.parse(readFileSync(view, "utf8"));
  assert.deepEqual(aliases.old, { session_id: "1", colour: "red" });
  assert.deepEqual(aliases.stranger, { thread_id: "9" });
});

test("a record that a newer version wrote is refused, and its unknown keys are kept otherwise", async (t) => {
  const folder = tempFolder(t);
  const { store } = openFileStore(folder);
  const session = store.session({ agent: "claude", sessionId: "1" });
  await session.saveRecord({ ...session.key, workspace: "/srv/ws", createdAt: "now" });
  const path = join(new StateHome(join(folder, "state")).sessionFolder(session.key), "record.json");
  const record = JSON.parse(readFileSync(path, "utf8"));
  writeFileSync(path, JSON.stringify({ ...record, future: [1] }));
  await session.saveRecord({ ...session.key, workspace: "/srv/ws", createdAt: "later" });
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).future, [1]);
  writeFileSync(path, JSON.stringify({ ...record, v: 2 }));
  await assert.rejects(session.record(), { code: "state_newer" });
});

test("a torn name log loses the torn edit alone", async (t) => {
  const folder = tempFolder(t);
  const { store, view } = openFileStore(folder);
  await store.update(scope, () => [set("x", "1")]);
  const log = join(new StateHome(join(folder, "state")).namesFolder(scope), "log.jsonl");
  appendFileSync(log, '{"op":"set","entry":{"name":"y"');
  rmSync(view);
  assert.deepEqual(await idsOf(store), { x: "1" });
  await store.update(scope, () => [set("z", "3")]);
  assert.deepEqual(await idsOf(store), { x: "1", z: "3" });
});

test("changes of a record by several processes at once all count", async (t) => {
  const folder = join(tempFolder(t), "state");
  const home = new StateHome(folder);
  const session = new FileSessionFolder(
    { agent: "claude", sessionId: "1" },
    home,
    () => new Date(),
    () => assert.fail(),
  );
  await session.saveRecord({ ...session.key, workspace: "/srv/ws", createdAt: "", roleText: "" });
  const [node = "", ...worker] = workerArgv("record");
  const write = (mark: string) => {
    const args = [...worker, folder, mark, "25"];
    return once(spawn(node, args, { stdio: ["ignore", "inherit", "inherit"] }), "exit");
  };
  const exits = await Promise.all(["a", "b", "c", "d"].map(write));
  assert.deepEqual(
    exits.map(([code]) => code),
    [0, 0, 0, 0],
  );
  const { roleText = "" } = (await session.record()) ?? {};
  assert.deepEqual(
    [...roleText].sort().join(""),
    "abcd".replace(/./g, (mark) => mark.repeat(25)),
  );
});

test("among a thousand names one is found by itself, also one that another tool has made", async (t) => {
  const folder = tempFolder(t);
  const { store, view } = openFileStore(folder);
  // More than is read of a log that nobody has read yet.
  const note = { note: "x".repeat(300) };
  const many = Array.from({ length: 1_000 }, (_, index) => set(`n${index}`, String(index)));
  for (const edit of many) if (edit.op === "set") edit.entry.foreign = note;
  await store.update(scope, () => many);
  await store.update(scope, () => [{ op: "remove", name: "n1", reason: "remove" }]);
  const idOf = async (name: string) => (await openFileStore(folder).store.find(scope, name)).entry?.sessionId;
  const found = await Promise.all(["n0", "n1", "n999", "n", "1000", "toString"].map(idOf));
  assert.deepEqual(found, ["0", undefined, "999", undefined, undefined, undefined]);
  const { aliases } = JSON.parse(readFileSync(view, "utf8"));
  writeMapping(view, { ...aliases, more: "2" });
  assert.deepEqual(await Promise.all(["n0", "more"].map(idOf)), ["0", "2"]);
});

test("a program that stays notices that another log was put in the place of the one it knows", async (t) => {
  const [one, other] = [tempFolder(t), tempFolder(t)].map((folder) => ({ folder, ...openFileStore(folder) }));
  assert.ok(one !== undefined && other !== undefined);
  await one.store.update(scope, () => [set("x", "1")]);
  assert.deepEqual(await idsOf(one.store), { x: "1" });
  for (const edit of [set("y", "2"), set("z", "3"), set("y", "4")])
    await other.store.update(scope, () => [edit]);
  for (const part of ["state", "tmp"]) {
    rmSync(join(one.folder, part), { recursive: true });
    cpSync(join(other.folder, part), join(one.folder, part), { recursive: true });
  }
  assert.deepEqual(await idsOf(one.store), { y: "4", z: "3" });
});
