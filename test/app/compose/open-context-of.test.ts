import assert from "node:assert/strict";
import test from "node:test";
import type { Shared } from "../../../src/app/shared-line.ts";
import { AppError } from "../../../src/domain/errors.ts";
import { MemoryStore } from "../../../src/stores/memory.ts";
import { contextOverStore } from "../../support/context.ts";
import { openSandbox } from "../../support/sandbox.ts";

test("a store that could not be opened is opened by the next who asks: a program lives longer than an outage", async (t) => {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(() => sandbox.remove());
  let isAway = true;
  let opened = 0;
  const context = contextOverStore(sandbox, async () => {
    opened += 1;
    if (isAway) throw new AppError("state_unreadable", "It is away.", { facts: { is_away: true } });
    return { store: new MemoryStore(), close: async () => undefined } as unknown as Shared;
  });
  const scope = { workspace: "git:git.example/acme/shop", agent: "claude" };
  await assert.rejects(context.store.list(scope), { code: "state_unreadable" });
  isAway = false;
  assert.equal((await context.store.list(scope)).entries.size, 0);
  await context.store.list(scope);
  assert.equal(opened, 2);
});
