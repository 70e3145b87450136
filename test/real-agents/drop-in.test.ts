import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import { SCRIPTS } from "../support/cli/script-cli.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { run, start } from "../support/run.ts";

for (const tool of ["claude", "codex"] as const) {
  test(`the drop-in for ${tool} with the real agent: create, resume, stream, resolve, list, delete`, async (t) => {
    const { model, env, workspace, close } = await openLoopback();
    t.after(close);
    const script = (...args: string[]) => run([SCRIPTS[tool], ...args], { cwd: workspace, env });
    const created = await script(
      "create-session",
      "--session-name",
      "x",
      "--init-prompt",
      "first",
      "--print-mapping-json",
    );
    assert.equal(created.code, 0, created.stderr);
    const { mapping_file_written: isWritten, alias } = JSON.parse(created.stdout);
    assert.deepEqual([isWritten, alias], [true, "x"]);

    const resumed = await script(
      "resume-json",
      "--session-name",
      "x",
      "--prompt",
      "second",
      "--print-result",
    );
    assert.equal(resumed.stdout, "You said: second\n", resumed.stderr);
    assert.deepEqual(model.requests().at(-1)?.userMessages, ["first", "second"]);

    model.when("third", { slowMs: 1500, text: "one two three four five six" });
    const flags = tool === "claude" ? ["--include-partials"] : [];
    const streaming = start(
      [SCRIPTS[tool], "resume-stream", "--session-name", "x", "--prompt", "third", ...flags],
      { cwd: workspace, env },
    );
    const isEarly = tool === "claude" ? "content_block_delta" : "turn.started";
    await streaming.waitFor((stdout) => stdout.includes(isEarly), {
      what: "a line while the model still speaks",
    });
    assert.doesNotMatch(streaming.stdout(), /"type":"result"|turn\.completed/);
    const streamed = await streaming.result;
    assert.equal(streamed.code, 0, streamed.stderr);
    for (const line of streamed.stdout.trimEnd().split("\n")) JSON.parse(line);
    assert.deepEqual(model.requests().at(-1)?.userMessages, ["first", "second", "third"]);

    const dashed = await script("resume-json", "--session-name", "x", "--prompt=--help", "--print-result");
    assert.equal(dashed.stdout, "You said: --help\n", dashed.stderr);
    assert.equal(JSON.parse((await script("list-sessions")).stdout).alias_count, 1);
    const id = (await script("resolve", "--session-name", "x", "--print-session-id")).stdout.trim();
    assert.equal(JSON.parse((await script("delete-session", "--session-id", id)).stdout).removed_count, 1);
  });
}

test("codex 0.171.0 without --full-auto: the same meaning in other words, with a warning", async (t) => {
  const { model, env, workspace, close } = await openLoopback();
  t.after(close);
  const script = (...args: string[]) => run([SCRIPTS.codex, ...args], { cwd: workspace, env });
  const created = await script(
    "create-session",
    "--session-name",
    "x",
    "--init-prompt",
    "first",
    "--full-auto",
  );
  assert.equal(created.code, 0, created.stderr);
  assert.match(created.stderr, /^\[WARN\] This codex has no --full-auto/);
  assert.match(JSON.stringify(model.requests().at(-1)?.body), /workspace-write|workspace_write/);
  const resumed = await script(
    "resume-json",
    "--session-name",
    "x",
    "--prompt",
    "second",
    "--full-auto",
    "--print-result",
  );
  assert.equal(resumed.stdout, "You said: second\n", resumed.stderr);
  assert.equal(model.requests().length, 2);
});

test("the drop-ins need nothing but Node", () => {
  const env = { PATH: `${process.execPath.replace(/\/node$/, "")}:/usr/bin:/bin` };
  assert.match(
    execFileSync(SCRIPTS.claude, ["--help"], { env, encoding: "utf8" }),
    /^usage: invoke_persist\.py/,
  );
});
