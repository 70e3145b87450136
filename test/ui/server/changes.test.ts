import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
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
