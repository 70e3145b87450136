import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { claude } from "../../../src/agents/claude/claude.ts";
import type { Context } from "../../../src/app/context.ts";
import { usageInTranscript } from "../../../src/app/conversation/usage.ts";
import type { Agent } from "../../../src/domain/agent/agent.ts";
import { amount, object } from "../../../src/domain/shape.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const context = { env: {} } as Context;
const asCall = object({ used: amount });

test("a turn has used what was added to the transcript since it began, and no more", (t) => {
  const root = tempFolder(t);
  const agent: Agent = {
    ...claude,
    transcript: (id) => ({ root, folders: [], file: new RegExp(`^${id}\\.jsonl$`) }),
    readUsage: (value) => {
      const used = asCall(value)?.used;
      return used === undefined
        ? undefined
        : { inputTokens: used, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0 };
    },
  };
  const before = '{"used":7}\n{"said":"x"}\n';
  writeFileSync(join(root, "a.jsonl"), `${before}{"used":30}\n{"used":"?"}\nno json\n{"used":12}\n`);
  const usage = (from: number, id: string | undefined = "a", by = agent) =>
    usageInTranscript(context, by, id, from);
  assert.deepEqual([usage(before.length)?.inputTokens, usage(before.length)?.outputTokens], [42, 2]);
  assert.equal(usage(0)?.inputTokens, 49);
  assert.equal(usage(10_000), undefined, "rewritten since: nobody knows");
  assert.equal(usage(0, "b"), undefined);
  assert.equal(usageInTranscript(context, agent, undefined, 0), undefined);
  assert.equal(usage(0, "a", claude), undefined, "one that tells it at its end");

  const counters = (inputTokens: number, outputTokens: number) => ({
    "": { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0 },
  });
  const counted = (inputTokens: number, outputTokens: number, from = before.length) =>
    usageInTranscript(context, agent, "a", from, counters(inputTokens, outputTokens))?.inputTokens;
  assert.equal(counted(7 + 42 + 100, 1 + 2 + 3), 142, "one that also counts knows of more calls");
  assert.equal(counted(7 + 41, 1 + 2), 42, "one that counts less has gone back in the conversation");
  assert.equal(counted(3, 1), 42);
  assert.equal(counted(7 + 42 + 100, 100, 10_000), 100, "no call is in the transcript since");
});
