import assert from "node:assert/strict";
import test from "node:test";
import { TokensTold } from "../../../src/domain/budget/tokens-told.ts";

test("what an answer tells later replaces what it has told before", () => {
  const told = new TokensTold();
  told.add({ type: "usage", answerId: "a", inputTokens: 100, outputTokens: 1 });
  told.add({ type: "usage", answerId: "a", outputTokens: 20 });
  told.add({ type: "text", text: "hi" });
  assert.equal(told.tokens, 120);
  told.add({ type: "usage", answerId: "b", inputTokens: 5, outputTokens: 5 });
  told.add({ type: "usage", outputTokens: 7 });
  told.add({ type: "usage", outputTokens: 7 });
  assert.equal(told.tokens, 144);
});
