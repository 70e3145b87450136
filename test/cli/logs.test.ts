// What the agent did in a turn; with the real agents in test/real-agents/library.test.ts and copilot.test.ts.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";

const use = (id: string, name: string, input: object) =>
  JSON.stringify({
    type: "assistant",
    message: { role: "assistant", content: [{ type: "tool_use", id, name, input }] },
    parent_tool_use_id: null,
  });
const result = (id: string, isError: boolean) =>
  JSON.stringify({
    type: "user",
    message: {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: id, is_error: isError, content: "x" }],
    },
    parent_tool_use_id: null,
  });

test("logs tells the tools of a turn with their commands and files, of a foreground turn too", async (t) => {
  const cli = openFakeCli(t);
  const lines = [
    use("t1", "Bash", { command: "npm test\nnpm run \u001b[2Jlint", description: "d" }),
    result("t1", true),
    use("t2", "Read", { file_path: "/srv/a.txt" }),
    result("t2", false),
    use("t3", "Grep", { pattern: "x y" }),
  ];
  assert.equal((await cli.run(["create", "x", "first"])).code, 0);
  const sent = await cli.run([
    "send",
    "x",
    "--json",
    cli.say({ writeRaw: lines, text: "It is done." }, "go"),
  ]);
  assert.equal(sent.code, 0, sent.stdout + sent.stderr);
  const { json } = await cli.here(["logs", "x", "--json"]);
  assert.deepEqual([json.turn_id, json.agent, json.outcome], [sent.json.turn_id, "claude", "succeeded"]);
  assert.deepEqual(
    (json.events as Record<string, unknown>[]).map(({ type, phase, name, about, failed }) => [
      type,
      phase,
      name,
      about,
      failed,
    ]),
    [
      ["tool", "start", "Bash", "npm test …", undefined],
      ["tool", "end", "Bash", undefined, true],
      ["tool", "start", "Read", "/srv/a.txt", undefined],
      ["tool", "end", "Read", undefined, false],
      ["tool", "start", "Grep", "x y", undefined],
      ["text", undefined, undefined, undefined, undefined],
    ],
  );
  const { stdout } = await cli.here(["logs", "x", "--turn", String(sent.json.turn_id)]);
  assert.match(
    stdout,
    /^turn 20\S+: succeeded, .*, took .* s\n✗ failed {2}Bash {2}npm test …\n• Read {2}\/srv\/a\.txt\n• running {2}Grep {2}x y\n {2}It is done\.\n$/,
  );
  const other = await cli.here(["logs", "x", "--turn", "20260101-000000-00000000"]);
  assert.equal(other.code, 4, other.stderr);
  assert.equal((await cli.here(["logs", "nobody"])).code, 4);

  rmSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "told"), { recursive: true });
  const gone = await cli.here(["logs", "x"]);
  assert.equal(gone.code, 4, gone.stdout);
  assert.match(
    gone.stderr,
    /The output of turn \S+ has been deleted\.\nIts prompt and its answer are in: agent-sessions history x/,
  );
});
