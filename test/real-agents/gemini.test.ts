import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import test from "node:test";
import { openCli } from "../support/cli/real-cli.ts";
import { whyNo } from "../support/loopback/real-agents.ts";
import type { Reply } from "../support/loopback/replies.ts";
import { markedPids } from "../support/marked-processes.ts";
import { until } from "../support/run.ts";

const skip = whyNo("gemini");
const NEW = ["-a", "gemini", "-m", "gemini-loopback", "--json"];

test("gemini: every process continues the same conversation, which no start of another one deletes, to the token", {
  skip,
}, async (t) => {
  const cli = await openCli(t);
  const created = (await cli.run(["create", "x", ...NEW, "The secret word is banana."])).json;
  assert.deepEqual([created.continuity, created.text], ["new", "You said: The secret word is banana."]);
  const sent = (await cli.run(["send", "x", "--json", "what is it? @nobody $HOME"])).json;
  assert.deepEqual([sent.session_id, sent.continuity], [created.session_id, "native"]);
  const { transcript } = (await cli.run(["show", "x", "--json"])).json;
  const id = String(created.session_id);
  assert.equal(basename(String(transcript)), `session-0-${id}-${id.slice(-8)}.jsonl`);

  // What a turn leaves that continues a conversation in a later minute: a beginning, under the name of another minute.
  const left = join(dirname(String(transcript)), `session-2020-01-01T00-00-${id.slice(0, 8)}.jsonl`);
  const lines = readFileSync(String(transcript), "utf8").split("\n");
  writeFileSync(left, `${lines.slice(0, 2).join("\n")}\n`);
  assert.equal((await cli.run(["create", "y", ...NEW, "another"])).code, 0);
  assert.equal(existsSync(left), false, "gemini has taken it for trash, with all of that ending");
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  const third = (await cli.run(["send", "x", "-w", cli.workspace, "--json", "third"], elsewhere)).json;
  assert.deepEqual([third.continuity, third.foreign_bytes], ["native", 0]);
  assert.deepEqual(cli.lastPrompts(), ["The secret word is banana.", "what is it? @nobody $HOME", "third"]);

  const requests = cli.model.requests();
  assert.deepEqual([...new Set(requests.map(({ model }) => model))], ["gemini-loopback"]);
  assert.equal(requests.length, 4, "one request a turn");
  const ours = [0, 1, 3].map((at) => requests[at]?.usage);
  assert.deepEqual(
    [created, sent, third].map(({ usage }) => {
      const { input_tokens: inputTokens, output_tokens: outputTokens } = usage as Record<string, number>;
      return { inputTokens, outputTokens };
    }),
    ours,
  );
  assert.match((await cli.run(["history", "x"])).stdout, /banana[\s\S]*You said: third/);

  for (const args of [
    ["fork", "x", "z", "hi"],
    ["send", "x", "--effort", "high", "hi"],
    ["create", "z", "-a", "gemini", "-r", left, "hi"],
    ["send", "x", "/clear"],
  ]) {
    if (args.includes("-r")) writeFileSync(left, "You are a reviewer.");
    const refused = await cli.run([...args, "--json"]);
    assert.equal(refused.code, 2, refused.stdout);
  }
  assert.equal(cli.model.requests().length, 4, "nothing was sent");
});

test("gemini: a turn never runs in a fresh conversation: a lost one is put back, or refused, or told", {
  skip,
}, async (t) => {
  const cli = await openCli(t);
  await cli.run(["create", "x", ...NEW, "first"]);
  const path = String((await cli.run(["show", "x", "--json"])).json.transcript);
  rmSync(path);
  const restored = (await cli.run(["send", "x", "--json", "second"])).json;
  assert.deepEqual([restored.continuity, cli.lastPrompts()], ["restored", ["first", "second"]]);

  // A wrapper that drops the id has gemini begin a conversation of its own.
  const wrapper = join(cli.sandbox.folder, "wrapper");
  writeFileSync(wrapper, '#!/bin/sh\nexec gemini "$1" -m gemini-loopback\n');
  chmodSync(wrapper, 0o755);
  const strayed = await cli.run(["send", "x", "--agent-cmd", wrapper, "--json", "third"]);
  assert.deepEqual([strayed.code, strayed.json.error?.code], [3, "conversation_changed"], strayed.stdout);

  const asked = cli.model.requests().length;
  const elsewhere = `env GEMINI_CLI_HOME=${cli.sandbox.folder} gemini`;
  const unknown = await cli.run(["send", "x", "--agent-cmd", elsewhere, "--json", "third"]);
  assert.equal(unknown.code, 4, unknown.stdout);
  assert.equal(unknown.json.error?.code, "conversation_lost", unknown.stdout);

  rmSync(path);
  const state = join(cli.env.AGENT_SESSIONS_HOME ?? "", "sessions");
  for (const folder of readdirSync(state, { recursive: true, encoding: "utf8" }))
    if (folder.endsWith("/transcript")) rmSync(join(state, folder), { recursive: true });
  const lost = await cli.run(["send", "x", "--json", "fourth"]);
  assert.deepEqual([lost.code, lost.json.error?.code], [4, "conversation_lost"], lost.stdout);
  assert.equal(cli.model.requests().length, asked, "nothing was sent");
});

/** A model that leaves the mode it is in for one in which everything is allowed, and then writes and runs. */
function willing(path: string): Reply {
  const calls = [
    { name: "enter_plan_mode", args: { reason: "to plan" } },
    { name: "write_file", args: { file_path: "plan.md", content: "# Plan" } },
    { name: "exit_plan_mode", args: { plan_filename: "plan.md" } },
    { name: "write_file", args: { file_path: `${path}.written`, content: "x" } },
    { name: "run_shell_command", args: { command: `touch ${path}.ran`, description: "touch" } },
  ];
  return calls.reduceRight<Reply>((next, call) => ({ toolCalls: [call], next }), "done");
}

test("gemini: a model that wants to write and run gets as far as the access says, also by way of plan mode", {
  skip,
}, async (t) => {
  const cli = await openCli(t);
  for (const access of ["read-only", "edit", "full"] as const) {
    const path = join(cli.workspace, access);
    cli.model.when(access, willing(path));
    const result = await cli.run(["once", ...NEW, "--access", access, access]);
    assert.equal(result.code, 0, result.stderr + result.stdout);
    assert.deepEqual(
      [existsSync(`${path}.written`), existsSync(`${path}.ran`)],
      [access !== "read-only", access === "full"],
      access,
    );
  }
});

test("gemini: a turn that is cancelled in mid-tool leaves nothing and is none that succeeded; failures say what to do", {
  skip,
}, async (t) => {
  const cli = await openCli(t);
  const started = join(cli.workspace, "started");
  cli.model.when("wait", {
    toolCalls: [
      { name: "run_shell_command", args: { command: `touch ${started}; sleep 299`, description: "wait" } },
    ],
    next: "waited",
  });
  await cli.run(["create", "x", ...NEW, "--access", "full", "--detach", "wait"]);
  await until(() => existsSync(started) || undefined, { what: "the tool", timeoutMs: 120_000 });
  assert.equal((await cli.run(["cancel", "x"])).code, 0);
  const cancelled = await cli.run(["wait", "x", "--json"]);
  assert.deepEqual([cancelled.code, cancelled.json.outcome], [130, "cancelled"], cancelled.stdout);
  assert.deepEqual(markedPids(String(cancelled.json.turn_id)), [], "gemini itself leaves the tool running");

  cli.model.when("refused", { status: 401 });
  const refused = await cli.run(["send", "x", "--json", "refused"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [7, "not_signed_in"], refused.stdout);
  assert.deepEqual(cli.lastPrompts(), ["wait", "refused"], "the cancelled turn's prompt is still there");

  const untrusted = "env -u GEMINI_CLI_TRUST_WORKSPACE gemini";
  const asked = cli.model.requests().length;
  const stopped = await cli.run(["send", "x", "--access", "full", "--agent-cmd", untrusted, "hi"]);
  assert.equal(stopped.code, 3, stopped.stderr);
  assert.match(stopped.stderr, /does not trust this folder[\s\S]*GEMINI_CLI_TRUST_WORKSPACE/);
  assert.equal(cli.model.requests().length, asked, "nothing was sent");
});
