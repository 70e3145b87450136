import assert from "node:assert/strict";
import test from "node:test";
import { allowedAccess } from "../../src/mcp/ceiling.ts";

const limitable = ["claude"];

const CASES: readonly [
  max: string,
  asked: string | undefined,
  remembered: string | undefined,
  given: unknown,
][] = [
  ["edit", undefined, undefined, "read-only"],
  ["edit", undefined, "edit", "edit"],
  ["edit", undefined, "full", "edit, lowered"],
  ["edit", "edit", undefined, "edit"],
  ["edit", "read-only", "full", "read-only"],
  ["edit", "full", "full", "refused"],
  ["read-only", "edit", undefined, "refused"],
  ["read-only", undefined, "edit", "read-only, lowered"],
  ["full", undefined, undefined, "left to the agent"],
  ["full", undefined, "full", "left to the agent"],
  ["full", "full", undefined, "full"],
];

for (const [maxAccess, access, remembered, given] of CASES) {
  test(`at most ${maxAccess}, ${access ?? "nothing"} asked, ${remembered ?? "nothing"} remembered: ${given}`, () => {
    const allowed = allowedAccess(
      { args: { access }, maxAccess, limitable },
      { access: remembered, agentArgs: [] },
    );
    if ("error" in allowed) {
      assert.equal(given, "refused");
      assert.match(allowed.error.message, new RegExp(`"${access}".*"${maxAccess}"`));
      return;
    }
    const [, value = "left to the agent"] = allowed.argv;
    assert.equal(`${value}${allowed.isLowered ? ", lowered" : ""}`, given);
  });
}

test("arguments that a person has set for the agent are refused below full: what they allow can't be told", () => {
  const known = { agentArgs: ["--dangerously-skip-permissions"] };
  const refused = allowedAccess({ args: { access: "read-only" }, maxAccess: "edit", limitable }, known);
  assert.match(
    "error" in refused ? refused.error.message : "",
    /--dangerously-skip-permissions.*more than "edit"/,
  );
  assert.ok("argv" in allowedAccess({ args: {}, maxAccess: "full", limitable }, known));
});

test("an agent that only asks for what it chooses to ask for is refused below full, whatever it is asked to be", () => {
  const known = { agent: "goose", agentArgs: [] };
  const refused = allowedAccess({ args: { access: "read-only" }, maxAccess: "edit", limitable }, known);
  assert.equal("error" in refused && refused.error.code, "unsupported");
  assert.ok("argv" in allowedAccess({ args: {}, maxAccess: "full", limitable }, known));
});

test("a turn of which can't be told what it would take is refused below full", () => {
  const failure = { code: "internal", message: "The settings can't be read." };
  const known = { agent: "claude", agentArgs: [], failure };
  const asked = { args: { access: "read-only" }, limitable };
  assert.deepEqual(allowedAccess({ ...asked, maxAccess: "edit" }, known), { error: failure });
  assert.deepEqual(allowedAccess({ ...asked, maxAccess: "full" }, known), {
    argv: ["--access", "read-only"],
  });
});
