import assert from "node:assert/strict";
import test from "node:test";
import { newToken, tokenCheck } from "../../../src/ui/server/token.ts";

test("a token has 32 bytes, is new each time, and only the whole of it is taken", () => {
  const token = newToken();
  assert.equal(Buffer.from(token, "base64url").length, 32);
  assert.match(token, /^[\w-]{43}$/);
  assert.notEqual(newToken(), token);
  const isToken = tokenCheck(token);
  assert.equal(isToken(token), true);
  for (const wrong of ["", token.slice(1), `${token}A`, token.toLowerCase(), newToken()])
    assert.equal(isToken(wrong), false, wrong);
});
