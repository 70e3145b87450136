import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";

const SCHEMA = {
  type: "object",
  properties: { verdict: { type: "string" }, score: { type: "integer" } },
  required: ["verdict", "score"],
  additionalProperties: false,
};

for (const agent of ["claude", "codex"]) {
  test(`${agent}: once leaves nothing but what it used, and knows nothing of other conversations`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "the secret word is banana"]);
    const kept = () => {
      const roots = [join(cli.env.HOME ?? "", agent === "claude" ? ".claude/projects" : ".codex/sessions")];
      const files = roots.flatMap((root) => readdirSync(root, { recursive: true, encoding: "utf8" }));
      return files.filter((file) => file.endsWith(".jsonl"));
    };
    const before = kept();
    const result = await cli.run(["once", "-a", agent, "--json", "what is the word?"]);
    assert.deepEqual(
      [result.code, result.json.outcome, result.json.name],
      [0, "succeeded", null],
      result.stdout,
    );
    assert.deepEqual(cli.lastPrompts(), ["what is the word?"]);
    assert.deepEqual(kept(), before, "the agent kept no conversation");
    assert.equal((result.json.usage as { input_tokens: number }).input_tokens, 101);
    const state = cli.env.AGENT_SESSIONS_HOME ?? "";
    assert.deepEqual(readdirSync(join(state, "turns")), []);
    const written = readdirSync(state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    assert.ok(!written.some((text) => text.includes("what is the word?")), "we keep none either");
    assert.ok(written.some((text) => text.includes(String(result.json.turn_id))));
    const refused = await cli.run(["once", "--detach", "--json", "hi"]);
    assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"]);
  });

  test(`${agent}: what was asked once can be gone on with, by its id or by the name it is kept under`, async (t) => {
    const cli = await openRealCli(t);
    const first = await cli.run(["once", "-a", agent, "--resumable", "--json", "one"]);
    assert.deepEqual([first.code, first.json.name, first.json.continuity], [0, null, "new"], first.stdout);
    const id = String(first.json.session_id);
    const second = await cli.run(["once", "-a", agent, "--resume", id, "--json", "two"]);
    assert.deepEqual([second.json.outcome, second.json.session_id], ["succeeded", id], second.stdout);
    assert.deepEqual(cli.lastPrompts(), ["one", "two"]);
    assert.equal((second.json.usage as { input_tokens: number }).input_tokens, 102, "its own part alone");
    assert.equal((await cli.run(["list", "--json"])).json.count, 0);

    const kept = await cli.run(["once", "-a", agent, "--keep", "x", "--json", "three"]);
    assert.deepEqual([kept.code, kept.json.name], [0, "x"], kept.stdout);
    await cli.run(["send", "x", "four"]);
    assert.deepEqual(cli.lastPrompts(), ["three", "four"]);
    const asked = cli.model.requests().length;
    const stranger = "00000000-0000-7000-8000-000000000000";
    const lost = await cli.run(["once", "-a", agent, "--resume", stranger, "--json", "five"]);
    assert.deepEqual([lost.code, lost.json.error?.code], [4, "conversation_lost"], lost.stdout);
    const noId = await cli.run(["once", "-a", agent, "--resume", "x", "--json", "five"]);
    assert.deepEqual([noId.code, noId.json.error?.code], [4, "conversation_lost"]);
    const both = await cli.run(["once", "-a", agent, "--resume", id, "--keep", "y", "--json", "five"]);
    assert.deepEqual([both.code, both.json.error?.code], [2, "usage"]);
    assert.equal(cli.model.requests().length, asked, "nothing was asked in another conversation");
  });

  test(`${agent}: an answer that fits its schema comes as a value, and one that does not is a failure`, async (t) => {
    const cli = await openRealCli(t);
    const file = join(cli.sandbox.folder, "schema.json");
    writeFileSync(file, JSON.stringify(SCHEMA));
    const value = { verdict: "good", score: 3 };
    cli.model.when(
      "judge",
      agent === "claude"
        ? { toolCalls: [{ name: "StructuredOutput", args: value }], next: "done" }
        : JSON.stringify(value),
    );
    await cli.run(["create", "x", "-a", agent, "hello"]);
    for (const verb of [
      ["send", "x"],
      ["once", "-a", agent],
    ]) {
      const met = await cli.run([...verb, "--schema", file, "--json", "judge"]);
      assert.deepEqual([met.code, met.json.structured], [0, value], met.stdout + met.stderr);
      const unmet = await cli.run([...verb, "--schema", file, "--json", "say anything"]);
      assert.deepEqual([unmet.code, unmet.json.error?.code], [3, "schema_not_met"], unmet.stdout);
      assert.notEqual(unmet.json.usage, null);
    }
    if (agent === "codex") {
      cli.model.when("judge badly", JSON.stringify({ verdict: "good" }));
      const bad = await cli.run(["once", "-a", agent, "--schema", file, "--json", "judge badly"]);
      assert.match(bad.json.error?.message ?? "", /score is missing/);
    }
    writeFileSync(file, "[]");
    const wrong = await cli.run(["once", "-a", agent, "--schema", file, "--json", "judge"]);
    assert.deepEqual([wrong.code, wrong.json.error?.code], [2, "usage"]);
  });
}
