import assert from "node:assert/strict";
import test from "node:test";
import { start } from "../loopback/run.ts";
import { CLI, openFakeCli } from "./fake-cli.ts";

test("continue goes on with what this caller used last in this folder, and with nothing else", async (t) => {
  const cli = openFakeCli(t);
  const as = (caller: string) => ({ env: { AGENT_SESSIONS_CALLER: caller } });
  const none = await cli.run(["continue", "--json", "hi"], as("me"));
  assert.deepEqual([none.code, none.json.error?.code], [4, "no_such_name"]);
  await cli.run(["create", "x"], as("me"));
  await cli.run(["create", "y", "-a", "codex"], as("me"));
  await cli.run(["create", "z"], as("you"));
  const mine = await cli.run(["continue", "--json", "hi"], as("me"));
  assert.deepEqual([mine.json.name, mine.json.agent, mine.json.outcome], ["y", "codex", "succeeded"]);
  assert.match(mine.stderr, /^Continuing y \(codex\)\.\n$/);
  assert.equal((await cli.run(["continue", "--json", "-a", "claude", "hi"], as("me"))).json.name, "x");
  assert.equal((await cli.run(["continue", "--json", "hi"], as("you"))).json.name, "z");
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  assert.equal((await cli.run(["continue", "hi"], { ...as("me"), cwd: elsewhere })).code, 4);
  await cli.run(["send", "x", "--detach", "later"], as("you"));
  await cli.run(["wait", "x"]);
  assert.equal((await cli.run(["continue", "--json", "hi"], as("you"))).json.name, "x");
  const agent = { env: { CLAUDE_CODE_SESSION_ID: "0199aaaa-bbbb-4ccc-8ddd-eeeeffff0000" } };
  assert.equal((await cli.run(["continue", "hi"], agent)).code, 4);
  await cli.run(["send", "z", "hi"], agent);
  assert.equal((await cli.run(["continue", "--json", "hi"], agent)).json.name, "z");
});

test("without a name of its own, a caller is its terminal", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  await cli.run(["create", "y"]);
  const script = 'node "$0" send x hi --agent-cmd "$1" && node "$0" continue --json --agent-cmd "$1" hi';
  const { FAKE_AGENT } = await import("../fake-agent/script.ts");
  // As two terminals would, each shell leads a session of its own.
  const shell = (text: string) =>
    start(["bash", "-c", text, CLI, FAKE_AGENT], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
      ownGroup: true,
    }).result;
  const first = await shell(script);
  assert.equal(JSON.parse(first.stdout.trimEnd().split("\n").at(-1) ?? "").name, "x");
  const second = await shell('node "$0" continue --json --agent-cmd "$1" hi');
  assert.equal(second.code, 4, second.stdout);
});
