// Ids of turns and conversations that are given by their first characters.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { openSessions } from "../../src/index.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { sayBare } from "../support/cli/bare-agent.ts";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { OTHER, openPlugin, SESSION } from "../support/cli/open-plugin.ts";

test("a turn is found by the first characters of its id, while it runs and after it", async (t) => {
  const cli = openFakeCli(t);
  const first = String((await cli.run(["create", "x", "first", "--json"])).json.turn_id);
  const gate = `${cli.sandbox.folder}/gate`;
  const second = (
    await cli.run(["send", "x", "--detach", cli.say({ waitForFile: gate, text: "2" }, "go")])
  ).stdout.trim();
  const answer = async (...args: string[]) => (await cli.here([...args, "--json"])).json;
  assert.equal((await answer("wait", "x", "--turn", first.slice(0, -3))).turn_id, first);
  assert.equal((await answer("logs", "x", "--turn", first.slice(0, -1))).turn_id, first);
  const both = (await answer("wait", "x", "--turn", first.slice(0, 6))).error;
  // Those of one second are in no order.
  const ids = [first, second].sort().join(", ");
  const message = `"${first.slice(0, 6)}" is the beginning of the ids of 2 turns of "x": ${ids}.`;
  assert.deepEqual([both?.code, both?.message], ["usage", message]);
  assert.equal((await answer("wait", "x", "--turn", first.slice(0, 3))).error?.code, "no_such_turn");
  const cancelled = await answer("cancel", "x", "--turn", second.slice(0, -2));
  assert.equal(
    (cancelled.turn as { turn_id: string } | undefined)?.turn_id,
    second,
    JSON.stringify(cancelled),
  );
  const sessions = await openSessions({ workspace: cli.sandbox.workspace, env: cli.sandbox.env });
  const x = await sessions.get("x");
  assert.equal((await x.wait({ turnId: second.slice(0, -4) })).turnId, second);
});

test("a conversation is found by the first characters of its id", async (t) => {
  const cli = openFakeCli(t);
  const id = (at: number) => `feedbeef-0000-4000-8000-00000000000${at}`;
  for (const at of [1, 2]) await sayBare(cli, "claude", `hello ${at}`, { script: { sessionId: id(at) } });
  const other = await sayBare(cli, "codex", "other", {
    script: { sessionId: "0dd0dd00-0000-4000-8000-000000000000" },
  });
  // The conversation of another folder.
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  const adopt = async (...args: string[]) =>
    (await cli.here(["adopt", ...args, "--json"], { cwd: elsewhere })).json;
  assert.equal((await adopt("x", "0dd0")).session_id, other);
  const several = (await adopt("y", "feed")).error;
  assert.deepEqual(
    [several?.code, several?.message],
    ["usage", `"feed" is the beginning of the ids of 2 conversations: ${id(1)}, ${id(2)}.`],
  );
  assert.equal((await adopt("y", id(2))).session_id, id(2));
  for (const [given, code] of [
    ["fee", "usage"],
    ["feee", "usage"],
  ])
    assert.equal((await adopt("z", given ?? "")).error?.code, code);
  const resumed = await cli.run(["once", "--resume", id(1).slice(0, -1), "more", "--json"]);
  assert.equal(resumed.json.error?.code, "usage", resumed.stdout);
  const codex = await cli.run(["once", "--resume", "0dd0dd", "--agent", "codex", "more", "--json"]);
  assert.equal(codex.json.session_id, other, codex.stdout);
});

test("a checkpoint is not deleted by less than four characters, and one saved by hand not without a question", async (t) => {
  const plugin = openPlugin(t);
  plugin.plant(SESSION, { saved_by: "hand" });
  plugin.plant(OTHER, { saved_by: "hook", summary: "" });
  const checkpoint = (...args: string[]) =>
    end(atTerminal(plugin, quoteWords([process.execPath, CLI, "checkpoint", ...args])));
  const short = await checkpoint("--remove", "be", "-w", plugin.project);
  assert.equal(short.code, 2);
  assert.match(short.stdout, /"be" is too short to delete a checkpoint by[\s\S]*beefbeef-/);
  assert.equal(existsSync(plugin.fileOf(OTHER)), true);
  const hooked = await checkpoint("--remove", "beef", "-w", plugin.project);
  assert.deepEqual([hooked.code, existsSync(plugin.fileOf(OTHER))], [0, false], hooked.stdout);
  for (const [typed, isThere] of [
    ["n\n", true],
    ["y\n", false],
  ] as const) {
    const asking = atTerminal(
      plugin,
      quoteWords([process.execPath, CLI, "checkpoint", "--remove", "abcd", "-w", plugin.project]),
    );
    await asking.waitFor((stdout) => stdout.includes(`Delete the checkpoint of ${SESSION}, saved by hand`), {
      what: "the question",
    });
    asking.write(typed);
    const { code, stdout } = await end(asking);
    assert.deepEqual([code, existsSync(plugin.fileOf(SESSION))], [0, isThere], stdout);
  }
});
