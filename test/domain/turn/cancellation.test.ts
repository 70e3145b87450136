import assert from "node:assert/strict";
import test from "node:test";
import { endBy } from "../../../src/domain/turn/cancellation.ts";

test("a turn that was asked to end tells by whom, whether it had begun, and SIGTERM from all else", () => {
  const by = "bash (process 7)";
  assert.deepEqual(endBy({ by }, true), {
    code: "cancelled",
    message: "The turn was cancelled by bash (process 7).",
  });
  assert.deepEqual(endBy({ by }, false), {
    code: "cancelled",
    message: "The turn was cancelled by bash (process 7) before it began.",
  });
  assert.deepEqual(endBy({ by, isTerminated: true }, true), {
    code: "terminated",
    message: "The turn was ended: the command of bash (process 7) got SIGTERM.",
  });
  assert.deepEqual(endBy({ by, isTerminated: true }, false), {
    code: "terminated",
    message: "The turn was ended before it began: the command of bash (process 7) got SIGTERM.",
  });
});
