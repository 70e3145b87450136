import assert from "node:assert/strict";
import test from "node:test";
import type { Context } from "../../../src/app/context.ts";
import { askToEnd } from "../../../src/app/watch/ask-to-end.ts";
import { AppError } from "../../../src/domain/errors.ts";

const by = { at: "2026-11-28T10:00:00.000Z", by: "somebody" };

/** A runner that refuses so often, and what is told meanwhile. */
function refusing(times: number, onAsk: (tries: number) => void = () => undefined) {
  const told: string[] = [];
  let tries = 0;
  const runner = {
    askToEnd: async () => {
      tries += 1;
      onAsk(tries);
      if (tries <= times) throw new AppError("state_unwritable", "The disk is full.");
    },
  } as unknown as Context["runner"];
  return { told, tries: () => tries, context: { runner, notify: (text: string) => told.push(text) } };
}

test("the end of a turn is asked for until that holds, and whoever waits is told once", async () => {
  const { context, told, tries } = refusing(3);
  await askToEnd(context, "t1", by, new AbortController().signal);
  assert.equal(tries(), 4);
  assert.deepEqual(told, [
    "Turn t1 is not yet asked to end: The disk is full. This is tried again until it holds or the turn has ended.",
    "Turn t1 is asked to end now.",
  ]);
});

test("nothing is said of what holds at once, and a turn that has ended is asked no more", async () => {
  const atOnce = refusing(0);
  await askToEnd(atOnce.context, "t1", by, new AbortController().signal);
  assert.deepEqual(atOnce.told, []);
  const over = new AbortController();
  const ended = refusing(100, (tries) => tries === 2 && over.abort());
  await askToEnd(ended.context, "t1", by, over.signal);
  assert.deepEqual([ended.tries(), ended.told.length], [2, 1]);
});
