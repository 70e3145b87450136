import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { type AppError, openSessions } from "../../src/index.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { CONVERSATION, HEADER, makeFile, SESSION_ID, WHOLE } from "../support/travel/make-file.ts";

test("import by the library: what a file brings is shown, and refused until it is accepted", async (t) => {
  const { sandbox } = openFakeCli(t);
  const { folder, workspace, env } = sandbox;
  const sessions = await openSessions({ workspace, env, config: false });
  const path = join(folder, "file.gz");
  makeFile(path, [
    { ...HEADER, model: "opus" },
    { ...CONVERSATION, roleText: "Be brief." },
    ...WHOLE.slice(2),
  ]);
  const shown = await sessions.import(path, { dryRun: true, name: "mine" });
  assert.deepEqual(
    [shown.name, shown.sessionId, shown.turns, shown.model, shown.role, shown.access, shown.isImported],
    ["mine", SESSION_ID, 1, "opus", "Be brief.", "read-only", false],
  );
  assert.equal(shown.conversation, undefined);
  await assert.rejects(sessions.import(path), (error: AppError) => {
    assert.equal(error.code, "usage");
    assert.deepEqual(error.facts, { role: "Be brief.", model: "opus" });
    assert.equal(error.hint, "Read them, then accept them with { acceptSettings: true }.");
    return true;
  });
  await assert.rejects(sessions.import(path, { maxBytes: 3 }), { code: "file_refused" });
});
