import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";

for (const agent of ["claude", "codex"]) {
  test(`${agent}: plan, review, execute in one conversation: what may not write can't, and what may does`, async (t) => {
    const cli = await openRealCli(t);
    const file = join(cli.workspace, "made.txt");
    const write = {
      toolCalls: [
        agent === "claude"
          ? { name: "Write", args: { file_path: file, content: "made" } }
          : { name: "exec_command", args: { cmd: `printf made > '${file}'` } },
      ],
      next: "I have tried.",
    };
    for (const prompt of ["plan it", "review it", "execute it"]) cli.model.when(prompt, write);
    const plan = await cli.run(["create", "job", "-a", agent, "--access", "read-only", "--json", "plan it"]);
    assert.deepEqual([plan.json.outcome, plan.json.access], ["succeeded", "read-only"], plan.stdout);
    assert.equal(existsSync(file), false, "refused, however willing the model");
    const review = await cli.run(["send", "job", "--json", "review it"]);
    assert.deepEqual(
      [review.json.outcome, review.json.access],
      ["succeeded", "read-only"],
      "as it was created",
    );
    assert.equal(existsSync(file), false);
    const execute = await cli.run(["send", "job", "--access", "edit", "--json", "execute it"]);
    assert.deepEqual([execute.json.outcome, execute.json.access], ["succeeded", "edit"]);
    assert.equal(readFileSync(file, "utf8"), "made");
    const after = (await cli.run(["show", "job", "--json"])).json;
    assert.deepEqual([after.access, after.turns], ["read-only", 3], "more was given for one turn only");
    assert.deepEqual(cli.lastPrompts(), ["plan it", "review it", "execute it"]);
  });
}

test("full access is refused where the agent would refuse it, before anything is sent", async (t) => {
  const cli = await openRealCli(t);
  if (process.getuid?.() !== 0) return t.skip("only root is refused");
  const refused = await cli.run(["create", "x", "--access", "full", "--json", "hello"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "unsupported"]);
  assert.match(refused.json.error?.message ?? "", /root/);
  assert.equal(cli.model.requests().length, 0);
  const wrong = await cli.run(["create", "x", "--access", "all", "--json", "hello"]);
  assert.deepEqual([wrong.code, wrong.json.error?.code], [2, "usage"]);
});
