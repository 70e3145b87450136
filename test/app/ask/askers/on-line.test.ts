import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { inBackground } from "../../../../src/app/ask/askers/background.ts";
import { orOnLine } from "../../../../src/app/ask/askers/on-line.ts";
import { create } from "../../../../src/app/ask/create.ts";
import type { Shared } from "../../../../src/app/shared-line.ts";
import type { LineTurn } from "../../../../src/domain/turn/line.ts";
import { MemoryStore } from "../../../../src/stores/memory.ts";
import { MemoryLine } from "../../../../src/stores/memory-line.ts";
import { MemoryTurns } from "../../../../src/stores/memory-turns.ts";
import { contextOverStore } from "../../../support/context.ts";
import { openSandbox } from "../../../support/sandbox.ts";

const by = { at: "2026-11-28T10:00:00.000Z", by: "somebody" };

/** A line that nobody works on. `onFind` is called behind each look at a turn. */
function openLine(
  t: TestContext,
  onFind: (line: MemoryLine, turnId: string) => Promise<void> = async () => undefined,
) {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(() => sandbox.remove());
  writeFileSync(join(sandbox.workspace, ".agent-sessions.toml"), 'workspace-id = "shop"\n');
  const store = new MemoryStore();
  class Looked extends MemoryLine {
    override async find(turnId: string): Promise<LineTurn | undefined> {
      const found = await super.find(turnId);
      await onFind(this, turnId);
      return found;
    }
  }
  const line = new Looked(new MemoryTurns(store));
  const shared = { store, line, close: async () => undefined } as unknown as Shared;
  const context = contextOverStore(sandbox, async () => shared);
  const ask = async (prompt = "the same", asker = inBackground()) => {
    const asked = { name: "review", agent: "claude", workspace: sandbox.workspace };
    const created = await create(context, { ...asked, prompt, request: { id: "r1" } }, asker);
    assert.ok(created.created);
    return created.turn.turnId;
  };
  const turns = async () => [...(await line.list({})), ...(await line.list({ areEnded: true }))];
  return { line, ask, turns };
}

test("a create that is repeated is that of the earlier one, also if that ends while it is looked at", async (t) => {
  let mustEnd = false;
  const { ask, turns } = openLine(t, async (line, turnId) => {
    if (mustEnd) await line.askToEnd(turnId, by);
  });
  // Who waits may ask again where a turn has ended before it began.
  const waits = () => orOnLine(inBackground(), async (_context, sent) => sent);
  const first = await ask("the same", waits());
  mustEnd = true;
  assert.equal(await ask("the same", waits()), first);
  assert.equal((await turns()).length, 1, "no turn without a name was accepted");
});

test("a create that is repeated with another prompt is refused", async (t) => {
  const { ask } = openLine(t);
  await ask();
  await assert.rejects(ask("another"), { code: "usage", message: /"r1" was used with another prompt/ });
});

test("a detached create that was cancelled before it began is told as that, as over files", async (t) => {
  const { line, ask, turns } = openLine(t);
  const first = await ask();
  await line.askToEnd(first, by);
  assert.equal(await ask(), first);
  assert.deepEqual(
    (await turns()).map(({ state, result }) => [state, result?.outcome]),
    [["ended", "cancelled"]],
  );
});
