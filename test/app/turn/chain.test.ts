import assert from "node:assert/strict";
import test from "node:test";
import { detachedChain, turnsHeldUp } from "../../../src/app/turn/chain.ts";

const TURN = "20260101-000000-aaaaaaaa";

test("a chain that is detached twice is as if it were detached once", () => {
  const once = detachedChain({ AGENT_SESSIONS_CHAIN: TURN });
  assert.equal(once, `${TURN},detached`);
  assert.equal(detachedChain({ AGENT_SESSIONS_CHAIN: once }), once, "its keeper is the same");
  assert.deepEqual(turnsHeldUp({ AGENT_SESSIONS_CHAIN: once }), []);
  assert.equal(detachedChain({}), undefined);
});
