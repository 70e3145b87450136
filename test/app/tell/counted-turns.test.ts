import assert from "node:assert/strict";
import test from "node:test";
import { countedTurns } from "../../../src/app/tell/counted-turns.ts";
import { MemoryStore } from "../../../src/stores/memory.ts";

const key = { agent: "claude", sessionId: "1" };
const at = "2026-11-21T06:29:48.722Z";

function ended(turnId: string) {
  const usage = { inputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 3 };
  return {
    turnId,
    at,
    startedAt: at,
    outcome: "succeeded" as const,
    continuity: "native" as const,
    prompt: "p",
    text: "",
    usage,
  };
}

test("a journal is read when it has grown, and only then", async () => {
  const store = new MemoryStore();
  const { journal } = store.session(key);
  assert.deepEqual(await countedTurns(store, key), []);
  await journal.append({ ...ended("t1"), name: "x", model: "big" });
  const first = await countedTurns(store, key);
  assert.deepEqual(first, [
    { turnId: "t1", at, name: "x", agent: "claude", model: "big", usage: ended("t1").usage },
  ]);
  assert.equal(await countedTurns(store, key), first, "the very same list");
  await journal.append(ended("t2"));
  assert.deepEqual(
    (await countedTurns(store, key)).map(({ name, model }) => [name, model]),
    [
      ["x", "big"],
      ["(no name)", ""],
    ],
  );
  assert.deepEqual(await countedTurns(new MemoryStore(), key), [], "another store");
});
