import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";

/** Another machine: it shares nothing with the first but the file that is brought, and the model. */
async function openOther(t: TestContext, { model }: RealCli): Promise<RealCli> {
  const other = await openRealCli(t, { model });
  return other;
}

for (const agent of ["claude", "codex", "copilot"]) {
  test(`${agent}: a conversation continues on another machine with all that was said`, async (t) => {
    const here = await openRealCli(t);
    const there = await openOther(t, here);
    const file = join(there.sandbox.folder, "brought.jsonl.gz");
    const role = join(here.sandbox.folder, "role.md");
    writeFileSync(role, "Answer briefly.");
    const created = await here.run(["create", "review", "-a", agent, "--role", role, "the word is banana"]);
    assert.equal(created.code, 0, created.stderr);
    await here.run(["send", "review", "-m", MODELS[agent] ?? "", "and the number is seven"]);
    const exported = await here.run(["export", "review", file, "--json"]);
    assert.equal(exported.code, 0, exported.stdout);
    const before = here.model.requests().length;

    const imported = await there.run(["import", file, "brought", "--yes", "--json", "-w", there.workspace]);
    assert.equal(imported.code, 0, imported.stdout);
    assert.equal(here.model.requests().length, before, "no model was asked");
    assert.deepEqual(
      [imported.json.name, imported.json.turns, imported.json.role, imported.json.access],
      ["brought", 2, "Answer briefly.", "read-only"],
    );
    const { transcript } = (await there.run(["show", "brought", "--json"])).json;
    assert.ok(
      existsSync(String(transcript)) && String(transcript).startsWith(there.sandbox.home),
      String(transcript),
    );

    const sent = await there.run(["send", "brought", "--json", "what do you know?"]);
    assert.deepEqual(
      [sent.code, sent.json.outcome, sent.json.continuity],
      [0, "succeeded", "restored"],
      sent.stderr,
    );
    assert.deepEqual(there.lastPrompts(), [
      "the word is banana",
      "and the number is seven",
      "what do you know?",
    ]);
    const again = await there.run(["send", "brought", "--json", "still?"]);
    assert.equal(again.json.continuity, "native");
    assert.deepEqual(there.lastPrompts().length, 4);

    const history = (await there.run(["history", "brought", "--json"])).json;
    const turns = history.turns as { prompt: string }[];
    assert.deepEqual(
      turns.map(({ prompt }) => prompt),
      ["the word is banana", "and the number is seven", "what do you know?", "still?"],
    );
    assert.deepEqual(history.not_shown, []);
    const served = here.model
      .requests()
      .slice(before)
      .map(({ usage }) => usage?.inputTokens ?? 0);
    const shown = turns.slice(2) as unknown as { usage: { input_tokens: number } }[];
    assert.deepEqual(
      shown.map(({ usage }) => usage.input_tokens),
      served,
      "the usage of the turns here is exact",
    );

    const twice = await there.run(["import", file, "twice", "--yes", "--json"]);
    assert.equal(twice.json.error?.code, "conversation_exists");
  });
}

const MODELS: Record<string, string> = {
  claude: "claude-opus-4-1",
  codex: "gpt-loopback",
  copilot: "gpt-loopback",
};
