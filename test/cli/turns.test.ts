import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { removeCopies } from "../support/cli/remove-copies.ts";

for (const agent of ["claude", "codex"]) {
  test(`${agent}: create, send, list, show, history, remove`, async (t) => {
    const cli = openFakeCli(t);
    const created = await cli.here([
      "create",
      "x",
      "-a",
      agent,
      "-m",
      "m1",
      "-e",
      "high",
      "--json",
      cli.say({}, "one"),
    ]);
    assert.equal(created.code, 0, created.stderr);
    assert.equal(created.json.continuity, "new");
    assert.match(String(created.json.text), /You said: one/);

    const sent = await cli.here(["send", "x", "--json", cli.say({}, "two")]);
    assert.equal(sent.json.session_id, created.json.session_id);
    assert.deepEqual(
      [sent.json.outcome, sent.json.continuity, sent.json.model, sent.json.effort],
      ["succeeded", "native", "m1", "high"],
    );
    const [first, second] = cli.records();
    assert.ok(first && second);
    for (const { argv } of [first, second]) assert.match(argv.join(" "), /m1.*high/);

    await cli.here(["send", "x", "-m", "m2", cli.say({}, "three")]);
    const [entry] = (await cli.here(["list", "--json"])).json.names as Record<string, unknown>[];
    assert.deepEqual([entry?.name, entry?.agent, entry?.model, entry?.effort], ["x", agent, "m2", "high"]);
    const show = (await cli.here(["show", "x", "--json"])).json;
    assert.deepEqual([show.turns, show.busy], [3, null]);
    const history = (await cli.here(["history", "x", "--json"])).json.turns as { prompt: string }[];
    assert.deepEqual(
      history.map(({ prompt }) => prompt.split("\n")[1]),
      ["one", "two", "three"],
    );

    assert.equal((await cli.here(["remove", "x"])).code, 0);
    assert.equal((await cli.here(["send", "x", "hi"])).code, 4);
    assert.equal((await cli.here(["list", "--json"])).json.count, 0);
  });

  test(`${agent}: a stream is the agent's own lines, ours last`, async (t) => {
    const cli = openFakeCli(t);
    await cli.here(["create", "x", "-a", agent]);
    const raw = ['{"type":"future","a":"\u2028"}', "not json"];
    const { stdout, json } = await cli.here(["send", "x", "--stream", cli.say({ writeRaw: raw }, "hi")]);
    const lines = stdout.trimEnd().split("\n");
    for (const line of raw) assert.ok(lines.includes(line), line);
    assert.equal(json.type, "agent_sessions.result");
    assert.equal(lines.filter((line) => line.includes("agent_sessions.result")).length, 1);
  });
}

test("text output is the answer alone when captured", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const { stdout, stderr } = await cli.here(["send", "x", cli.say({ text: "the answer" }, "hi")]);
  assert.equal(stdout, "the answer\n");
  assert.equal(stderr, "");
});

test("the prompt: from an argument, after --, from a file, from standard input", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const last = async () =>
    ((await cli.here(["history", "x", "-n", "1", "--json"])).json.turns as { prompt: string }[])[0]?.prompt;
  await cli.here(["send", "x", "--", "--looks like an option"]);
  assert.equal(await last(), "--looks like an option");
  writeFileSync(join(cli.sandbox.workspace, "p.md"), "from a file\n");
  await cli.here(["send", "x", "-f", "p.md"]);
  assert.equal(await last(), "from a file\n");
  await cli.run(["send", "x", "-"], { input: "from stdin\u2028\n" });
  assert.equal(await last(), "from stdin\u2028\n");
});

test("standard input is left alone unless asked for", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const loop = `while read -r line; do "$@" "got $line"; done`;
  const { run } = await import("../support/run.ts");
  const { CLI } = await import("../support/cli/fake-cli.ts");
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  const argv = ["sh", "-c", loop, "sh", process.execPath, CLI, "send", "--agent-cmd", FAKE_AGENT, "x"];
  const result = await run(argv, { cwd: cli.sandbox.workspace, env: cli.sandbox.env, input: "1\n2\n3\n" });
  assert.equal(result.stdout.match(/You said: got \d/g)?.length, 3, result.stderr);
});

test("a 900 KB prompt from standard input reaches the agent whole and appears in no argument list", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const secret = "needle-in-the-prompt";
  const gate = join(cli.sandbox.folder, "go");
  const prompt = cli.say({ waitForFile: gate }, `${secret}\n${"x".repeat(900_000)}`);
  const sending = cli.start(["send", "x", "--json", "-"], { input: prompt });
  const { until } = await import("../support/until.ts");
  await until(() => cli.records().length > 0, { what: "the agent to start" });
  for (const pid of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    assert.ok(!readCommandLine(pid).includes(secret), `prompt in the arguments of ${pid}`);
  }
  writeFileSync(gate, "");
  assert.equal((await sending.result).code, 0);
  const record = cli.records().at(-1);
  assert.equal(record?.stdinBytes, Buffer.byteLength(prompt));
  assert.equal(record?.stdinIsFile, true);
});

function readCommandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

test("a prompt over the agent's limit is refused before anything starts", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "-a", "codex", cli.say({}, "one")]);
  const before = cli.records().length;
  const result = await cli.run(["send", "x", "--json", "-"], { input: "x".repeat(1_048_577) });
  assert.equal(result.code, 2);
  assert.equal(result.json.error?.code, "prompt_too_long");
  assert.match(result.json.error?.message ?? "", /1048577 bytes.*1048576/);
  assert.equal(cli.records().length, before);
});

test("--if-missing returns the one there is, --replace points the name at a new one", async (t) => {
  const cli = openFakeCli(t);
  const first = (await cli.here(["create", "x", "--json"])).json;
  const kept = await cli.here(["create", "x", "--if-missing", "--json"]);
  assert.deepEqual([kept.code, kept.json.created, kept.json.session_id], [0, false, first.session_id]);
  const replaced = (await cli.here(["create", "x", "--replace", "--json"])).json;
  assert.notEqual(replaced.session_id, first.session_id);
  assert.equal((await cli.here(["show", "x", "--json"])).json.session_id, replaced.session_id);
  const created = await cli.here(["create", "new", "--if-missing", "--json"]);
  assert.equal(created.json.outcome, "succeeded");
});

test("where two agents own a name, a command without --agent is a usage error that says so", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "-a", "claude"]);
  await cli.here(["create", "x", "-a", "codex"]);
  const result = await cli.here(["send", "x", "--json", "hi"]);
  assert.equal(result.code, 2);
  assert.equal(result.json.error?.code, "ambiguous_name");
  assert.match(result.json.error?.hint ?? "", /--agent claude or --agent codex/);
  assert.equal((await cli.here(["send", "x", "-a", "codex", "--json", "hi"])).json.agent, "codex");
});

test("the role holds on every turn", async (t) => {
  const cli = openFakeCli(t);
  writeFileSync(join(cli.sandbox.workspace, "role.md"), 'You are "terse".\n');
  for (const agent of ["claude", "codex"]) {
    await cli.here(["create", agent, "-a", agent, "-r", "role.md", cli.say({}, "one")]);
    await cli.here(["send", agent, cli.say({}, "two")]);
    assert.equal((await cli.here(["show", agent, "--json"])).json.role, 'You are "terse".\n');
  }
  const roles = cli
    .records()
    .map(({ argv }) => argv.find((arg) => /role\.md$|developer_instructions=/.test(arg)));
  assert.equal(roles.filter((role) => role?.endsWith("role.md")).length, 2);
  assert.equal(roles.filter((role) => role === 'developer_instructions="You are \\"terse\\".\\n"').length, 2);
});

test("a failing turn: exit 3, the agent's own words, and the name as before", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"]) {
    const created = (await cli.here(["create", agent, "-a", agent, "-m", "good", "--json"])).json;
    const failed = await cli.here([
      "send",
      agent,
      "-m",
      "bad",
      "--json",
      cli.say({ isError: true, text: "the model fell over" }, "hi"),
    ]);
    assert.equal(failed.code, 3);
    assert.equal(failed.json.outcome, "failed");
    assert.match(failed.json.error?.message ?? "", /the model fell over/);
    const show = (await cli.here(["show", agent, "--json"])).json;
    assert.deepEqual([show.session_id, show.model], [created.session_id, "good"]);
  }
});

test("a create whose first turn fails without output leaves no name, and can be tried again", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"]) {
    const script = { isError: true, text: "no", noAnswer: true };
    assert.equal((await cli.here(["create", agent, "-a", agent, cli.say(script, "hi")])).code, 3);
    assert.equal((await cli.here(["list", "--json"])).json.count, 0);
    const dead = await cli.here([
      "create",
      agent,
      "-a",
      agent,
      cli.say({ noStart: true, noAnswer: true, noTerminalEvent: true, exitCode: 9 }, "hi"),
    ]);
    assert.equal(dead.code, 3, dead.stdout);
    assert.equal((await cli.here(["create", agent, "-a", agent, cli.say({}, "hi")])).code, 0);
    await cli.here(["remove", agent]);
  }
});

test("exit 0 without a terminal event is not success", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const result = await cli.here([
    "send",
    "x",
    "--json",
    cli.say({ noTerminalEvent: true, noAnswer: true, exitCode: 0 }, "hi"),
  ]);
  assert.equal(result.code, 3);
  assert.equal(result.json.outcome, "failed");
  assert.match(result.json.error?.message ?? "", /without a result/);
});

test("show says how many turns did not tell what they used", async (t) => {
  const cli = openFakeCli(t);
  const used = async () => /^ +used +(.*)$/m.exec((await cli.run(["show", "x"])).stdout)?.[1];
  await cli.run(["create", "x", cli.say({}, "one")]);
  const told = await used();
  assert.match(told ?? "", /^\d+ in · \d+ out tokens, \$0\.\d+$/);
  for (const turns of ["1 turn", "2 turns"]) {
    await cli.run(["send", "x", cli.say({ noTerminalEvent: true, noAnswer: true }, "two")]);
    assert.equal(await used(), `at least ${told} (${turns} did not report usage)`);
  }
});

test("an unknown id never moves a name", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"]) {
    const created = (await cli.here(["create", agent, "-a", agent, "--json"])).json;
    const other = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
    const result = await cli.here(["send", agent, "--json", cli.say({ sessionId: other }, "hi")]);
    assert.equal(result.code, 3);
    assert.equal(result.json.error?.code, "conversation_changed");
    assert.match(result.json.error?.message ?? "", new RegExp(`${other}.*${created.session_id}`));
    assert.equal((await cli.here(["show", agent, "--json"])).json.session_id, created.session_id);
  }
});

test("an id that rotated with the whole history is followed, and so is /clear", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "--json", cli.say({}, "first words")]);
  const next = "0199aaaa-bbbb-4ccc-8ddd-eeeeffff0000";
  const rotated = await cli.here([
    "send",
    "x",
    "--json",
    cli.say({ sessionId: next, carryOver: true }, "hi"),
  ]);
  assert.deepEqual(
    [rotated.json.continuity, rotated.json.session_id, rotated.code],
    ["rotated", next, 0],
    rotated.stdout,
  );
  const cleared = "0199aaaa-bbbb-4ccc-8ddd-eeeeffff1111";
  const result = await cli.here(["send", "x", "--json", "/clear"], {
    env: { FAKE_AGENT: JSON.stringify({ sessionId: cleared }) },
  });
  assert.deepEqual([result.json.continuity, result.json.session_id], ["cleared", cleared]);
  const show = (await cli.here(["show", "x", "--json"])).json;
  assert.deepEqual([show.session_id, show.parent_session_id], [cleared, next]);
});

test("a flood on stderr neither blocks the agent nor hides the answer", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const result = await cli.here(["send", "x", cli.say({ stderrBytes: 5_000_000, text: "done" }, "hi")]);
  assert.deepEqual([result.code, result.stdout], [0, "done\n"]);
});

test("a grandchild that holds the output open does not hold the command", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const pidFile = join(cli.sandbox.folder, "grandchild");
  const result = await cli.here([
    "send",
    "x",
    cli.say({ grandchild: { setsid: true, holdStdout: true, pidTo: pidFile }, text: "done" }, "hi"),
  ]);
  assert.equal(result.stdout, "done\n");
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
});

test("a lost transcript is put back; with our copy gone too, nothing is sent", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"]) {
    await cli.here(["create", agent, "-a", agent, cli.say({}, "one")]);
    const transcript = String((await cli.here(["show", agent, "--json"])).json.transcript);
    rmSync(transcript);
    const restored = await cli.here(["send", agent, "--json", cli.say({}, "two")]);
    assert.deepEqual([restored.code, restored.json.continuity], [0, "restored"], restored.stdout);
    assert.match(restored.stderr, /has put it back/);
    assert.match(String(restored.json.text), /prompts: 2/);

    const starts = cli.records().length;
    rmSync(transcript);
    removeCopies(cli.sandbox);
    const lost = await cli.here(["send", agent, "--json", cli.say({}, "three")]);
    assert.equal(lost.code, 4);
    assert.equal(lost.json.error?.code, "conversation_lost");
    assert.equal(cli.records().length, starts, "the agent was not started");
  }
});

test("a transcript that became shorter is refused until told otherwise; a longer one is reported", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", cli.say({}, "one")]);
  const transcript = String((await cli.here(["show", "x", "--json"])).json.transcript);
  const whole = readFileSync(transcript, "utf8");
  writeFileSync(transcript, `${whole}{"type":"note"}\n`);
  const longer = (await cli.here(["send", "x", "--json", cli.say({}, "two")])).json;
  assert.equal(longer.foreign_bytes, 16);
  appendFileSync(transcript, '{"type":"note"}\n');
  rmSync(transcript);
  const restored = (await cli.here(["send", "x", "--json", cli.say({}, "two and a half")])).json;
  assert.deepEqual([restored.continuity, restored.foreign_bytes], ["restored", 16]);
  writeFileSync(transcript, whole);
  const refused = await cli.here(["send", "x", "--json", "three"]);
  assert.equal(refused.json.error?.code, "conversation_changed");
  assert.equal((await cli.here(["send", "x", "--trust-transcript", "three"])).code, 0);
});

test("state is private", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x", "secret words"]);
  const state = cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
  const loose = readdirSync(state, { recursive: true, encoding: "utf8" }).filter((path) => {
    const { mode } = statSync(join(state, path));
    return (mode & 0o077) !== 0 && !path.includes("/transcript/");
  });
  assert.deepEqual(loose, []);
});

test("50 processes creating 50 names keep 50, and the mapping file has them all", async (t) => {
  const cli = openFakeCli(t);
  const { FAST_AGENT } = await import("../support/fake-agent/script.ts");
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const results = await Promise.all(
    names.map((name) => cli.here(["create", name, "--agent-cmd", FAST_AGENT], { plain: true })),
  );
  assert.deepEqual(
    results.map(({ code }) => code),
    names.map(() => 0),
    results.map(({ stderr }) => stderr).join(""),
  );
  const listed = (await cli.here(["list", "--json"])).json.names as { name: string }[];
  assert.deepEqual(listed.map(({ name }) => name).sort(), [...names].sort());
});

test("one name created by ten processes at once is created once", async (t) => {
  const cli = openFakeCli(t);
  const attempts = await Promise.all(
    Array.from({ length: 10 }, () => cli.here(["create", "x", "--json", cli.say({}, "hi")])),
  );
  const codes = attempts.map(({ code }) => code).sort();
  assert.equal(codes.filter((code) => code === 0).length, 1, String(codes));
  assert.ok(
    codes.every((code) => code === 0 || code === 5 || code === 2),
    String(codes),
  );
  assert.equal(cli.records().length, 1);
});
