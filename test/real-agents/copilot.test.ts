import assert from "node:assert/strict";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { copilot } from "../../src/agents/copilot/copilot.ts";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { whyNoCopilot } from "../support/loopback/real-agents.ts";
import { markedPids, markedProcesses } from "../support/marked-processes.ts";
import { run, start, until } from "../support/run.ts";

const skip = whyNoCopilot();
const sessionsOf = (cli: RealCli) => join(cli.env.HOME ?? "", ".copilot/session-state");

test("copilot: every process continues the same conversation, with model, effort and role, to the token", {
  skip,
}, async (t) => {
  const cli = await openRealCli(t);
  const role = join(cli.sandbox.folder, "role.md");
  writeFileSync(role, "---\napplyTo: nothing\n---\nYou are the ROLE-MARKER reviewer.\n");
  const second = "-- what is it? /compact @x ! $HOME";
  const first = "The secret word is banana.\n\nKeep it.";
  const created = await cli.run([
    "create",
    "x",
    "-a",
    "copilot",
    "-m",
    "gpt-5-mini",
    "-e",
    "low",
    "-r",
    role,
    "--json",
    first,
  ]);
  assert.equal(created.code, 0, created.stderr + created.stdout);
  assert.deepEqual([created.json.continuity, created.json.text], ["new", "You said: Keep it."]);
  const sent = await cli.run(["send", "x", "--json", "--", second]);
  assert.deepEqual([sent.json.session_id, sent.json.continuity], [created.json.session_id, "native"]);
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  const third = await cli.run(["send", "x", "-w", cli.workspace, "-m", "gpt-loopback", "third"], elsewhere);
  assert.equal(third.code, 0, third.stderr);
  const stricter = join(cli.sandbox.folder, "stricter.md");
  writeFileSync(stricter, "You are the OTHER-MARKER reviewer.\n");
  assert.equal((await cli.run(["role", "set", "x", stricter])).code, 0);
  const compacted = await cli.run(["send", "x", "--json", "/compact"]);
  assert.equal(compacted.json.outcome, "succeeded", compacted.stdout);
  await cli.run(["send", "x", "fifth"]);

  const requests = cli.model.requests();
  assert.deepEqual(
    requests.slice(0, 3).map(({ userMessages }) => userMessages),
    [[first], [first, second], [first, second, "third"]],
  );
  assert.deepEqual(
    requests.map(({ model }) => model),
    ["gpt-5-mini", "gpt-5-mini", "gpt-loopback", "gpt-loopback", "gpt-loopback"],
  );
  for (const { body, system } of requests)
    assert.match(JSON.stringify(body.reasoning), /"effort":"low"/, system);
  for (const { system } of requests.slice(0, 3))
    assert.match(system, /applyTo: nothing\n---\nYou are the ROLE-MARKER/);
  assert.match(requests[4]?.system ?? "", /You are the OTHER-MARKER/);
  assert.doesNotMatch(requests[4]?.system ?? "", /ROLE-MARKER/);
  assert.match(requests[4]?.userMessages[0] ?? "", /banana/, "of what was summed up");

  const shown = (await cli.run(["show", "x", "--json"])).json;
  const usage = shown.usage as Record<string, unknown>;
  const sum = (key: "inputTokens" | "outputTokens") =>
    requests.reduce((total, { usage }) => total + (usage?.[key] ?? 0), 0);
  assert.deepEqual(
    [usage.input_tokens, usage.output_tokens, usage.cost_usd, usage.is_lower_bound],
    [sum("inputTokens"), sum("outputTokens"), null, false],
  );
  assert.deepEqual(
    [shown.turns, shown.model, shown.effort, shown.agent],
    [5, "gpt-loopback", "low", "copilot"],
  );
  const transcript = String(shown.transcript);
  assert.equal(transcript, join(sessionsOf(cli), String(created.json.session_id), "events.jsonl"));
  const [turn] = (await cli.run(["cost", "--by", "agent", "--json"])).json.groups as {
    key: string;
    input_tokens: number;
  }[];
  assert.deepEqual([turn?.key, turn?.input_tokens], ["copilot", sum("inputTokens")]);
  const history = (await cli.run(["history", "x"])).stdout;
  assert.match(history, /banana[\s\S]*You said: third/);
  assert.match((await cli.run(["list"])).stdout, /^x +free +copilot /m);

  for (const args of [
    ["fork", "x", "y", "hi"],
    ["send", "y", "--fork-from", "x", "hi"],
    ["send", "x", "--schema", role, "hi"],
  ]) {
    const refused = await cli.run([...args, "--json"]);
    assert.deepEqual([refused.code, refused.json.error?.code], [2, "unsupported"], refused.stdout);
  }
  assert.equal(cli.model.requests().length, 5, "nothing was sent");
});

test("copilot: a turn never runs in a fresh conversation: a lost one is put back, or refused, or told", {
  skip,
}, async (t) => {
  const cli = await openRealCli(t);
  const { session_id: id } = (await cli.run(["create", "x", "-a", "copilot", "--json", "first"])).json;
  const folder = join(sessionsOf(cli), String(id));
  rmSync(folder, { recursive: true });
  const restored = await cli.run(["send", "x", "--json", "second"]);
  assert.deepEqual([restored.code, restored.json.continuity], [0, "restored"], restored.stdout);
  assert.deepEqual(cli.lastPrompts(), ["first", "second"]);
  assert.equal((restored.json.usage as { input_tokens: number }).input_tokens, 102);

  // A wrapper that drops the id has copilot begin a conversation of its own.
  const wrapper = join(cli.sandbox.folder, "wrapper");
  writeFileSync(wrapper, '#!/bin/sh\nexec copilot "$1"\n');
  chmodSync(wrapper, 0o755);
  const strayed = await cli.run(["send", "x", "--agent-cmd", wrapper, "--json", "third"]);
  assert.deepEqual([strayed.code, strayed.json.error?.code], [3, "conversation_changed"], strayed.stdout);
  assert.deepEqual([strayed.json.session_id, strayed.json.usage], [id, null]);
  const lostAtBirth = await cli.run(["create", "y", "-a", "copilot", "--agent-cmd", wrapper, "--json", "hi"]);
  assert.equal(lostAtBirth.json.error?.code, "conversation_changed", lostAtBirth.stdout);
  assert.equal((await cli.run(["list", "--json"])).json.count, 1);

  // Where copilot itself finds no such conversation: asked by --session-id, it would begin one of that very id.
  const elsewhere = join(cli.sandbox.folder, "other-copilot-home");
  const before = cli.model.requests().length;
  const unknown = await cli.run([
    "send",
    "x",
    "--agent-cmd",
    `env COPILOT_HOME=${elsewhere} copilot`,
    "--json",
    "third",
  ]);
  assert.deepEqual([unknown.code, unknown.json.error?.code], [4, "conversation_lost"], unknown.stdout);
  assert.equal(cli.model.requests().length, before, "nothing was sent");

  rmSync(folder, { recursive: true });
  const state = join(cli.env.AGENT_SESSIONS_HOME ?? "", "sessions");
  for (const path of readdirSync(state, { recursive: true, encoding: "utf8" })) {
    if (path.endsWith("/transcript")) rmSync(join(state, path), { recursive: true });
  }
  const asked = cli.model.requests().length;
  const lost = await cli.run(["send", "x", "--json", "fourth"]);
  assert.deepEqual([lost.code, lost.json.error?.code], [4, "conversation_lost"], lost.stdout);
  assert.equal(cli.model.requests().length, asked, "nothing was sent");
  assert.equal(existsSync(folder), false);
  const fresh = await cli.run(["send", "x", "--fresh", "--json", "fifth"]);
  assert.deepEqual(
    [fresh.code, fresh.json.continuity, cli.lastPrompts()],
    [0, "fresh", ["fifth"]],
    fresh.stdout,
  );
  assert.notEqual(fresh.json.session_id, id);
});

test("copilot: plan, review, execute in one conversation: what may not write can't, and what may does", {
  skip,
}, async (t) => {
  const cli = await openRealCli(t);
  const inside = join(cli.workspace, "made.txt");
  const outside = join(cli.sandbox.folder, "made.txt");
  const patch = (path: string) => `*** Begin Patch\n*** Add File: ${path}\n+made\n*** End Patch\n`;
  cli.model.when(/with a patch/, {
    toolCalls: [{ name: "apply_patch", args: { input: patch(inside) } }],
    next: "tried",
  });
  cli.model.when(/with a command/, {
    toolCalls: [{ name: "bash", args: { command: `printf made > '${outside}'`, description: "write" } }],
    next: "tried",
  });
  const plan = await cli.run([
    "create",
    "job",
    "-a",
    "copilot",
    "--access",
    "read-only",
    "--json",
    "plan with a patch",
  ]);
  assert.deepEqual([plan.json.outcome, plan.json.access], ["succeeded", "read-only"], plan.stdout);
  const tools = cli.model.requests().at(-1)?.body.tools as { name: string }[];
  assert.deepEqual(tools.map(({ name }) => name).sort(), ["glob", "rg", "view"]);
  const review = await cli.run(["send", "job", "--json", "review with a command"]);
  assert.equal(review.json.access, "read-only", "as it was created");
  assert.ok(!existsSync(inside) && !existsSync(outside), "refused, however willing the model");
  await cli.run(["send", "job", "--access", "edit", "execute with a patch"]);
  assert.equal(readFileSync(inside, "utf8"), "made\n");
  await cli.run(["send", "job", "--access", "edit", "execute with a command"]);
  assert.match(JSON.stringify(cli.model.requests().at(-1)?.body), /Permission denied/);
  assert.ok(!existsSync(outside));
  const full = await cli.run(["send", "job", "--access", "full", "--json", "once more with a command"]);
  assert.deepEqual([full.json.access, readFileSync(outside, "utf8")], ["full", "made"], full.stdout);
  rmSync(inside);
  await cli.run(["send", "job", "again with a patch"]);
  assert.ok(!existsSync(inside), "more was given for one turn only");
});

test("copilot: what ends a turn ends its whole tree, and is never a success", { skip }, async (t) => {
  const cli = await openRealCli(t);
  const command = "tail -f /dev/null";
  cli.model.when(/wait/, {
    toolCalls: [{ name: "bash", args: { command, description: "wait", mode: "sync", initial_wait: 60 } }],
    next: "never said",
  });
  // The first turn: its name is there before the agent has told any id.
  const creating = cli.start(["create", "x", "-a", "copilot", "--access", "full", "--json", "please wait"]);
  const runningTurn = async () => {
    const { turns } = (await cli.run(["status", "--json"])).json as unknown as {
      turns: { turn_id: string; doing: { what: string; tools?: string[] } | null }[];
    };
    const turn = turns[0];
    return turn?.doing?.what === "tool" &&
      markedProcesses(turn.turn_id).some((args) => args.startsWith("tail -f"))
      ? turn
      : undefined;
  };
  const turn = await until(runningTurn, { what: "the command" });
  assert.deepEqual(turn.doing?.tools, ["bash"]);
  assert.equal((await cli.run(["show", "x"])).code, 0, "named, though copilot has told no id yet");
  const cancelled = await cli.run(["cancel", "x", "--json"]);
  assert.equal(cancelled.json.cancelled, true, cancelled.stdout);
  assert.deepEqual(markedProcesses(turn.turn_id), [], "no process is left");
  const created = JSON.parse((await creating.result).stdout);
  assert.deepEqual([created.outcome, created.prompt_kept, created.name], ["cancelled", true, "x"]);
  assert.deepEqual(created.usage.input_tokens, 101, "what it used until then");

  // SIGINT: copilot 1.0.102 calls that a success, with exit code 0.
  const letGo = hold(cli, "second");
  const sending = cli.start(["send", "x", "--json", "second"]);
  await cli.model.received("second");
  const { turns } = (await cli.run(["status", "x", "--json"])).json as unknown as {
    turns: { turn_id: string; pid: number }[];
  };
  const native = await until(() => nativeOf(turns[0]?.turn_id ?? ""), {
    what: "the process of copilot itself",
  });
  process.kill(native, "SIGINT");
  const sent = await sending.result;
  letGo("too late");
  assert.equal(sent.code, 3, sent.stdout);
  assert.equal(JSON.parse(sent.stdout).outcome, "failed");

  const deadline = await (async () => {
    cli.model.when("third", "never");
    return cli.run(["send", "x", "--deadline", "4s", "--json", "third"]);
  })();
  assert.deepEqual([deadline.code, deadline.json.outcome], [6, "deadline"], deadline.stdout);
  const retried = await cli.run(["send", "--retry", "x", "--json"]);
  assert.deepEqual([retried.json.outcome, retried.json.retry], ["succeeded", "asked_again"], retried.stdout);
  assert.deepEqual(cli.lastPrompts().slice(0, -1), ["please wait", "second", "third"]);
});

test("copilot: killed callers, failing models, other people's turns, and once", { skip }, async (t) => {
  const cli = await openRealCli(t);
  const letGo = hold(cli, "first");
  const creating = cli.start(["create", "x", "-a", "copilot", "first"]);
  await cli.model.received("first");
  creating.kill("SIGKILL");
  await creating.exited;
  letGo("the whole answer");
  const waited = await cli.run(["wait", "x", "--json"]);
  assert.deepEqual([waited.json.outcome, waited.json.text], ["succeeded", "the whole answer"], waited.stdout);
  assert.equal((waited.json.usage as { input_tokens: number }).input_tokens, 101);

  cli.model.when("boom", { status: 400, message: "the loopback model refuses" });
  const failed = await cli.run(["send", "x", "--json", "boom"]);
  assert.deepEqual(
    [failed.code, failed.json.error?.code, failed.json.prompt_kept],
    [3, "agent_refused", true],
  );
  assert.match(
    failed.json.error?.message ?? "",
    /GitHub Copilot was refused .*: 400 the loopback model refuses/,
  );
  cli.model.when("secret", { status: 401, message: "invalid key" });
  const unsigned = await cli.run(["create", "y", "-a", "copilot", "--json", "secret"]);
  assert.deepEqual([unsigned.code, unsigned.json.error?.code], [7, "not_signed_in"], unsigned.stdout);
  assert.equal((await cli.run(["show", "y"])).code, 4);

  const { session_id: id } = (await cli.run(["show", "x", "--json"])).json;
  const finish = hold(cli, "somebody else's");
  const theirs = start(["copilot", "--output-format=json", `--resume=${id}`], {
    cwd: cli.workspace,
    env: cli.env,
    input: "somebody else's",
  });
  await cli.model.received("somebody else's");
  const [window] = (await cli.run(["status", "x", "--json"])).json.windows as { kind: string }[];
  assert.equal(window?.kind, "turn");
  const busy = await cli.run(["send", "x", "--if-busy", "fail", "--json", "ours"]);
  assert.deepEqual([busy.code, busy.json.error?.code], [5, "busy"], busy.stdout);
  const detached = cli.start(["send", "x", "--detach", "ours"]);
  assert.equal((await detached.result).code, 0);
  finish("done");
  await theirs.result;
  const ours = await cli.run(["wait", "x", "--json"]);
  assert.deepEqual(
    [ours.json.outcome, (ours.json.foreign_bytes as number) > 0],
    ["succeeded", true],
    ours.stdout,
  );
  assert.deepEqual(cli.lastPrompts(), ["first", "boom", "somebody else's", "ours"]);
  assert.equal((ours.json.usage as { input_tokens: number }).input_tokens, 104, "theirs is not counted");
  const { transcript } = (await cli.run(["show", "x", "--json"])).json;
  const outline = (await cli.run(["history", "x"])).stdout
    .split("\n")
    .filter((line) => /^> |^── /.test(line));
  const others = [`── 1 exchange outside agent-sessions; ${transcript}`, "> somebody else's"];
  assert.deepEqual(outline, ["> first", "> boom", ...others, "> ours"]);

  const before = readdirSync(sessionsOf(cli)).length;
  const once = await cli.run(["once", "-a", "copilot", "--json", "what is the word?"]);
  assert.deepEqual(
    [once.code, once.json.text, once.json.name],
    [0, "You said: what is the word?", null],
    once.stdout,
  );
  assert.equal((once.json.usage as { input_tokens: number }).input_tokens, 101);
  assert.deepEqual(cli.lastPrompts(), ["what is the word?"]);
  assert.match(once.stderr, /GitHub Copilot can't forget a conversation/);
  assert.equal(readdirSync(sessionsOf(cli)).length, before + 1, "as it says");
  const kept = await cli.run([
    "once",
    "-a",
    "copilot",
    "--resume",
    String(once.json.session_id),
    "--json",
    "more",
  ]);
  assert.deepEqual([kept.code, kept.json.continuity], [0, "native"], kept.stdout);
  assert.deepEqual(cli.lastPrompts(), ["what is the word?", "more"]);
  assert.equal((kept.json.usage as { input_tokens: number }).input_tokens, 102);
});

test("copilot: the efforts that we know are those that it takes", { skip }, async (t) => {
  const cli = await openRealCli(t);
  const { code, stderr } = await run(["copilot", "--reasoning-effort=ultra", "-p", "hi"], {
    cwd: cli.workspace,
    env: cli.env,
  });
  const efforts = /possible values: (.*)\]/.exec(stderr)?.[1]?.split(", ");
  assert.deepEqual([code, efforts], [1, copilot.can.efforts], stderr);
  assert.equal(cli.model.requests().length, 0);
});

/** Copilot itself behind the shim that npm installs. */
function nativeOf(turnId: string): number | undefined {
  return markedPids(turnId).find((pid) =>
    /\/copilot-[^/]+\/copilot$/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[0] ?? ""),
  );
}
