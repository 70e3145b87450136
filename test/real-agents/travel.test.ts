import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { CONVERSATION, file, HEADER, makeFile, SESSION_ID } from "../support/travel/make-file.ts";

/** Another machine: it shares nothing with the first but the file that is brought, and the model. */
async function openOther(t: TestContext, { model }: RealCli): Promise<RealCli> {
  const other = await openRealCli(t, { model });
  return other;
}

for (const agent of ["claude", "codex", "copilot"]) {
  test(`${agent}: a conversation continues on another machine with all that was said`, async (t) => {
    const here = await openRealCli(t);
    const there = await openOther(t, here);
    const path = join(there.sandbox.folder, "brought.jsonl.gz");
    const role = join(here.sandbox.folder, "role.md");
    writeFileSync(role, "Answer briefly.");
    const created = await here.run(["create", "review", "-a", agent, "--role", role, "the word is banana"]);
    assert.equal(created.code, 0, created.stderr);
    await here.run(["send", "review", "-m", MODELS[agent] ?? "", "and the number is seven"]);
    const exported = await here.run(["export", "review", path, "--json"]);
    assert.equal(exported.code, 0, exported.stdout);
    const before = here.model.requests().length;

    const imported = await there.run(["import", path, "brought", "--yes", "--json", "-w", there.workspace]);
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

    const twice = await there.run(["import", path, "twice", "--yes", "--json"]);
    assert.equal(twice.json.error?.code, "conversation_exists");
  });
}

const MODELS: Record<string, string> = {
  claude: "claude-opus-4-1",
  codex: "gpt-loopback",
  copilot: "gpt-loopback",
};

test("codex: a fork brings what it reads of its trunk, and the trunk can be there already", async (t) => {
  const here = await openRealCli(t);
  const there = await openRealCli(t, here);
  const fileOf = (name: string) => join(there.sandbox.folder, `${name}.gz`);
  await here.run(["create", "trunk", "-a", "codex", "in the trunk"]);
  await here.run(["fork", "trunk", "early", "in the early fork"]);
  await here.run(["send", "trunk", "only in the trunk"]);
  await here.run(["fork", "trunk", "late", "in the late fork"]);
  for (const name of ["early", "late", "trunk"]) {
    const { code, stdout } = await here.run(["export", name, fileOf(name), "--json"]);
    assert.equal(code, 0, stdout);
  }
  const take = async (name: string) => (await there.run(["import", fileOf(name), "--json"])).json;
  const early = await take("early");
  assert.equal((early.ancestors as string[]).length, 1, JSON.stringify(early));
  const sent = await there.run(["send", "early", "--json", "and here"]);
  assert.equal(sent.json.continuity, "restored", sent.stdout);
  assert.deepEqual(there.lastPrompts(), ["in the trunk", "in the early fork", "and here"]);
  // What the late fork needs of the trunk is longer than what is here of it.
  assert.equal((await take("late")).error?.code, "conversation_exists");
  assert.equal((await take("trunk")).error?.code, "conversation_exists");

  const third = await openRealCli(t, here);
  const from = async (name: string) => (await third.run(["import", fileOf(name), "--json"])).json;
  for (const name of ["trunk", "early", "late"]) assert.equal((await from(name)).error, undefined, name);
  await third.run(["send", "late", "more"]);
  assert.deepEqual(third.lastPrompts(), ["in the trunk", "only in the trunk", "in the late fork", "more"]);
  await third.run(["send", "early", "more"]);
  assert.deepEqual(third.lastPrompts(), ["in the trunk", "in the early fork", "more"]);
});

/** What an agent can't read, in a file whose sums are right. */
const BROKEN: Record<string, { id: string; says: RegExp }> = {
  claude: { id: SESSION_ID, says: /Claude Code can't continue this conversation: No conversation found/ },
  codex: { id: "01a21fdc-d6d0-7f03-b1a9-1f382afb52e4", says: /Codex can't continue this conversation: / },
  copilot: {
    id: SESSION_ID,
    says: /GitHub Copilot can't continue this conversation: .*(?:corrupt|not found)/,
  },
};

for (const [agent, { id, says }] of Object.entries(BROKEN)) {
  test(`${agent}: what the agent itself can't continue is refused, and nothing of it stays`, async (t) => {
    const cli = await openRealCli(t);
    const path = join(cli.sandbox.folder, "file.gz");
    const lines = [{ ...HEADER, agent }, CONVERSATION, ...file("no transcript at all\n")];
    makeFile(
      path,
      lines.map((line) => ("sessionId" in line ? { ...line, sessionId: id } : line)),
    );
    const { code, json, stdout } = await cli.run(["import", path, "--json"]);
    assert.deepEqual([code, json.error?.code], [2, "file_refused"], stdout);
    assert.match(json.error?.message ?? "", says);
    const left = readdirSync(cli.sandbox.home, { recursive: true, encoding: "utf8" });
    assert.deepEqual(
      left.filter((one) => one.includes(id) && !/history|sqlite|log/.test(one)),
      [],
    );
    assert.deepEqual((await cli.run(["list", "--json"])).json.names, []);
  });
}
