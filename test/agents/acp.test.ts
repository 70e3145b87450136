import assert from "node:assert/strict";
import { test } from "node:test";
import { failureInSuccess } from "../../src/agents/acp/claims.ts";
import { agentInIds, namedId, partsOfId } from "../../src/agents/acp/identity.ts";
import { mayUse, outcomeOf } from "../../src/agents/acp/permission.ts";
import { isOwnAgentName, readOwnAgents } from "../../src/domain/config/own-agents.ts";

test("a success is one only if something was said that is no failure", () => {
  const end = { stopReason: "end_turn", hasSpoken: true, lastPiece: "fine" };
  assert.equal(failureInSuccess(end), undefined);
  for (const lastPiece of [
    // copilot 1.0.102
    "Error: Authentication failed with provider at http://127.0.0.1:18080/copilot/v1 (HTTP 401).\n  Check your COPILOT_PROVIDER_API_KEY.",
    "Error: the service said HTTP 500",
    "API Error: status code: 529",
  ])
    assert.notEqual(failureInSuccess({ ...end, lastPiece }), undefined, lastPiece);
  for (const lastPiece of ["Error: is how the line begins", "An HTTP 401 means that …", "Errors: HTTP"])
    assert.equal(failureInSuccess({ ...end, lastPiece }), undefined, lastPiece);
  assert.match(failureInSuccess({ ...end, hasSpoken: false }) ?? "", /without a word/);
  assert.match(failureInSuccess({ ...end, stopReason: "refusal" }) ?? "", /refusal/);
  assert.match(failureInSuccess({ ...end, stopReason: "" }) ?? "", /no reason given/);
});

test("an id has the name of its agent, whatever that is", () => {
  assert.equal(namedId("1", "Kimi Code CLI"), "1@kimi-code-cli");
  assert.deepEqual(partsOfId("a@b@kimi-code-cli"), { id: "a@b", of: "kimi-code-cli" });
  assert.deepEqual(partsOfId("plain"), { id: "plain" });
  assert.deepEqual(partsOfId("@x"), { id: "@x" });
  for (const name of ["../..", "", "\u001b[31m", "é".repeat(99), "x".repeat(99)])
    assert.match(agentInIds(name), /^[a-z0-9._][a-z0-9._-]{0,39}$/, JSON.stringify(name));
});

test("edit allows files of the workspace, and nothing else", () => {
  assert.equal(mayUse("edit", "edit", ["/w/a", "b/c", "/w/..x"], "/w"), true);
  for (const path of ["/etc/passwd", "../x", "/w/../x", "/wx"])
    assert.equal(mayUse("edit", "edit", [path], "/w"), false, path);
  assert.equal(mayUse("edit", "edit", [], "/w"), false, "which files, it does not say");
  assert.equal(mayUse("edit", "execute", [], "/w"), false);
  assert.equal(mayUse("read-only", "fetch", [], "/w"), false);
  assert.equal(mayUse(undefined, "read", [], "/w"), false);
});

test("an answer is for once, where the agent offers that", () => {
  const options = [
    { optionId: "A", kind: "allow_always" },
    { optionId: "a", kind: "allow_once" },
    { optionId: "R", kind: "reject_always" },
  ];
  const request = { toolCall: {}, options };
  assert.deepEqual(outcomeOf(request, true), { outcome: { outcome: "selected", optionId: "a" } });
  assert.deepEqual(outcomeOf(request, false), { outcome: { outcome: "selected", optionId: "R" } });
  assert.deepEqual(outcomeOf({ ...request, options: [] }, false), { outcome: { outcome: "cancelled" } });
});

test("agents of the user's own have names that mean nothing else, and a command each", () => {
  const read = (agents: unknown) => readOwnAgents({ agents }, ["claude", "model"]);
  assert.deepEqual(read({ goose: { acp: "goose acp" } }), new Map([["goose", "goose acp"]]));
  assert.deepEqual(readOwnAgents({}, []), new Map());
  const wrong: [unknown, RegExp][] = [
    [1, /no table/],
    [{ claude: { acp: "x" } }, /has a meaning already/],
    [{ model: { acp: "x" } }, /has a meaning already/],
    [{ "../x": { acp: "x" } }, /no name for an agent/],
    [{ goose: "goose acp" }, /missing or no command/],
    [{ goose: { acp: " " } }, /missing or no command/],
    [{ goose: { acp: "a 'b" } }, /missing or no command/],
    [{ goose: { acp: "x", model: "y" } }, /takes only acp/],
  ];
  for (const [agents, says] of wrong) {
    const problem = read(agents);
    assert.match("problem" in problem ? String(problem.problem) : "", says);
  }
  assert.deepEqual(["Goose", "a/b", "", ".."].filter(isOwnAgentName), []);
});
