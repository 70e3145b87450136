import assert from "node:assert/strict";
import test from "node:test";
import { promptIdOf } from "../../../src/domain/turn/prompt-id.ts";

test("the id of a prompt is a UUID, and the turn's id can be read in it", () => {
  const id = promptIdOf("20261127-100359-ab12cd34");
  assert.equal(id, "20261127-1003-8590-8000-0000ab12cd34");
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
