import assert from "node:assert/strict";
import { appendFileSync, type FSWatcher, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Changes } from "../../../src/ui/server/changes.ts";

function inFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "changes-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("who has seen less than there is, is told at once; who has seen all, when something comes", async (t) => {
  const folder = inFolder(t);
  const changes = new Changes([folder]);
  t.after(() => changes.close());
  const first = changes.count;
  const next = changes.after(first);
  writeFileSync(join(folder, "turn"), "");
  const second = await next;
  assert.ok(second > first);
  assert.ok((await changes.after(first)) >= second);
});

test("a folder that comes into being later tells of changes from the next question on", async (t) => {
  const folder = join(inFolder(t), "turns");
  const changes = new Changes([folder]);
  t.after(() => changes.close());
  const first = changes.count;
  mkdirSync(folder);
  const next = changes.after(first);
  writeFileSync(join(folder, "turn"), "");
  assert.ok((await next) > first);
});

test("a file that comes into being in a folder of the folder is told, also where that folder is new", async (t) => {
  const folder = inFolder(t);
  mkdirSync(join(folder, "old turn"));
  const changes = new Changes([folder]);
  t.after(() => changes.close());
  for (const turn of ["old turn", "new turn"]) {
    mkdirSync(join(folder, turn), { recursive: true });
    // What the folder itself tells of is over.
    for (let before = -1; before !== changes.count; await sleep(50)) before = changes.count;
    const seen = changes.count;
    const next = changes.after(seen);
    writeFileSync(join(folder, turn, "plan.json"), "");
    assert.ok((await next) > seen, turn);
    rmSync(join(folder, turn), { recursive: true });
  }
});

test("a file that grows in a folder of the folder is not told: agents write all the time", async (t) => {
  const folder = inFolder(t);
  const output = join(folder, "turn", "output");
  mkdirSync(join(folder, "turn"));
  writeFileSync(output, "");
  const changes = new Changes([folder]);
  t.after(() => changes.close());
  const seen = changes.count;
  for (let time = 0; time < 5; time += 1) {
    appendFileSync(output, "more\n");
    await sleep(10);
  }
  const next = changes.after(seen);
  assert.equal(changes.count, seen);
  writeFileSync(join(folder, "turn", "answer"), "");
  assert.ok((await next) > seen);
});

test("a wait ends without a change, and with the server", async (t) => {
  const changes = new Changes([join(inFolder(t), "not there")]);
  const seen = changes.count;
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const patient = changes.after(seen);
  t.mock.timers.tick(2000);
  assert.equal(await patient, seen);
  const last = changes.after(seen);
  changes.close();
  assert.equal(await last, seen);
});

test("an error of a watch that has ended drops no later one of the same folder", (t) => {
  const folder = inFolder(t);
  const inner = join(folder, "turn");
  const changes = new Changes([folder]);
  t.after(() => changes.close());
  const { watchers } = changes as unknown as { watchers: Map<string, FSWatcher> };
  const watched = () => {
    assert.ok(changes.count >= 0);
    return watchers.get(inner);
  };
  mkdirSync(inner);
  const first = watched();
  rmSync(inner, { recursive: true });
  assert.equal(watched(), undefined);
  mkdirSync(inner);
  const second = watched();
  assert.notEqual(second, undefined);
  first?.emit("error", new Error("late"));
  assert.equal(watchers.get(inner), second);
});
