import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as breathe } from "node:timers/promises";
import type { Context } from "../../../src/app/context.ts";
import { pointAtKept } from "../../../src/app/conversation/guard.ts";
import { MemoryStore } from "../../../src/stores/memory.ts";

const key = { agent: "claude", sessionId: "1" };

function open() {
  const store = new MemoryStore();
  let isThere = true;
  let points = 0;
  let takenBack = 0;
  return {
    lock: store.session(key).lock,
    lose: () => {
      isThere = false;
    },
    points: () => points,
    takenBack: () => takenBack,
    point: (during: () => Promise<void> = async () => undefined) =>
      pointAtKept(
        { store } as unknown as Context,
        key,
        async () => isThere,
        async () => {
          points += 1;
          await during();
        },
        async () => {
          takenBack += 1;
        },
      ),
  };
}

test("nothing is pointed at a conversation while garbage is collected there, and not at one that it took", async () => {
  const { lock, lose, point, points } = open();
  // Held as the collection holds it: for no turn.
  const collection = await lock.tryTake("");
  const pointing = point();
  for (let turn = 0; turn < 20; turn += 1) await breathe();
  assert.equal(points(), 0);
  lose();
  await collection?.release();
  assert.equal(await pointing, false);
  assert.equal(points(), 0);
});

test("a collection can't begin while a name is pointed at the conversation", async () => {
  const { lock, point } = open();
  let collection: unknown = "not tried";
  const isDone = await point(async () => {
    collection = await lock.tryTake("");
  });
  assert.deepEqual([isDone, collection], [true, undefined]);
  assert.ok(await lock.tryTake(""), "and it is free again");
});

test("a turn that runs in the conversation keeps it from being collected, if it does not end meanwhile", async () => {
  const { lock, lose, point, points, takenBack } = open();
  const turn = await lock.tryTake("t1");
  assert.equal(await point(), true);
  const collected = await point(async () => {
    await turn?.release();
    lose();
  });
  assert.equal(collected, false, "it ended, and a collection may have looked before the name was there");
  assert.deepEqual([points(), takenBack()], [2, 1]);
});

test("a name is pointed once, whoever had the conversation meanwhile: a second time it would be taken", async () => {
  const { lock, point, points, takenBack } = open();
  const turn = await lock.tryTake("t1");
  assert.equal(await point(async () => turn?.release()), true);
  assert.deepEqual([points(), takenBack()], [1, 0]);
});
