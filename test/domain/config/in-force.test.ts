import assert from "node:assert/strict";
import test from "node:test";
import { agents } from "../../../src/agents/index.ts";
import { inForce } from "../../../src/domain/config/in-force.ts";
import type { SettingValue } from "../../../src/domain/config/keys.ts";
import { readTable } from "../../../src/domain/config/table.ts";

const KNOWN = Object.values(agents);
type Table = Record<string, unknown>;

function settled(
  layers: { user?: Table; repository?: Table; environment?: Table },
  { isAllowed = false } = {},
) {
  const read = (table: Table = {}) => {
    const { settings, problem, unknown } = readTable(table, KNOWN);
    assert.deepEqual([problem, unknown], [undefined, []]);
    return settings;
  };
  const { user, repository, environment } = layers;
  const found = inForce(
    {
      user: read(user),
      repository: read(repository),
      environment: read(environment),
      isAllowed,
      defaultAgent: "claude",
    },
    KNOWN,
  );
  const of = (agent: string) => {
    const { files, environment: ofEnvironment } = found.ofAgents.get(agent) ?? assert.fail(agent);
    const values = (map: ReadonlyMap<string, { value: SettingValue }>) =>
      Object.fromEntries([...map].map(([key, { value }]) => [key, value]));
    return { ...values(files), ...values(ofEnvironment) };
  };
  const plain = Object.fromEntries([...found.plain].map(([key, { value }]) => [key, value]));
  const budgets = (agent: string) => found.ofAgents.get(agent)?.budgets ?? [];
  return { plain, of, budgets, unused: found.unused, problem: found.problem };
}

test("a model at the top of a file is that of its default agent, and never another agent's", () => {
  const { of, plain } = settled({ user: { model: "opus", effort: "high" }, repository: { agent: "codex" } });
  assert.deepEqual(
    [plain.agent, of("claude"), of("codex")],
    ["codex", { model: "opus", effort: "high" }, {}],
  );
  const both = settled({
    user: { agent: "codex", model: "gpt", codex: { effort: "low" } },
    repository: { agent: "codex", model: "other", claude: { model: "opus" } },
    environment: { agent: "claude", model: "haiku" },
  });
  assert.deepEqual(both.of("codex"), { model: "other", effort: "low" });
  assert.deepEqual([both.plain.agent, both.of("claude")], ["claude", { model: "haiku" }]);
});

test("a model at the top of a repository's file is that of the same agent for everyone", () => {
  const user = { agent: "codex", model: "gpt" };
  const { of, problem } = settled({ user, repository: { model: "opus", effort: "max" } });
  assert.deepEqual([of("claude"), of("codex")], [{ model: "opus", effort: "max" }, { model: "gpt" }]);
  assert.equal(problem, undefined);
  const refused = settled({
    user: { claude: { access: "read-only" } },
    repository: { agent: "codex", model: "gpt" },
  });
  assert.deepEqual([refused.unused, refused.of("claude").model], [["agent"], undefined]);
  assert.equal(refused.of("codex").model, "gpt", "also where its agent is not used");
});

test("of the budgets in files the smaller one of a unit is in force, and those of two units both apply", () => {
  const user = { budget: "5usd", codex: { budget: "200ktok" } };
  const { of, budgets } = settled({ user, repository: { budget: "1usd" } });
  assert.deepEqual(
    [of("claude").budget, budgets("claude").map(({ amount, from }) => [amount, from])],
    [
      "1usd",
      [
        [5, "user"],
        [1, "repository"],
      ],
    ],
  );
  assert.deepEqual(
    budgets("codex").map(({ unit, amount }) => [unit, amount]),
    [
      ["tokens", 200_000],
      ["usd", 1],
    ],
  );
  const larger = settled({ user, repository: { budget: "6usd", codex: { budget: "1Mtok" } } });
  assert.deepEqual([larger.of("claude").budget, larger.of("codex").budget], ["5usd", "200ktok"]);
  assert.deepEqual([larger.budgets("claude").length, larger.unused], [1, []]);
});

test("a repository's file narrows the access, and widens it for no agent", () => {
  const accessOf = (user: Table, repository: Table, options = {}) => {
    const { of, unused } = settled({ user, repository }, options);
    return [of("claude").access, of("codex").access, unused.join()];
  };
  assert.deepEqual(accessOf({}, { access: "read-only" }), ["read-only", "read-only", ""]);
  assert.deepEqual(accessOf({}, { access: "edit" }), [undefined, undefined, "access"]);
  assert.deepEqual(accessOf({ access: "full" }, { access: "edit" }), ["edit", "edit", ""]);
  assert.deepEqual(accessOf({ access: "read-only" }, { access: "full" }), [
    "read-only",
    "read-only",
    "access",
  ]);
  assert.deepEqual(accessOf({ access: "read-only", codex: { access: "full" } }, { access: "edit" }), [
    "read-only",
    "edit",
    "access",
  ]);
  assert.deepEqual(accessOf({ access: "edit" }, { codex: { access: "full" } }), [
    "edit",
    "edit",
    "codex.access",
  ]);
  assert.deepEqual(accessOf({ access: "read-only" }, { access: "full" }, { isAllowed: true }), [
    "full",
    "full",
    "",
  ]);
});

test("a repository's file gives a new conversation no agent that may do more", () => {
  const agentOf = (user: Table) => {
    const { plain, unused } = settled({ user, repository: { agent: "codex" } });
    return [plain.agent, unused.join()];
  };
  assert.deepEqual(agentOf({}), ["codex", ""]);
  assert.deepEqual(agentOf({ access: "full" }), ["codex", ""]);
  assert.deepEqual(agentOf({ access: "edit", codex: { access: "read-only" } }), ["codex", ""]);
  assert.deepEqual(agentOf({ codex: { access: "full" } }), [undefined, "agent"]);
  assert.deepEqual(agentOf({ access: "read-only", codex: { access: "edit" } }), [undefined, "agent"]);
  assert.deepEqual(agentOf({ codex: { "agent-args": ["--yolo"] } }), [undefined, "agent"]);
  assert.deepEqual(agentOf({ claude: { access: "read-only" } }), [undefined, "agent"], "unset may be more");
  assert.deepEqual(agentOf({ codex: { "agent-cmd": "codex --yolo" } }), [undefined, "agent"]);
  assert.deepEqual(agentOf({ "agent-cmd": "firejail claude" }), [undefined, "agent"], "it has no sandbox");
  assert.deepEqual(agentOf({ "agent-args": ["--safe"] }), [undefined, "agent"]);
  assert.deepEqual(agentOf({ claude: { "agent-args": ["--safe"] } }), [undefined, "agent"]);
  assert.deepEqual(agentOf({ codex: { access: "read-only" } }), ["codex", ""]);
});

test("what is run or opened is used from a repository's file only once it was allowed", () => {
  const repository = {
    "agent-cmd": "evil",
    "agent-args": ["--evil"],
    pager: "evil",
    "on-end": "evil",
    notify: true,
    "keep-warm": "5m",
    codex: { "agent-cmd": "evil" },
    model: "small",
    "workspace-id": "shop",
  };
  const asked = settled({ repository });
  assert.deepEqual(asked.of("claude"), { model: "small" });
  assert.deepEqual([asked.of("codex"), asked.plain], [{}, { "workspace-id": "shop" }]);
  assert.deepEqual(asked.unused.toSorted(), [
    "agent-args",
    "agent-cmd",
    "codex.agent-cmd",
    "keep-warm",
    "notify",
    "on-end",
    "pager",
  ]);
  const allowed = settled({ repository }, { isAllowed: true });
  assert.equal(allowed.of("claude")["agent-cmd"], "evil");
  assert.deepEqual([allowed.plain.pager, allowed.plain["on-end"], allowed.unused], ["evil", "evil", []]);
});

test("an effort that the agent does not have is told of, whichever file it is for", () => {
  assert.equal(settled({ user: { effort: "minimal" } }).problem?.from, "user");
  assert.equal(settled({ user: { agent: "codex", effort: "minimal" } }).problem, undefined);
  assert.match(
    settled({ repository: { effort: "none" } }).problem?.text ?? "",
    /"none"; Claude Code takes low/,
  );
});
