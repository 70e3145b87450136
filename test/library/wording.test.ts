import assert from "node:assert/strict";
import test from "node:test";
import { asMethods } from "../../src/library/wording.ts";
import { fake, openLibrary } from "../support/cli/open-library.ts";

test("hints are worded as calls of the library", () => {
  const { step, choice } = asMethods("/here");
  for (const [worded, expected] of [
    [step("list", { everywhere: true, workspace: "/here" }), "sessions.list({ everywhere: true })"],
    [
      step("wait", { name: "x", agent: "codex", turnId: "1" }),
      '(await sessions.get("x", { agent: "codex" })).wait({ turnId: "1" })',
    ],
    [step("send", { name: "x", fresh: true }), '(await sessions.get("x")).send("…", { fresh: true })'],
    [step("rename", { name: "x", newName: "y" }), '(await sessions.get("x")).rename("y")'],
    [step("setRole", { name: "x" }), '(await sessions.get("x")).setRole(undefined)'],
    [step("restore", { name: "x", movesAgo: 1 }), 'sessions.restore("x", { movesAgo: 1 })'],
    [step("rebind", { name: "x", from: "/old" }), 'sessions.rebind("/old", { name: "x" })'],
    [step("breakLock", { name: undefined }), "sessions.breakLock()"],
    [
      step("breakLock", { name: undefined, agent: "codex" }),
      'sessions.breakLock(undefined, { agent: "codex" })',
    ],
    [
      step("show", { name: "x", workspace: "/there" }),
      '(await (await openSessions({ workspace: "/there" })).get("x")).show()',
    ],
    [step("history", { name: "x" }), '(await sessions.get("x")).history()'],
    [step("gate", { name: "r/plan" }), 'sessions.gate("r/plan")'],
    [step("gates", { everywhere: true }), "sessions.gates({ everywhere: true })"],
    [step("doctor", { fix: true }), "doctor({ fix: true })"],
    [choice({ agent: "codex" }), '{ agent: "codex" }'],
  ])
    assert.equal(worded, expected);
});

test("an error of the library tells what to call, and no command", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  await x.remove();
  const { hint } = await sessions.get("x").catch((error) => error);
  assert.equal(hint, 'It was removed. Bring it back with: sessions.restore("x")');
  await sessions.restore("x");
  const bringBack = await sessions.restore("x").catch((error) => error);
  assert.match(
    bringBack.hint,
    /with: sessions\.restore\("x", \{ movesAgo: 1 \}\) {3}See all with: sessions\.moves\("x"\)$/,
  );
});
