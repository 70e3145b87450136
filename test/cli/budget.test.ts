// What a name may use: what counts, which turns are refused, and to whom the budget belongs.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { removeCopies } from "../support/cli/remove-copies.ts";
import { openWithSettings, WRAPPERS } from "../support/cli/settings-files.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { run } from "../support/run.ts";

interface Standing {
  amount: string;
  limit: number;
  used: number;
  left: number;
  is_over: boolean;
  is_lower_bound: boolean;
  unknown_turns: number;
  from: string;
}

function open(t: TestContext) {
  const cli = openFakeCli(t);
  const must = async (...args: string[]) => {
    const result = await cli.here([...args, "--json"]);
    assert.equal(result.code, 0, `${args.join(" ")}: ${result.stdout}${result.stderr}`);
    return result.json;
  };
  const budget = async (name: string) => (await must("budget", name)).budget as Standing | null;
  const tokens = async (name: string) => {
    const total = (await must("cost", name)).total as Record<string, number>;
    return (total.input_tokens ?? 0) + (total.output_tokens ?? 0);
  };
  const refused = async (...args: string[]) => {
    const result = await cli.here([...args, "--json"]);
    assert.deepEqual(
      [result.code, result.json.error?.code],
      [2, "over_budget"],
      result.stdout + result.stderr,
    );
    return result.json.error as unknown as Record<string, unknown> & { message: string; hint: string };
  };
  return { cli, must, budget, tokens, refused };
}

/** A turn of another program in the conversation. */
async function strangersTurn({ sandbox }: FakeCli, sessionId: string): Promise<void> {
  const argv = [FAKE_AGENT, "-p", "--resume", sessionId, "--output-format", "stream-json", "--verbose"];
  const { code, stderr } = await run(argv, { cwd: sandbox.workspace, env: sandbox.env, input: "strange" });
  assert.equal(code, 0, stderr);
}

test("a history with a fork, a stranger's turn and an unknown one stops exactly where the sum says", async (t) => {
  const { cli, must, budget, tokens, refused } = open(t);
  const { session_id: id } = await must("create", "x", "one");
  await must("send", "x", "two");
  await must("fork", "x", "y", "of the fork");
  await must("send", "y", "more of the fork");
  const before = await tokens("x");
  await strangersTurn(cli, String(id));
  assert.equal(await tokens("x"), before, "what a stranger has used is not the name's");
  const unknown = await cli.here(["send", "x", "--json", cli.say({ noTerminalEvent: true }, "?")]);
  assert.deepEqual([unknown.code, unknown.json.usage], [0, null]);
  await must("send", "x", "three");
  const used = await tokens("x");
  assert.ok(used > before);

  // One token more than was used: another turn begins, and crosses it.
  await must("budget", "x", `${used + 1}tok`);
  const standing = await budget("x");
  const { used: now, left, is_over, unknown_turns } = standing ?? {};
  assert.deepEqual([now, left, is_over, unknown_turns], [used, 1, false, 1]);
  await must("send", "x", "four");
  const after = await tokens("x");
  const starts = cli.records().length;
  const error = await refused("send", "x", cli.say({}, "five"));
  assert.match(
    error.message,
    new RegExp(
      `"x" has used at least ${after} tokens of its budget of ${used + 1}tok. The usage of 1 turn is unknown`,
    ),
  );
  assert.match(error.hint, /agent-sessions budget x AMOUNT.*agent-sessions send x --over-budget/);
  assert.deepEqual(
    [error.budget, error.used, error.limit, error.is_lower_bound, error.unknown_turns, error.from],
    [`${used + 1}tok`, after, used + 1, true, 1, "name"],
  );
  assert.equal(cli.records().length, starts, "no agent was started");

  // Exactly as much as was used is used up, and one token more is not.
  await must("budget", "x", `${after}tok`);
  await refused("send", "x", "five");
  await must("budget", "x", `${after + 1}tok`);
  await must("send", "x", "five");
  await refused("send", "x", "six");
  // A fork has none, and what was inherited is not its own.
  assert.equal(await budget("y"), null);
  await must("send", "y", "the fork goes on");
  await must("fork", "x", "z", "--budget", "1ktok", "its own");
  assert.equal((await budget("z"))?.used, await tokens("z"));
});

test("a budget in dollars counts the dollars that the agent tells", async (t) => {
  const { must, budget, refused } = open(t);
  await must("create", "x", "--budget", "1usd", "one");
  const used = (await budget("x"))?.used ?? 0;
  const { total } = await must("cost", "x");
  assert.equal(used, (total as { cost_usd: number }).cost_usd);
  assert.ok(used > 0 && used < 1);
  await must("budget", "x", "0.000001usd");
  assert.match(
    (await refused("send", "x", "two")).message,
    /"x" has used \$0\.\d{4} of its budget of 0.000001usd/,
  );
});

test("the budget belongs to the name, whatever it is called and points at", async (t) => {
  const { cli, must, budget, refused } = open(t);
  await must("create", "x", "--budget", "1tok", "one");
  await must("rename", "x", "y");
  assert.equal((await budget("y"))?.amount, "1tok");
  await must("remove", "y");
  await must("restore", "y");
  await refused("send", "y", "two");
  // Over a lost conversation, too: its cost is that of the name.
  const { transcript } = await must("show", "y");
  removeCopies(cli.sandbox);
  rmSync(String(transcript));
  await refused("send", "y", "--fresh", "three");
  const fresh = await must("send", "y", "--fresh", "--over-budget", "three");
  assert.equal(fresh.continuity, "fresh");
  await refused("send", "y", "four");
  // A conversation that takes its place begins at nothing, under the same budget.
  const replaced = await must("create", "y", "--replace", "anew");
  assert.equal((await budget("y"))?.amount, "1tok");
  await refused("send", "y", "five");
  await must("restore", "y@1");
  assert.equal((await budget("y"))?.amount, "1tok", "an earlier conversation is no way around it");
  await must("budget", "y", "2tok");
  await must("adopt", "y", String(replaced.session_id), "--replace");
  assert.equal((await budget("y"))?.amount, "2tok");
  await must("budget", "y", "--off");
  assert.equal(await budget("y"), null);
  await must("send", "y", "six");
});

test("every way to a turn is checked, and --over-budget goes over it once", async (t) => {
  const { cli, must, refused } = open(t);
  const { session_id: id } = await must("create", "x", "--budget", "1tok", "one");
  for (const args of [
    ["send", "x", "two"],
    ["send", "x", "--detach", "two"],
    ["send", "x", "--keep-warm", "1m", "two"],
    ["continue", "two"],
    ["once", "--resume", String(id), "two"],
    ["send", "x", "--or-create", "claude", "two"],
    ["send", "x", "--retry"],
  ]) {
    if (args.includes("--retry")) {
      const failing = cli.say({ isError: true }, "fails");
      assert.equal((await cli.here(["send", "x", "--over-budget", failing])).code, 3);
    }
    await refused(...args);
  }
  assert.equal((await cli.here(["ask", "--json", "one"])).code, 0);
  await must("budget", ".", "1tok");
  await refused("ask", "two");
  await must("send", "x", "--over-budget", "two");
  await must("once", "--resume", String(id), "--over-budget", "three");
  await refused("send", "x", "three");
  await must("fork", "x", "of-x", "a fork of what is used up begins at nothing");
  const detached = await must("send", "x", "--over-budget", "--detach", "four");
  assert.equal((await must("wait", "x", "--turn", String(detached.turn_id))).outcome, "succeeded");
});

test("a detached turn that finds the budget used up when its time comes ends with that, and runs nothing", async (t) => {
  const { cli, must, tokens } = open(t);
  await must("create", "x", "one");
  await must("budget", "x", `${(await tokens("x")) + 1}tok`);
  const gate = join(cli.sandbox.folder, "gate");
  const first = await must("send", "x", "--detach", cli.say({ waitForFile: gate }, "two"));
  const second = await must("send", "x", "--detach", cli.say({}, "three"));
  writeFileSync(gate, "");
  const turn = async (accepted: Record<string, unknown>) =>
    cli.here(["wait", "x", "--turn", String(accepted.turn_id), "--json"]);
  assert.equal((await turn(first)).code, 0);
  const refused = await turn(second);
  assert.deepEqual(
    [refused.code, refused.json.outcome, refused.json.error?.code],
    [2, "failed", "over_budget"],
    refused.stdout,
  );
  assert.equal(cli.records().length, 1, "no agent was started for it");
});

test("an agent may lower its budget, and neither raise it, take it off nor go over it", async (t) => {
  const { cli, must, budget } = open(t);
  await must("create", "x", "--budget", "10tok", "one");
  const asAgent = (...args: string[]) =>
    cli.here([...args, "--json"], { env: { AGENT_SESSIONS_TURN: "some-turn" } });
  for (const args of [
    ["budget", "x", "11tok"],
    ["budget", "x", "5usd"],
    ["budget", "x", "--off"],
    ["create", "x", "--replace", "--budget", "11tok", "two"],
    ["send", "x", "--over-budget", "two"],
  ]) {
    const { code, json } = await asAgent(...args);
    assert.deepEqual([code, json.error?.code], [2, "usage"], args.join(" "));
    assert.match(json.error?.message ?? "", /An agent has called .* and only a person can/);
  }
  assert.equal((await asAgent("budget", "x", "9tok")).code, 0);
  assert.equal((await budget("x"))?.amount, "9tok");
});

test("it is shown where a name is, and a name without one has null", async (t) => {
  const { cli, must } = open(t);
  await must("create", "x", "--budget", "1ktok", "one");
  await must("create", "y", "one");
  assert.match((await cli.here(["show", "x"])).stdout, /^ {2}budget +121 tokens of 1ktok \(12%\)$/m);
  assert.match((await cli.here(["cost", "x"])).stdout, /^Budget: 121 tokens of 1ktok \(12%\)$/m);
  assert.doesNotMatch((await cli.here(["list"])).stdout, /over budget/);
  await must("budget", "x", "10tok");
  assert.match((await cli.here(["list"])).stdout, /^x +over budget/m);
  assert.match((await cli.here(["budget", "x"])).stdout, /^"x": used up: 121 tokens of 10tok \(1210%\)$/m);
  assert.match((await cli.here(["budget", "y"])).stdout, /^"y" has no budget\.$/m);
  for (const name of ["x", "y"]) {
    for (const answer of [await must("show", name), await must("cost", name)]) {
      assert.equal(Object.keys(answer).at(-1), "budget");
      assert.equal((answer.budget as Standing | null)?.amount ?? null, name === "x" ? "10tok" : null);
    }
  }
  const listed = (await must("list")).names as Record<string, unknown>[];
  assert.deepEqual(
    listed.map(({ name, budget }) => [name, (budget as Standing | null)?.is_over ?? null]),
    [
      ["y", null],
      ["x", true],
    ],
  );
});

test("with an agent that tells no dollars, a budget in dollars is refused before anything runs", async (t) => {
  const { cli, must } = open(t);
  const create = await cli.here(["create", "x", "-a", "codex", "--budget", "5usd", "--json", "one"]);
  assert.deepEqual([create.code, create.json.error?.code], [2, "unsupported"]);
  assert.match(create.json.error?.message ?? "", /Codex tells no dollars, so a budget of 5usd can't be kept/);
  assert.equal(cli.records().length, 0);
  await must("create", "x", "-a", "codex", "--budget", "1Mtok", "one");
  const set = await cli.here(["budget", "x", "5usd", "--json"]);
  assert.deepEqual([set.code, set.json.error?.code], [2, "unsupported"]);
});

test("what is added up once is not read again", async (t) => {
  const { cli, must, tokens, refused } = open(t);
  await must("create", "x", "one");
  await must("budget", "x", "1Mtok");
  await must("send", "x", "two");
  await must("send", "x", "three");
  const state = cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
  const paths = readdirSync(state, { recursive: true, encoding: "utf8" });
  const tally = join(state, paths.find((path) => path.endsWith("tally.json")) ?? "");
  const kept = JSON.parse(readFileSync(tally, "utf8"));
  assert.equal(kept.spent.turns, 2, "up to the turn before the last");
  // What it says is believed, and only what came later is added.
  const used = await tokens("x");
  kept.spent.usage.inputTokens += 1_000_000;
  writeFileSync(tally, JSON.stringify(kept));
  assert.equal((await refused("send", "x", "four")).used, used + 1_000_000);
  // Of another journal it is not, and without it all is added up again.
  writeFileSync(tally, JSON.stringify({ ...kept, size: kept.size - 1 }));
  await must("send", "x", "four");
  rmSync(tally);
  await must("send", "x", "five");
  assert.equal(JSON.parse(readFileSync(tally, "utf8")).spent.turns, 4);
});

test("a settings file can give every name a budget, and a repository only a smaller one", async (t) => {
  const { writeUser, writeRepository, config, say } = openWithSettings(t);
  const turn = (...args: string[]) => config([...args, "--json", say({}, "hi")]);
  assert.equal((await turn("create", "x")).code, 0);
  writeUser(`budget = "1Mtok"\n${WRAPPERS}`);
  assert.equal((await turn("send", "x")).code, 0);
  writeRepository('budget = "10tok"\n');
  const shown = async () => (await config(["budget", "x", "--json"])).json.budget as Standing;
  assert.deepEqual([(await shown()).amount, (await shown()).from], ["10tok", "repository"]);
  for (const args of [
    ["send", "x"],
    ["send", "x", "--detach"],
  ]) {
    const refused = await turn(...args);
    assert.deepEqual([refused.code, refused.json.error?.code], [2, "over_budget"]);
    assert.match(
      refused.json.error?.message ?? "",
      /what the repository's settings allow every name here, 10tok/,
    );
    assert.match(refused.json.error?.hint ?? "", /agent-sessions config set --repository budget AMOUNT/);
  }
  assert.equal((await turn("send", "x", "--over-budget")).code, 0);
  assert.equal((await turn("create", "y")).code, 0, "a first turn is never over");
  assert.equal((await turn("once")).code, 0, "without a name there is no budget");
  // The smaller one of two counts, and what a file says of dollars is refused where nobody tells them.
  assert.equal((await config(["budget", "x", "5tok"])).code, 0);
  assert.deepEqual([(await shown()).amount, (await shown()).from], ["5tok", "name"]);
  writeRepository('budget = "5usd"\n');
  const codex = await turn("create", "z", "-a", "codex");
  assert.deepEqual([codex.code, codex.json.error?.code], [2, "unsupported"]);
  assert.match(codex.json.error?.hint ?? "", /codex\.budget/);
  writeRepository('budget = "5"\n');
  assert.match(
    (await turn("send", "x")).stdout,
    /budget is \\"5\\"; it takes an amount above 0 and its unit/,
  );
});

test("what is wrong with one name's budget or journal keeps no list from being shown", async (t) => {
  const { cli, must } = open(t);
  await must("create", "x", "--budget", "1ktok", "one");
  await must("create", "y", "--budget", "1ktok", "one");
  const state = cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
  const find = (name: string) =>
    readdirSync(state, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(name))
      .map((path) => join(state, path));
  const [journal = ""] = find("/journal.jsonl");
  const kept = readFileSync(journal);
  rmSync(journal);
  mkdirSync(journal);
  const listed = (await must("list")).names as { name: string; budget: Standing | null }[];
  assert.deepEqual(listed.map(({ budget }) => budget?.amount ?? "unknown").sort(), ["1ktok", "unknown"]);
  rmSync(journal, { recursive: true });
  writeFileSync(journal, kept, { mode: 0o600 });
  // One of a later version is not taken for none.
  const [log = ""] = find("/log.jsonl");
  const text = readFileSync(log, "utf8");
  writeFileSync(log, text.replaceAll('"unit":"tokens"', '"unit":"credits"'));
  const refused = await cli.here(["send", "x", "--json", "two"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [8, "state_newer"], refused.stdout);
  await must("list");
  writeFileSync(log, text);
  await must("send", "x", "two");
});
