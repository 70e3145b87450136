import assert from "node:assert/strict";
import test from "node:test";
import { openContext } from "../../../src/app/compose/open-context.ts";
import { Collection } from "../../../src/app/gc/collection.ts";
import { RETENTION } from "../../../src/app/gc/gc.ts";
import { tempFolder } from "../../support/temp-folder.ts";

test("what was changed in this very millisecond is as old as 0", (t) => {
  const context = openContext({
    env: { AGENT_SESSIONS_HOME: tempFolder(t) },
    cwd: "/",
    platform: process.platform,
    uid: process.getuid?.() ?? 0,
    userHome: undefined,
    notify: () => undefined,
  });
  const collection = new Collection({ ...context, now: () => new Date(1_000) }, RETENTION);
  assert.deepEqual(
    [0, 1].map((keepMs) => collection.isOld(1_000.7, keepMs)),
    [true, false],
  );
});
