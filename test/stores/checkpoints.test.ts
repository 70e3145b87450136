import assert from "node:assert/strict";
import test from "node:test";
import { newCheckpoint, saveByHand, stampEnd } from "../../src/domain/checkpoint/changes.ts";
import { Checkpoints } from "../../src/stores/checkpoints.ts";
import { tempFolder } from "../temp-folder.ts";

test("a change that another process has overtaken is made again, over what that one wrote", (t) => {
  const checkpoints = new Checkpoints(tempFolder(t));
  const at = "2026-11-21T10:00:00.000Z";
  checkpoints.update("id", () => newCheckpoint("id", at));
  let calls = 0;
  checkpoints.update("id", (before) => {
    calls += 1;
    if (calls === 1) checkpoints.update("id", (other) => other && saveByHand(other, "the summary", at));
    return before && stampEnd(before, at);
  });
  const { summary, endedAt } = checkpoints.read("id") ?? {};
  assert.deepEqual([calls, summary, endedAt], [2, "the summary", at]);
  let overtaken = 0;
  const always = () =>
    checkpoints.update("id", (before) => {
      checkpoints.update("id", (other) => other && { ...other, others: { overtaken: ++overtaken } });
      return before;
    });
  assert.throws(always, /changed by others all the time/);
});
