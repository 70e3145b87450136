import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findAgentIn } from "../../../src/agents/find-agent.ts";
import { agents } from "../../../src/agents/index.ts";
import type { Context } from "../../../src/app/context.ts";
import type { FoundTurn } from "../../../src/app/watch/find.ts";
import { replay } from "../../../src/app/watch/replay.ts";

const STALL_MS = 40;

test("the silence of the agent is told, not that of a reader who has stopped reading", async () => {
  const context = { findAgent: (name: string) => findAgentIn(agents, name) } as unknown as Context;
  const found = { state: "running", turnId: "t1", scope: { workspace: "/w", agent: "claude" } };
  const output = {
    chunks: async function* () {
      yield Buffer.from("{}\n");
      yield Buffer.from("{}\n");
      if (isSilent) await sleep(5 * STALL_MS);
    },
    close: () => undefined,
  };
  let isSilent = false;
  const told: number[] = [];
  const follow = (onBytes: () => Promise<void>) =>
    replay(context, found as unknown as FoundTurn, "x", output, Promise.resolve(), {
      onBytes,
      onSilence: (silentMs) => told.push(silentMs),
      stallMs: STALL_MS,
    });
  await follow(() => sleep(5 * STALL_MS));
  assert.deepEqual(told, []);
  isSilent = true;
  await follow(async () => undefined);
  assert.ok(told.length >= 2 && (told[0] ?? 0) >= STALL_MS - 1, String(told));
});
