import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openScript } from "../support/cli/script-cli.ts";
import type { FakeScript } from "../support/fake-agent/script.ts";

test("claude: the command lines that the agent sees, long prompts (21), --verbose (22) and the role (23) included", async (t) => {
  const script = openScript(t, "claude");
  const say = (text: string, more: FakeScript = {}) => script.say(more, text);
  writeFileSync(join(script.sandbox.workspace, "role.MD"), " a role\n");
  const [one, two, three, long] = [say("one"), say("two"), say("three"), say("x".repeat(130_000))];
  const id = (
    await script.run([
      "create-session",
      "--session-name",
      "x",
      "--init-prompt",
      one,
      "--role-definition-md",
      "role.MD",
      "--model",
      "m1",
      "--effort",
      "high",
    ])
  ).stdout.trim();
  await script.run(["resume-json", "--session-name", "x", "--prompt", two]);
  await script.run([
    "resume-stream",
    "--session-id",
    id,
    "--prompt",
    three,
    "--model",
    "m2",
    "--include-partials",
  ]);
  await script.run(["resume-json", "--session-name", "x", "--prompt", long]);
  const role = ["--append-system-prompt", " a role\n"];
  assert.deepEqual(
    script.records().map(({ argv }) => argv),
    [
      ["-p", one, "--output-format", "json", ...role, "--model", "m1", "--effort", "high"],
      ["-p", two, "--resume", id, "--output-format", "json", ...role, "--model", "m1", "--effort", "high"],
      [
        "-p",
        three,
        "--output-format",
        "stream-json",
        "--resume",
        id,
        ...role,
        "--model",
        "m2",
        "--effort",
        "high",
        "--verbose",
        "--include-partial-messages",
      ],
      ["-p", "--resume", id, "--output-format", "json", ...role, "--model", "m2", "--effort", "high"],
    ],
  );
  const [first, , , last] = script.records();
  assert.deepEqual([first?.stdinBytes, last?.stdinBytes], [0, Buffer.byteLength(long)]);
});

test("codex: the command lines that the agent sees", async (t) => {
  const script = openScript(t, "codex");
  const say = (text: string) => script.say({}, text);
  writeFileSync(join(script.sandbox.workspace, "role.md"), "\n a role\n\n");
  const flags = [
    "--config",
    "a=1",
    "--config",
    "b=2",
    "--enable",
    "f1",
    "--disable",
    "f2",
    "--image",
    "i.png",
  ];
  const switches = ["--full-auto", "--dangerously-bypass-approvals-and-sandbox", "--skip-git-repo-check"];
  const [one, two, three, four] = [say("one"), say("two"), say("three"), say("four")];
  const created = await script.run([
    "create-session",
    "--session-name",
    "x",
    "--init-prompt",
    one,
    ...switches,
    ...flags,
    "--model",
    "g5",
  ]);
  const id = created.stdout.trim();
  await script.run(["resume-json", "--session-name", "x", "--prompt", two, ...flags]);
  await script.run([
    "resume-stream",
    "--thread-id",
    id,
    "--prompt",
    three,
    "--model",
    "g6",
    "--skip-git-repo-check",
  ]);
  await script.run([
    "resume-json",
    "--session-name",
    "x",
    "--prompt",
    four,
    "--role-definition-md",
    "role.md",
  ]);
  const records = script.records();
  const file = (index: number) => records[index]?.argv[records[index].argv.indexOf("-o") + 1] ?? "";
  const roled = `Follow this role definition for this request and the surrounding session context unless the user overrides it.\n\na role\n\nUser request:\n${four}`;
  assert.deepEqual(
    records.map(({ argv }) => argv),
    [
      ["exec", ...flags, "--model", "g5", ...switches, "--json", "-o", file(0), one],
      ["exec", "resume", "--model", "g5", ...flags, id, "--json", "-o", file(1), two],
      ["exec", "resume", "--model", "g6", "--skip-git-repo-check", id, "--json", three],
      ["exec", "resume", "--model", "g6", id, "--json", "-o", file(3), roled],
    ],
  );
  assert.match(file(0), /\/codex-persist-create-\w+\.txt$/);
  assert.match(file(1), /\/codex-persist-resume-\w+\.txt$/);
});

test("default first prompts", async (t) => {
  for (const [tool, prompt] of [
    ["claude", "Initialize a new session named 'x'. Reply only: OK"],
    ["codex", "Initialize a new persistent Codex session named 'x'. Reply exactly: OK"],
  ] as const) {
    const script = openScript(t, tool);
    const record = join(script.sandbox.folder, "records.jsonl");
    await script.run(["create-session", "--session-name", "x", "--init-prompt", ""], {
      env: { FAKE_AGENT: JSON.stringify({ recordArgvTo: record }) },
    });
    assert.ok(script.records()[0]?.argv.includes(prompt));
  }
});

test("wrappers: flag before variable, words without a shell, env file for the child alone", async (t) => {
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  for (const tool of ["claude", "codex"] as const) {
    const script = openScript(t, tool);
    const flag = `--${tool}-cmd`;
    const variable = `${tool.toUpperCase()}_CMD`;
    const create = (name: string, more: string[], env = {}) =>
      script.run(["create-session", "--session-name", name, "--init-prompt", script.say({}, "hi"), ...more], {
        env,
      });
    const wrapped = await create("a", [flag, `${FAKE_AGENT} --profile "a b" $HOME *`], {
      [variable]: "no-such",
    });
    assert.equal(wrapped.code, 0, wrapped.stderr);
    assert.deepEqual(script.records().at(-1)?.argv.slice(0, 4), ["--profile", "a b", "$HOME", "*"]);
    assert.equal((await create("b", [flag, "  "])).code, 0, "a blank flag falls back to the variable");
    const missing = await create("c", [flag, "no-such-wrapper x"]);
    assert.equal(missing.code, 1);
    assert.match(
      missing.stderr,
      new RegExp(
        `^RuntimeError: ${tool === "claude" ? "Claude" : "Codex"} command not found: no-such-wrapper\\. Provide ${flag}`,
      ),
    );
    const open = await create("d", [flag, "a 'b"]);
    assert.equal(open.stderr, "ValueError: No closing quotation\n");

    const bin = join(script.sandbox.folder, "bin");
    (await import("node:fs")).mkdirSync(bin);
    (await import("node:fs")).symlinkSync(FAKE_AGENT, join(bin, "my-agent"));
    const envFile = join(script.sandbox.folder, "env");
    writeFileSync(
      envFile,
      `# comment\n\nPATH='${bin}:/usr/bin:/bin:${script.sandbox.env.PATH}'\n${variable}=ignored\nnonsense\nAGENT_SESSIONS_PROBE="'x'"\n`,
    );
    const found = await create("e", [flag, "my-agent", "--env-file", envFile]);
    assert.equal(found.code, 0, found.stderr);
    assert.equal(script.records().at(-1)?.env.AGENT_SESSIONS_PROBE, "'x'");
    const noFile = await create("f", ["--env-file", "/no/such"]);
    assert.deepEqual([noFile.code, noFile.stderr], [1, "FileNotFoundError: Env file not found: /no/such\n"]);
  }
});

test("codex: shell functions and aliases, and the prompt is never code", async (t) => {
  const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
  const script = openScript(t, "codex");
  const hostile = "$(touch pwned) `touch pwned` '; touch pwned; ' \"; touch pwned";
  const shell = ["--codex-shell", "posix", "--codex-shell-cmd", "bash -c"];
  const run = (name: string, wrapper: string, init: string) =>
    script.run([
      "create-session",
      "--session-name",
      name,
      "--init-prompt",
      script.say({}, hostile),
      ...shell,
      "--codex-cmd",
      wrapper,
      "--codex-shell-init",
      init,
    ]);
  const byFunction = await run("f", "my_codex", `my_codex() { ${FAKE_AGENT} --profile f "$@"; }`);
  assert.equal(byFunction.code, 0, byFunction.stderr);
  const byAlias = await run("a", "cx", `shopt -s expand_aliases\nalias cx='${FAKE_AGENT} --profile a'`);
  assert.equal(byAlias.code, 0, byAlias.stderr);
  const [first, second] = script.records();
  assert.deepEqual([first?.argv[1], second?.argv[1]], ["f", "a"]);
  assert.ok(first?.argv.at(-1)?.endsWith(hostile));
  const pwned = join(script.sandbox.workspace, "pwned");
  assert.ok(!(await import("node:fs")).existsSync(pwned));
  const bad = await script.run(["create-session", "--session-name", "x"], { env: { CODEX_SHELL: " zsh " } });
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /^ValueError: CODEX_SHELL must be one of/);
});

test("codex: PowerShell gets every argument as a literal", async (t) => {
  const script = openScript(t, "codex");
  const pwsh = join(script.sandbox.folder, "pwsh");
  const seen = join(script.sandbox.folder, "seen");
  writeFileSync(pwsh, `#!/bin/sh\nprintf '%s\\0' "$@" > ${seen}\nexit 3\n`, { mode: 0o755 });
  await script.run([
    "create-session",
    "--session-name",
    "x",
    "--init-prompt",
    "it's $(x); \u2019 ok",
    "--codex-shell",
    "powershell",
    "--codex-shell-cmd",
    `${pwsh} -NoLogo -Command`,
    "--codex-cmd",
    "cx",
    "--codex-shell-init",
    ". profile",
  ]);
  const words = (await import("node:fs")).readFileSync(seen, "utf8").split("\0").slice(0, -1);
  assert.deepEqual(words.slice(0, 5), [
    "-NoLogo",
    "-Command",
    "& { . profile; cx @args }",
    "'exec'",
    "'--json'",
  ]);
  assert.equal(words.at(-1), "'it''s $(x); \u2019\u2019 ok'");
});
