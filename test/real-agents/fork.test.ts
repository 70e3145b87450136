import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { markedPids } from "../support/marked-processes.ts";
import { until } from "../support/until.ts";

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a fork knows what was said before it, and neither side hears of the other after`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "trunk", "-a", agent, "hello"]);
    const early = await cli.run(["fork", "trunk", "early", "--json", "in the early fork"]);
    assert.deepEqual([early.code, early.json.continuity], [0, "forked"], early.stdout);
    assert.deepEqual(cli.lastPrompts(), ["hello", "in the early fork"]);
    await cli.run(["send", "trunk", "the secret word is banana"]);
    const late = await cli.run(["fork", "trunk", "late", "--json", "in the late fork"]);
    assert.equal(late.json.outcome, "succeeded", late.stdout);
    assert.deepEqual(cli.lastPrompts(), ["hello", "the secret word is banana", "in the late fork"]);
    const fromElsewhere = await cli.run(
      ["send", "late", "--workspace", cli.workspace, "more"],
      cli.sandbox.addWorkspace("elsewhere"),
    );
    assert.equal(fromElsewhere.code, 0, fromElsewhere.stderr);
    assert.deepEqual(cli.lastPrompts(), ["hello", "the secret word is banana", "in the late fork", "more"]);
    await cli.run(["send", "early", "what do you know?"]);
    assert.deepEqual(cli.lastPrompts(), ["hello", "in the early fork", "what do you know?"]);
    await cli.run(["send", "trunk", "and you?"]);
    assert.deepEqual(cli.lastPrompts(), ["hello", "the secret word is banana", "and you?"]);

    // What the agent keeps of the trunk may be what the fork is read from.
    rmSync(String((await cli.run(["show", "trunk", "--json"])).json.transcript));
    await cli.run(["send", "late", "still there?"]);
    assert.deepEqual(cli.lastPrompts().slice(0, 2), ["hello", "the secret word is banana"]);
    assert.equal((await cli.run(["send", "trunk", "--json", "back"])).json.outcome, "succeeded");

    const shown = async (name: string) => (await cli.run(["show", name, "--json"])).json;
    const trunk = await shown("trunk");
    assert.equal((await shown("early")).parent_session_id, trunk.session_id);
    assert.equal((await shown("late")).parent_session_id, trunk.session_id);
    const served = cli.model.requests().map((request) => request.usage);
    const spent = [trunk, await shown("early"), await shown("late")].map(
      ({ usage }) => usage as { input_tokens: number; output_tokens: number },
    );
    for (const [ours, theirs] of [
      ["input_tokens", "inputTokens"],
      ["output_tokens", "outputTokens"],
    ] as const) {
      assert.equal(
        spent.reduce((sum, usage) => sum + usage[ours], 0),
        served.reduce((sum, usage) => sum + (usage?.[theirs] ?? 0), 0),
        `${ours}: what a fork inherits is not counted twice`,
      );
    }
    const tree = await cli.run(["list", "--tree"]);
    assert.match(tree.stdout, /^trunk\b.*\n[├└]─ \S+.*\n[├└]─ \S+/m);
  });

  test(`${agent}: a fork that is killed in its first turn is never told with the words of its trunk`, async (t) => {
    const cli = await openRealCli(t);
    const trunk = (await cli.run(["create", "trunk", "-a", agent, "--json", "go on"])).json;
    assert.equal(trunk.text, "You said: go on");
    const before = cli.model.requests().length;
    cli.model.when("go on", "never");
    const forking = cli.start(["fork", "trunk", "cut", "--json", "go on"]);
    const asked = () => cli.model.requests().length > before || undefined;
    await until(asked, { what: "the fork to ask", timeoutMs: 30_000 });
    const folder = join(cli.sandbox.home, agent === "claude" ? ".claude/projects" : ".codex/sessions");
    const transcripts = () =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".jsonl") && !file.includes(String(trunk.session_id)))
        .map((file) => readFileSync(join(folder, file), "utf8"));
    // Claude begins with a copy of the trunk, and both write the prompt before they are answered.
    const isWritten = (text: string) =>
      agent === "claude" ? text.split('"role":"user"').length > 2 : text.includes('"UserMessage"');
    await until(() => transcripts().some(isWritten) || undefined, {
      what: "the prompt in the fork's transcript",
      timeoutMs: 30_000,
    });
    const [turnId = ""] = readdirSync(join(cli.env.AGENT_SESSIONS_HOME ?? "", "turns"));
    forking.kill("SIGKILL");
    await forking.exited;
    for (const pid of markedPids(turnId)) process.kill(pid, "SIGKILL");
    await until(() => markedPids(turnId).length === 0 || undefined, { what: "the agent to be gone" });
    const { json } = await cli.run(["wait", "cut", "--json"]);
    assert.deepEqual([json.outcome, json.text, json.prompt_kept], ["interrupted", "", true]);
    cli.model.clear();
    const retried = await cli.run(["send", "--retry", "cut", "--json"]);
    assert.equal(retried.json.outcome, "succeeded", retried.stdout);
    const said = cli.lastPrompts();
    // Claude takes its second "go on" back; Codex is asked to answer it.
    assert.deepEqual(said.slice(0, 2), ["go on", "go on"]);
    assert.equal(said.length, agent === "claude" ? 2 : 3);
  });

  // A start of claude takes twice as long as one of codex.
  const count = agent === "claude" ? 4 : 20;
  test(`${agent}: ${count} first messages at once make one fork with ${count} turns`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "trunk", "-a", agent, "hello"]);
    const sends = Array.from({ length: count }, (_, at) =>
      cli.run(["send", "forked", "--fork-from", "trunk", "--json", `message ${at}`]),
    );
    const results = await Promise.all(sends);
    for (const { code, stdout } of results) assert.equal(code, 0, stdout);
    const ids = new Set(results.map(({ json }) => json.session_id));
    assert.equal(ids.size, 1);
    assert.equal(results.filter(({ json }) => json.continuity === "forked").length, 1);
    const prompts = cli.lastPrompts();
    assert.deepEqual([prompts.length, prompts[0]], [count + 1, "hello"]);
    assert.equal(new Set(prompts).size, count + 1);
    assert.equal((await cli.run(["show", "trunk", "--json"])).json.turns, 1, "the trunk has none of them");
    assert.equal((await cli.run(["show", "forked", "--json"])).json.turns, count);
  });
}

for (const [version, program] of [
  ["as pinned", undefined],
  ["2.1.197", realAgents().earlierClaude],
] as const) {
  test(`claude ${version}: a fork without a prompt asks nobody, and knows what was said by then`, async (t) => {
    const cli = await openRealCli(t);
    const by = program === undefined ? [] : ["--agent-cmd", program];
    writeFileSync(join(cli.workspace, "role.md"), "You are role-first.\n");
    await cli.run(["create", "trunk", ...by, "--role", "role.md", "hello"]);
    await cli.run(["send", "trunk", "the secret word is banana"]);
    const asked = cli.model.requests().length;
    const forked = await cli.run(["fork", "trunk", "fork", "--json"]);
    assert.deepEqual([forked.code, forked.json.type], [0, "agent_sessions.forked"], forked.stdout);
    await cli.run(["fork", "fork", "forked again"]);
    assert.equal(cli.model.requests().length, asked);
    await cli.run(["send", "trunk", "forget it"]);
    const sent = await cli.run(["send", "fork", "--json", "what is the word?"]);
    assert.deepEqual([sent.json.outcome, sent.json.continuity], ["succeeded", "native"], sent.stdout);
    assert.deepEqual(cli.lastPrompts(), ["hello", "the secret word is banana", "what is the word?"]);
    assert.equal(sent.json.session_id, forked.json.session_id);
    assert.match(JSON.stringify(cli.model.requests().at(-1)?.body), /You are role-first/);
    const used = cli.model.requests().at(-1)?.usage;
    const { input_tokens: input } = sent.json.usage as { input_tokens: number };
    assert.equal(input, used?.inputTokens, "what it inherits is not counted again");
    // What the agent keeps of the trunk is not needed any more.
    rmSync(String((await cli.run(["show", "trunk", "--json"])).json.transcript));
    await cli.run(["remove", "trunk"]);
    await cli.run(["send", "forked again", "and now?"]);
    assert.deepEqual(cli.lastPrompts(), ["hello", "the secret word is banana", "and now?"]);
    await cli.run(["send", "fork", "and you?"]);
    assert.deepEqual(cli.lastPrompts().slice(2), ["what is the word?", "and you?"]);
  });
}

test("a fork says what it can't do", async (t) => {
  const cli = await openRealCli(t);
  await cli.run(["create", "trunk", "-a", "codex", "hello"]);
  const missing = await cli.run(["fork", "trnk", "x", "--json"]);
  assert.deepEqual([missing.code, missing.json.error?.code], [4, "no_such_name"]);
  await cli.run(["create", "taken", "-a", "codex", "hello"]);
  const taken = await cli.run(["fork", "trunk", "taken", "--json"]);
  assert.deepEqual([taken.code, taken.json.error?.code], [2, "name_exists"]);
  const detached = await cli.run(["fork", "trunk", "later", "--detach", "--json", "in the background"]);
  assert.equal(detached.json.type, "agent_sessions.accepted", detached.stdout);
  const waited = await cli.run(["wait", "later", "--json"]);
  assert.deepEqual([waited.json.outcome, waited.json.continuity], ["succeeded", "forked"]);
  assert.deepEqual(cli.lastPrompts(), ["hello", "in the background"]);
});
