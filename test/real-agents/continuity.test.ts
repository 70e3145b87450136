import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { removeCopies } from "../support/cli/remove-copies.ts";

for (const agent of ["claude", "codex"]) {
  test(`${agent}: every process continues the same conversation, from any folder`, async (t) => {
    const cli = await openRealCli(t);
    const created = await cli.run(["create", "x", "-a", agent, "--json", "The secret word is banana."]);
    assert.equal(created.code, 0, created.stderr + created.stdout);
    const sent = await cli.run(["send", "x", "--json", "What is the secret word?"]);
    assert.deepEqual(cli.lastPrompts(), ["The secret word is banana.", "What is the secret word?"]);
    assert.deepEqual([sent.json.session_id, sent.json.continuity], [created.json.session_id, "native"]);

    const elsewhere = cli.sandbox.addWorkspace("elsewhere");
    assert.equal((await cli.run(["send", "x", "hi"], elsewhere)).code, 4, "a name belongs to its workspace");
    const fromElsewhere = await cli.run(
      ["send", "x", "-w", cli.workspace, "--json", "And a third."],
      elsewhere,
    );
    assert.equal(fromElsewhere.code, 0, fromElsewhere.stdout);
    assert.deepEqual(cli.lastPrompts(), [
      "The secret word is banana.",
      "What is the secret word?",
      "And a third.",
    ]);

    const show = (await cli.run(["show", "x", "--json"])).json;
    const usage = show.usage as Record<string, unknown>;
    const served = cli.model.requests().map((request) => request.usage);
    assert.equal(show.turns, 3);
    assert.equal(
      usage.input_tokens,
      served.reduce((sum, one) => sum + (one?.inputTokens ?? 0), 0),
    );
    assert.equal(
      usage.output_tokens,
      served.reduce((sum, one) => sum + (one?.outputTokens ?? 0), 0),
    );
    assert.equal(usage.is_lower_bound, false);
  });

  test(`${agent}: a transcript that is gone is put back, and the model still gets the whole context`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    await cli.run(["send", "x", "second"]);
    const transcript = String((await cli.run(["show", "x", "--json"])).json.transcript);
    rmSync(transcript);
    const restored = await cli.run(["send", "x", "--json", "third"]);
    assert.deepEqual([restored.code, restored.json.continuity], [0, "restored"], restored.stdout);
    assert.deepEqual(cli.lastPrompts(), ["first", "second", "third"]);

    rmSync(transcript);
    removeCopies(cli.sandbox);
    const requests = cli.model.requests().length;
    const lost = await cli.run(["send", "x", "--json", "fourth"]);
    assert.deepEqual([lost.code, lost.json.error?.code], [4, "conversation_lost"]);
    assert.equal(cli.model.requests().length, requests, "nothing was sent");
    assert.equal((await cli.run(["list", "--json"])).json.count, 1, "the name is still there");

    const fresh = await cli.run(["send", "x", "--fresh", "--json", "fourth"]);
    assert.deepEqual([fresh.code, fresh.json.continuity], [0, "fresh"], fresh.stdout);
    assert.deepEqual(cli.lastPrompts(), ["fourth"], "a new conversation, and nobody is told otherwise");
    assert.equal((await cli.run(["send", "x", "--fresh", "--json", "fifth"])).json.continuity, "native");
    assert.deepEqual(cli.lastPrompts(), ["fourth", "fifth"]);
  });

  test(`${agent}: model, effort and role are remembered and reach the model on every turn`, async (t) => {
    const cli = await openRealCli(t);
    const role = join(cli.sandbox.folder, "role.md");
    (await import("node:fs")).writeFileSync(role, "You are the ROLE-MARKER reviewer.\n");
    const model = agent === "claude" ? "haiku" : "gpt-other";
    await cli.run(["create", "x", "-a", agent, "-m", model, "-e", "low", "-r", role, "first"]);
    await cli.run(["send", "x", "second"]);
    const requests = cli.model.requests();
    assert.equal(requests.length, 2);
    for (const request of requests) {
      assert.match(request.system, /ROLE-MARKER/);
      assert.match(request.model, agent === "claude" ? /haiku/ : /gpt-other/);
      assert.match(JSON.stringify(request.body), agent === "claude" ? /"effort":"low"/ : /"effort":"low"/);
    }
    const show = (await cli.run(["show", "x", "--json"])).json;
    assert.deepEqual([show.model, show.effort, show.role], [model, "low", readFileSync(role, "utf8")]);
  });

  test(`${agent}: a failing model is exit 3 with its reason, and the conversation goes on`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    cli.model.when("boom", { status: 400, message: "the loopback model refuses" });
    const failed = await cli.run(["send", "x", "--json", "boom"]);
    assert.equal(failed.code, 3, failed.stdout);
    assert.match(failed.json.error?.message ?? "", /refuses/);
    const next = await cli.run(["send", "x", "--json", "third"]);
    assert.equal(next.json.outcome, "succeeded");
    assert.equal(cli.lastPrompts().at(0), "first");
  });

  test(`${agent}: a wrong key is exit 7 and says how to sign in`, async (t) => {
    const cli = await openRealCli(t);
    cli.model.when(/./, { status: 401, message: "invalid x-api-key" });
    const failed = await cli.run(["create", "x", "-a", agent, "--json", "hello"]);
    assert.equal(failed.code, 7, failed.stdout);
    assert.equal(failed.json.error?.code, "not_signed_in");
    assert.equal((await cli.run(["list", "--json"])).json.count, 0);
  });
}

test("claude: /clear moves the name to the new conversation, verified", async (t) => {
  const cli = await openRealCli(t);
  const created = (await cli.run(["create", "x", "--json", "first"])).json;
  const cleared = (await cli.run(["send", "x", "--json", "/clear"])).json;
  assert.equal(cleared.continuity, "cleared");
  assert.notEqual(cleared.session_id, created.session_id);
  const sent = (await cli.run(["send", "x", "--json", "second"])).json;
  assert.equal(sent.session_id, cleared.session_id);
  assert.ok(!cli.lastPrompts().includes("first"));
});

test("claude: a stream arrives while the model still speaks, and ours is the last line", async (t) => {
  const cli = await openRealCli(t);
  await cli.run(["create", "x", "first"]);
  cli.model.when("slow", { slowMs: 1500, text: "one two three four five six seven eight" });
  const sending = cli.start(["send", "x", "--stream", "--partials", "slow"]);
  await sending.waitFor((stdout) => stdout.includes("content_block_delta"), {
    what: "the first piece of text",
  });
  assert.ok(!sending.stdout().includes("agent_sessions.result"));
  const { stdout, code } = await sending.result;
  assert.equal(code, 0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.at(-1).type, "agent_sessions.result");
  assert.equal(lines.at(-2).type, "result");
});

test("an agent whose tool sends to its own conversation is told at once", async (t) => {
  const cli = await openRealCli(t);
  const command = `${process.execPath} ${join(import.meta.dirname, "../../dist/cli.cjs")} send x --json hello; echo code=$?`;
  await cli.run(["create", "x", "first"]);
  cli.model.when("talk to yourself", {
    toolCalls: [{ name: "Bash", args: { command, description: "send to itself" } }],
    next: "done",
  });
  const startedMs = performance.now();
  const args = ["--agent-arg", "--allowedTools", "--agent-arg", "Bash"];
  const result = await cli.run(["send", "x", ...args, "--json", "--", "talk to yourself"]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  const seen = JSON.stringify(cli.model.requests().at(-1)?.body);
  assert.match(seen, /code=5/);
  assert.match(seen, /own_conversation/);
  assert.ok(performance.now() - startedMs < 15_000);
});

test("of two agents that ask each other at once, one is told within a second, and the other is answered", async (t) => {
  const cli = await openRealCli(t);
  const names = ["a", "b"];
  for (const name of names) await cli.run(["create", name, "first"]);
  let arrived = 0;
  let letBothGo: () => void = () => undefined;
  const bothRun = new Promise<void>((resolve) => {
    letBothGo = resolve;
  });
  const program = `${process.execPath} ${join(import.meta.dirname, "../../dist/cli.cjs")}`;
  for (const [at, name] of names.entries()) {
    const file = join(cli.workspace, `${name}.json`);
    const ask = `${program} send ${names[1 - at]} --json 'question of ${name}' > ${file}`;
    const command = `start=$(date +%s%N); ${ask}; echo "$? $start $(date +%s%N)" > ${file}.times`;
    cli.model.when(`you are ${name}`, async () => {
      arrived += 1;
      if (arrived === names.length) letBothGo();
      await bothRun;
      return {
        toolCalls: [{ name: "Bash", args: { command, description: "ask the other one" } }],
        next: "done",
      };
    });
  }
  const args = ["--agent-arg", "--allowedTools", "--agent-arg", "Bash"];
  const turns = await Promise.all(
    names.map((name) => cli.run(["send", name, ...args, "--json", "--", `you are ${name}`])),
  );
  for (const turn of turns) assert.equal(turn.code, 0, turn.stdout + turn.stderr);
  const told = names.map((name) => {
    const file = join(cli.workspace, `${name}.json`);
    const [code, startNs, endNs] = readFileSync(`${file}.times`, "utf8").trim().split(" ");
    const result = JSON.parse(readFileSync(file, "utf8"));
    return {
      code: Number(code),
      ms: (Number(endNs) - Number(startNs)) / 1e6,
      result,
      startNs: Number(startNs),
    };
  });
  const refused = told.filter(({ code }) => code !== 0);
  assert.deepEqual(
    refused.map(({ code, result }) => [code, result.error.code]),
    [[5, "own_conversation"]],
    JSON.stringify(told),
  );
  const answered = told.find(({ code }) => code === 0);
  assert.match(answered?.result.text, /You said: question of [ab]/);
  // A second and the start of the program, of whoever came later; the machine may be busy.
  assert.ok((refused[0]?.ms ?? 0) < 4_000, JSON.stringify(told));
});
