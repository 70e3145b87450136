import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { CLI } from "../support/cli/fake-cli.ts";
import { openScript, type Tool } from "../support/cli/script-cli.ts";
import { run, until } from "../support/run.ts";

test("a name whose budget is used up: exit 1, and why", async (t) => {
  const script = openScript(t, "claude");
  const as = (args: string[]) =>
    run([process.execPath, CLI, ...args], { cwd: script.sandbox.workspace, env: script.sandbox.env });
  await script.run(["create-session", "--session-name", "x", "--init-prompt", script.say({}, "one")]);
  assert.equal((await as(["budget", "x", "1tok"])).code, 0);
  for (const verb of ["resume-json", "resume-stream"]) {
    const refused = await script.run([verb, "--session-name", "x", "--prompt", script.say({}, "two")]);
    assert.deepEqual([refused.code, refused.stdout], [1, ""]);
    const [last] = refused.stderr.trimEnd().split("\n").slice(-1);
    assert.match(
      last ?? "",
      /^RuntimeError: "x" has used 121 tokens of its budget of 1tok\. Nothing was sent\./,
    );
  }
  assert.equal(script.records().length, 1);
  // A script that points the name elsewhere does not take its budget off.
  await script.run(["create-session", "--session-name", "x", "--fake-session-id", "fake"]);
  await script.run(["create-session", "--session-name", "x", "--init-prompt", script.say({}, "anew")]);
  assert.match((await as(["budget", "x"])).stdout, /of 1tok/);
});

const USAGE: [tool: Tool, args: string[], last: string][] = [
  ["claude", [], "invoke_persist.py: error: the following arguments are required: cmd"],
  ["claude", ["--x", "resolve"], "invoke_persist.py: error: unrecognized arguments: --x"],
  [
    "claude",
    ["nope"],
    "invoke_persist.py: error: argument cmd: invalid choice: 'nope' (choose from 'create-session', 'resolve', 'list-sessions', 'delete-session', 'delete-all-sessions', 'resume-json', 'resume-stream')",
  ],
  [
    "claude",
    ["resolve", "--bogus", "v", "w"],
    "invoke_persist.py: error: unrecognized arguments: --bogus v w",
  ],
  [
    "claude",
    ["resume-json", "--session-name", "x"],
    "invoke_persist.py resume-json: error: the following arguments are required: --prompt",
  ],
  [
    "claude",
    ["resume-json", "--prompt", "--foo"],
    "invoke_persist.py resume-json: error: argument --prompt: expected one argument",
  ],
  [
    "claude",
    ["resume-json", "--prompt", "-x"],
    "invoke_persist.py resume-json: error: argument --prompt: expected one argument",
  ],
  [
    "claude",
    ["resume-json", "--prompt", "--"],
    "invoke_persist.py resume-json: error: argument --prompt: expected one argument",
  ],
  [
    "claude",
    ["resume-json", "--prompt", "--", "x"],
    "invoke_persist.py resume-json: error: argument --prompt: expected one argument",
  ],
  ["claude", ["resolve", "--", "x"], "invoke_persist.py: error: unrecognized arguments: -- x"],
  [
    "claude",
    ["resolve", "--help=x"],
    "invoke_persist.py resolve: error: argument -h/--help: ignored explicit argument 'x'",
  ],
  [
    "claude",
    ["resolve", "--help", "--s"],
    "invoke_persist.py resolve: error: ambiguous option: --s could match --session-name, --session-alias, --session-id",
  ],
  [
    "claude",
    ["resume-json", "--prompt", "--prompt=b c"],
    "invoke_persist.py resume-json: error: argument --prompt: expected one argument",
  ],
  [
    "claude",
    ["resolve", "--print-session-id=1"],
    "invoke_persist.py resolve: error: argument --print-session-id: ignored explicit argument '1'",
  ],
  [
    "claude",
    ["create-session", "--m", "x"],
    "invoke_persist.py create-session: error: ambiguous option: --m could match --mapping-file, --model",
  ],
  [
    "claude",
    ["create-session", "--deadline-seconds", "abc"],
    "invoke_persist.py create-session: error: argument --deadline-seconds: invalid float value: 'abc'",
  ],
  [
    "codex",
    ["create-session", "--codex-shell", ""],
    "invoke_persist.py create-session: error: argument --codex-shell: invalid choice: '' (choose from 'posix', 'powershell')",
  ],
  [
    "codex",
    ["create-session", "--reasoning-effort", "high"],
    "invoke_persist.py: error: unrecognized arguments: --reasoning-effort high",
  ],
  [
    "codex",
    ["delete-session", "--model", "x"],
    "invoke_persist.py: error: unrecognized arguments: --model x",
  ],
  [
    "claude",
    ["list-sessions", "--session-name", "x"],
    "invoke_persist.py: error: unrecognized arguments: --session-name x",
  ],
];

const FAILURES: [tool: Tool, args: string[], last: string][] = [
  ["claude", ["create-session"], "ValueError: Missing session name: provide --session-name."],
  [
    "claude",
    ["create-session", "--session-name", " \u001c\u0085 "],
    "ValueError: Missing session name: provide --session-name.",
  ],
  ["claude", ["resolve"], "ValueError: Missing session selector: provide --session-id or --session-name."],
  [
    "codex",
    ["resolve"],
    "ValueError: Missing session selector: provide --thread-id/--session-id or --session-name.",
  ],
  [
    "claude",
    ["delete-session"],
    "ValueError: Missing delete selector: provide --session-name or --session-id.",
  ],
  [
    "claude",
    ["create-session", "--session-name", "x", "--model", " "],
    "ValueError: --model cannot be empty.",
  ],
  [
    "claude",
    ["create-session", "--session-name", "x", "--effort", ""],
    "ValueError: --reasoning-effort cannot be empty.",
  ],
  [
    "claude",
    ["create-session", "--session-name", "x", "--deadline-seconds", "0"],
    "ValueError: --deadline-seconds must be > 0 when provided.",
  ],
  [
    "claude",
    ["create-session", "--session-name", "x", "--deadline-seconds", "nan"],
    "ValueError: --deadline-seconds must be > 0 when provided.",
  ],
  [
    "claude",
    ["create-session", "--session-name", "x", "--role-definition-md", "no.md"],
    "FileNotFoundError: Role definition file not found: no.md",
  ],
  ["claude", ["list-sessions", "--mapping-file", ""], "IsADirectoryError: [Errno 21] Is a directory: '.'"],
  [
    "claude",
    ["resume-json", "--session-id=--evil", "--prompt", "x"],
    'ValueError: The id "--evil" starts with a dash and would read as an option.',
  ],
];

for (const tool of ["claude", "codex"] as const) {
  test(`${tool}: every refusal ends with the words of the original`, async (t) => {
    const script = openScript(t, tool);
    writeFileSync(join(script.sandbox.workspace, "role.txt"), "x");
    for (const [rows, code] of [
      [USAGE, 2],
      [FAILURES, 1],
    ] as const) {
      for (const [, args, last] of rows.filter(([owner]) => owner === tool)) {
        const result = await script.run(args);
        assert.equal(result.code, code, `${args.join(" ")}: ${result.stderr}`);
        assert.equal(result.stdout, "");
        assert.equal(result.stderr.trimEnd().split("\n").at(-1), last);
        assert.doesNotMatch(result.stderr, /\n\s+at |Traceback/);
      }
    }
    const unknown = await script.run(["resume-json", "--session-name", "nope", "--prompt", "x"]);
    assert.equal(
      unknown.stderr,
      `KeyError: "Session name 'nope' not found in mapping file: ${script.mappingFile}. Create it first with the creation stage."\n`,
    );
    const help = await script.run(["resume-json", "--help"]);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /process list/);
    assert.doesNotMatch(help.stdout, /--session-alias|--effort/);
    assert.deepEqual(script.records(), []);
    assert.ok(!existsSync(script.mappingFile));
  });

  test(`${tool}: values that look like options, where Python takes them`, async (t) => {
    const script = openScript(t, tool);
    await script.run(["create-session", "--session-name", "x"]);
    for (const value of ["-5", "-", "-x foo", "--foo bar", ""]) {
      const result = await script.run(["resume-json", "--session-name", "x", "--prompt", value]);
      assert.equal(result.code, 0, `${value}: ${result.stderr}`);
    }
    assert.equal((await script.run(["resume-json", "--session-name", "x", "--prompt=--dangerous"])).code, 0);
  });

  test(`${tool}: a failing agent gives its own reason (19), and its name stays`, async (t) => {
    const script = openScript(t, tool);
    await script.run(["create-session", "--session-name", "x", "--model", "good"]);
    const failed = await script.run([
      "resume-json",
      "--session-name",
      "x",
      "--model",
      "bad",
      "--prompt",
      script.say({ isError: true, text: "quota is used up", exitCode: 7 }, "hi"),
    ]);
    assert.equal(failed.code, 1);
    assert.match(failed.stderr, new RegExp(`^RuntimeError: ${tool} failed rc=7: .*quota is used up`));
    assert.equal(
      JSON.parse((await script.run(["resolve", "--session-name", "x"])).stdout).last_model,
      "good",
    );
    const dead = await script.run([
      "create-session",
      "--session-name",
      "y",
      "--init-prompt",
      script.say({ noStart: true, noAnswer: true, noTerminalEvent: true }, "hi"),
    ]);
    assert.match(
      dead.stderr,
      /^RuntimeError: Missing `(session|thread)_id` in `(claude --output-format json|codex exec --json)` output\.\n$/,
    );
  });

  test(`${tool}: a deadline ends everybody and is on time (17)`, async (t) => {
    const script = openScript(t, tool);
    await script.run(["create-session", "--session-name", "x"]);
    const daemon = join(script.sandbox.folder, "daemon");
    const grandchild = { setsid: true, holdStdout: true, ignoreSigterm: true, pidTo: daemon };
    const stubborn = { grandchild, sleepMs: 60_000, ignoreSigint: true, ignoreSigterm: true };
    const startedMs = performance.now();
    const result = await script.run([
      "resume-json",
      "--session-name",
      "x",
      "--deadline-seconds",
      "1",
      "--prompt",
      script.say(stubborn, "hi"),
    ]);
    assert.ok(performance.now() - startedMs < 6_000);
    assert.equal(result.code, 1);
    assert.match(
      result.stderr,
      tool === "claude"
        ? /^RuntimeError: Claude command exceeded deadline \(1\.0s\) and was terminated: /
        : /^RuntimeError: codex exceeded deadline \(1\.0s\) and was terminated\.\n$/,
    );
    assert.equal(identifyProcess(Number(readFileSync(daemon, "utf8"))), undefined);
    const leftovers = readdirSync(script.sandbox.env.TMPDIR ?? "").filter((name) =>
      name.startsWith("codex-persist"),
    );
    assert.deepEqual(leftovers, []);
  });
}

test("codex: a creation that fails leaves no mapping file where there was none, and every one that there was", async (t) => {
  const script = openScript(t, "codex");
  const silent = (name: string, text = "hi") => [
    "create-session",
    "--session-name",
    name,
    "--init-prompt",
    script.say({ noAnswer: true, noTerminalEvent: true, exitCode: 7 }, text),
  ];
  const failed = await script.run(silent("x"));
  assert.equal(failed.code, 1);
  assert.equal(existsSync(dirname(script.mappingFile)), false, "nor its folder");
  assert.equal((await script.run(silent("x"))).code, 1);
  assert.equal(existsSync(script.mappingFile), false, "and neither does the second");

  await script.run(["create-session", "--session-name", "kept"]);
  const withOne = readFileSync(script.mappingFile, "utf8");
  assert.equal((await script.run(silent("y"))).code, 1);
  assert.equal(readFileSync(script.mappingFile, "utf8"), withOne);
  await script.run(["delete-session", "--session-name", "kept"]);
  const empty = readFileSync(script.mappingFile, "utf8");
  assert.equal((await script.run(silent("z"))).code, 1);
  assert.equal(readFileSync(script.mappingFile, "utf8"), empty, "a file without names is a file");
});

test("a resume that runs while its name is deleted does not bring it back (2), nor an old id (3)", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x", "--model", "m"]);
  const [pidFile, gate] = [join(script.sandbox.folder, "pid"), join(script.sandbox.folder, "go")];
  const resume = () =>
    script.start([
      "resume-json",
      "--session-name",
      "x",
      "--prompt",
      script.say({ pidTo: pidFile, waitForFile: gate }, "hi"),
    ]);
  const first = resume();
  await until(() => existsSync(pidFile), { what: "the agent" });
  await script.run(["delete-session", "--session-name", "x"]);
  writeFileSync(gate, "");
  assert.equal((await first.result).code, 0);
  assert.equal(JSON.parse((await script.run(["list-sessions"])).stdout).alias_count, 0);
});

test("claude: the agent's JSON as it came, a flood on stderr (15), invalid UTF-8 (20), a closed pipe (18)", async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x"]);
  const result = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--prompt",
    script.say({ stderrBytes: 2_000_000, text: "answer" }, "hi"),
  ]);
  assert.equal(JSON.parse(result.stdout).result, "answer");
  const printed = await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--print-result",
    "--print-session-id",
    "--prompt",
    "hi",
  ]);
  assert.match(printed.stdout, /^You said: hi.*\n[0-9a-f-]{36}\n$/);
  const cut = await script.run([
    "resume-stream",
    "--session-name",
    "x",
    "--prompt",
    script.say({ cutMidCharacter: true }, "hi"),
  ]);
  assert.equal(cut.code, 0, cut.stderr);
  mkdirSync(join(script.sandbox.folder, "unused"));
});
