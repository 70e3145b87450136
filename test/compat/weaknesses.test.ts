import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { openScript, SCRIPTS, type ScriptCli } from "../support/cli/script-cli.ts";
import { run, until } from "../support/run.ts";

// The numbers are those of the weaknesses of the original scripts, in the contract of the drop-ins.

async function aliases(script: ScriptCli): Promise<Record<string, Record<string, string>>> {
  return JSON.parse((await script.run(["list-sessions"])).stdout).aliases;
}

const fake = (name: string, id: string) => [
  "create-session",
  "--session-name",
  name,
  "--fake-session-id",
  id,
];

test("(1) 50 creations at once keep 50 names", async (t) => {
  const script = openScript(t, "claude");
  const names = Array.from({ length: 50 }, (_, index) => `n${index}`);
  const results = await Promise.all(
    names.map((name) => script.run([...fake(name, `id-${name}`), "--print-mapping-json"])),
  );
  for (const { code, stdout } of results) {
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).mapping_file_written, true);
  }
  assert.deepEqual(Object.keys(await aliases(script)).sort(), names.sort());
  assert.equal(Object.keys(JSON.parse(readFileSync(script.mappingFile, "utf8")).aliases).length, 50);
});

test("(3) a resume that ends after its name was replaced leaves the new id and model", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x", "--model", "old"]);
  const [pidFile, gate] = [join(script.sandbox.folder, "pid"), join(script.sandbox.folder, "go")];
  const prompt = script.say({ pidTo: pidFile, waitForFile: gate }, "hi");
  const running = script.start(["resume-json", "--session-name", "x", "--prompt", prompt]);
  await until(() => existsSync(pidFile), { what: "the agent" });
  await script.run([...fake("x", "NEW"), "--model", "new"]);
  writeFileSync(gate, "");
  assert.equal((await running.result).code, 0);
  const { x } = await aliases(script);
  assert.deepEqual([x?.session_id, x?.last_model], ["NEW", "new"]);
});

test("(5) what can't be read is not corrupt", async (t) => {
  const script = openScript(t, "claude");
  await script.run(fake("x", "1"));
  rmSync(script.mappingFile);
  mkdirSync(script.mappingFile);
  const created = await script.run([...fake("y", "2"), "--print-mapping-json"]);
  assert.equal(created.code, 0);
  assert.equal(JSON.parse(created.stdout).mapping_file_written, false);
  assert.match(created.stderr, /^\[WARN\] /);
  assert.deepEqual(Object.keys(await aliases(script)), ["x", "y"]);
  assert.deepEqual(readdirSync(dirname(script.mappingFile)), ["claude-code-alias-mapping.json"]);
});

test("(6) unknown keys survive a write", async (t) => {
  const script = openScript(t, "claude");
  mkdirSync(dirname(script.mappingFile), { recursive: true });
  writeFileSync(
    script.mappingFile,
    '{"aliases":{"old":{"session_id":"1","colour":"red"}},"extra":[1],"workspace_dir":"/w"}',
  );
  await script.run(fake("new", "2"));
  const mapping = JSON.parse(readFileSync(script.mappingFile, "utf8"));
  assert.deepEqual(
    [mapping.aliases.old.colour, mapping.extra, mapping.workspace_dir],
    ["red", [1], script.sandbox.workspace],
  );
});

test("(7) a created id is not lost when the command dies", async (t) => {
  const script = openScript(t, "claude");
  const [pidFile, gate] = [join(script.sandbox.folder, "pid"), join(script.sandbox.folder, "go")];
  const prompt = script.say({ pidTo: pidFile, waitForFile: gate }, "hi");
  const creating = script.start(["create-session", "--session-name", "x", "--init-prompt", prompt]);
  await until(() => existsSync(pidFile), { what: "the agent" });
  creating.kill("SIGKILL");
  await creating.exited;
  writeFileSync(gate, "");
  const found = await until(async () => (await aliases(script)).x, { what: "the name", everyMs: 50 });
  assert.match(found.session_id ?? "", /^[0-9a-f-]{36}$/);
});

test("(8) an id that rotated with its history is followed", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x", "--init-prompt", "first words"]);
  const next = "0199aaaa-bbbb-4ccc-8ddd-eeeeffff0000";
  const resumed = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--prompt",
    script.say({ sessionId: next, carryOver: true }, "hi"),
  ]);
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.equal((await aliases(script)).x?.session_id, next);
  const lost = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--prompt",
    script.say({ sessionId: "0199aaaa-bbbb-4ccc-8ddd-eeeeffff9999" }, "hi"),
  ]);
  assert.equal(lost.code, 1);
  assert.equal((await aliases(script)).x?.session_id, next);
});

test("(9) names survive a cleaned temporary folder, and another one", async (t) => {
  const script = openScript(t, "claude");
  await script.run(fake("x", "1"));
  rmSync(dirname(dirname(script.mappingFile)), { recursive: true });
  assert.deepEqual(Object.keys(await aliases(script)), ["x"]);
  const other = join(script.sandbox.folder, "other-tmp");
  mkdirSync(other);
  const found = await script.run(["resolve", "--session-name", "x", "--print-session-id"], {
    env: { TMPDIR: other },
  });
  assert.equal(found.stdout, "1\n");
});

test("(10) another user's agent-sessions folder does not keep names from being kept", {
  skip: process.getuid?.() !== 0 && "only root can give a folder away",
}, async (t) => {
  const script = openScript(t, "claude");
  const root = dirname(dirname(script.mappingFile));
  mkdirSync(root, { recursive: true });
  chownSync(root, 65534, 65534);
  const created = await script.run([...fake("x", "1"), "--print-mapping-json"]);
  const { mapping_file: path, mapping_file_written: isWritten } = JSON.parse(created.stdout);
  assert.deepEqual([isWritten, path.startsWith(`${root}-0/`)], [true, true]);
  assert.deepEqual(readdirSync(root), []);
  assert.deepEqual(Object.keys(await aliases(script)), ["x"]);
});

test("(11) planted links are not written through", async (t) => {
  const script = openScript(t, "claude");
  const victim = join(script.sandbox.folder, "victim");
  writeFileSync(victim, "precious");
  mkdirSync(dirname(script.mappingFile), { recursive: true });
  chmodSync(dirname(script.mappingFile), 0o755);
  symlinkSync(victim, script.mappingFile);
  for (let pid = 1; pid < 5; pid += 1) symlinkSync(victim, `${script.mappingFile}.tmp.${pid}`);
  await script.run(fake("x", "1"));
  assert.equal(readFileSync(victim, "utf8"), "precious");
  assert.deepEqual(Object.keys(await aliases(script)), ["x"]);
});

test("(12) a prompt that reads like an option reaches the agent as a prompt", async (t) => {
  for (const tool of ["claude", "codex"] as const) {
    const script = openScript(t, tool);
    await script.run(["create-session", "--session-name", "x"]);
    const record = join(script.sandbox.folder, "records.jsonl");
    const env = { FAKE_AGENT: JSON.stringify({ recordArgvTo: record }) };
    const hostile = "--dangerously-skip-permissions";
    assert.equal(
      (await script.run(["resume-json", "--session-name", "x", `--prompt=${hostile}`], { env })).code,
      0,
    );
    const last = script.records().at(-1);
    assert.ok(!last?.argv.includes(hostile));
    assert.equal(last?.stdinBytes, hostile.length);
  }
});

test("(16) standard input is the caller's", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x"]);
  const loop = 'while read -r line; do "$@" "got $line"; done';
  const argv = [
    "sh",
    "-c",
    loop,
    "sh",
    SCRIPTS.claude,
    "resume-json",
    "--session-name",
    "x",
    "--print-result",
    "--prompt",
  ];
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  const env = script.sandbox.with({ CLAUDE_CMD: FAKE_AGENT });
  const result = await run(argv, { cwd: script.sandbox.workspace, env, input: "1\n2\n3\n" });
  assert.equal(result.stdout.match(/You said: got \d/g)?.length, 3, result.stderr);
});

test("(18) a closed pipe ends our command without a stack, and the turn goes on", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x"]);
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  const prompt = script.say({ stdoutLines: 500, stdoutLineBytes: 2000 }, "hi");
  const argv = [
    "bash",
    "-c",
    '"$@" | head -1',
    "bash",
    SCRIPTS.claude,
    "resume-stream",
    "--session-name",
    "x",
    "--prompt",
    prompt,
  ];
  const env = script.sandbox.with({ CLAUDE_CMD: FAKE_AGENT });
  const piped = await run(argv, { cwd: script.sandbox.workspace, env });
  assert.equal(piped.stderr, "");
  assert.equal(piped.stdout.trimEnd().split("\n").length, 1);
  const next = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--print-result",
    "--prompt",
    "again",
  ]);
  assert.match(next.stdout, /prompts: 3/);
});

test("(24) a conversation is resumed in the folder it belongs to", async (t) => {
  const script = openScript(t, "claude");
  const shared = ["--mapping-file", join(script.sandbox.folder, "m.json")];
  await script.run([
    "create-session",
    "--session-name",
    "x",
    "--init-prompt",
    script.say({}, "one"),
    ...shared,
  ]);
  const elsewhere = script.sandbox.addWorkspace("elsewhere");
  const resumed = await script.run(
    ["resume-json", "--session-name", "x", "--prompt", script.say({}, "two"), ...shared],
    { cwd: elsewhere },
  );
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(
    script.records().map(({ cwd }) => cwd),
    [script.sandbox.workspace, script.sandbox.workspace],
  );
});

test("(25) codex's final message comes from its events when the file is not written", async (t) => {
  const script = openScript(t, "codex");
  await script.run(["create-session", "--session-name", "x"]);
  const result = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--prompt",
    script.say({ noMessageFile: true, text: "told" }, "hi"),
  ]);
  assert.equal(JSON.parse(result.stdout).final_message, "told");
});

test("(27) an error with exit code 0 is printed as it came and teaches no model", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x", "--model", "good"]);
  const result = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--model",
    "bad",
    "--prompt",
    script.say({ isError: true, exitCode: 0, text: "oops" }, "hi"),
  ]);
  assert.equal(result.code, 0);
  assert.equal(JSON.parse(result.stdout).is_error, true);
  assert.equal((await aliases(script)).x?.last_model, "good");
});
