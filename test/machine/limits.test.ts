import assert from "node:assert/strict";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { cannotMount, NAMESPACE } from "../support/namespace.ts";
import { run } from "../support/run.ts";

test("too few files may be open: an error that says so, or success; never a lost name", async (t) => {
  const cli = openFakeCli(t);
  assert.equal((await cli.run(["create", "x", "hi"])).code, 0);
  let failures = 0;
  for (const limit of [17, 20, 22, 28]) {
    const argv = ["sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh", process.execPath, CLI];
    const place = { cwd: cli.sandbox.workspace, env: cli.sandbox.env };
    const sent = await run([...argv, "send", "x", "--json", "--agent-cmd", FAKE_AGENT, "hi"], place);
    // Node itself needs some, and gives up before anything of ours runs.
    if (sent.code === 0 || !sent.stdout.startsWith("{")) continue;
    failures += 1;
    const { error } = JSON.parse(sent.stdout);
    assert.doesNotMatch(sent.stdout + sent.stderr, /corrupt|bug in agent-sessions|\n\s+at /, `${limit}`);
    assert.ok([3, 8].includes(sent.code ?? 0), sent.stdout);
    if (sent.code === 8) {
      assert.match(error.message, /: EMFILE\.?/);
      assert.match(error.hint, /ulimit -n/);
    }
  }
  t.diagnostic(`${failures} of 4 limits were too low for a turn`);
  const listed = await cli.run(["list", "--json"]);
  assert.equal(listed.json.count, 1);
  assert.equal((await cli.run(["send", "x", "hi"])).code, 0);
});

test("long names and folders: names are checked, folders are as long as the system lets them be", async (t) => {
  const cli = openFakeCli(t);
  for (const verb of ["create", "send", "show"]) {
    const long = await cli.run([verb, "n".repeat(300), "--json", ...(verb === "send" ? ["hi"] : [])]);
    assert.ok([2, 4].includes(long.code ?? 0), `${verb}: ${long.stdout}`);
  }
  let folder = cli.sandbox.folder;
  while (Buffer.byteLength(folder) < 3500) folder = join(folder, "d".repeat(250));
  mkdirSync(folder, { recursive: true });
  // Claude names a folder after the workspace, and has its own ways with long ones; the fake has none.
  const made = await cli.run(["create", "x", "-a", "codex", "--json", "-w", folder, "hi"]);
  assert.equal(made.code, 0, made.stdout + made.stderr);
  assert.match(made.stderr, /mapping file .*ENAMETOOLONG.*No name is lost/);
  assert.equal((await cli.run(["send", "x", "--json", "-w", folder, "hi"])).code, 0);
  assert.equal((await cli.run(["list", "--json", "-w", folder])).json.count, 1);
  const tooLong = await cli.run(["create", "x", "--json", "-w", join(folder, "d".repeat(300)), "hi"]);
  assert.deepEqual([tooLong.code, tooLong.json.error?.code], [2, "folder_missing"]);
});

test("a state home whose path is too long", async (t) => {
  const cli = openFakeCli(t);
  const env = { AGENT_SESSIONS_HOME: `/tmp/${"x".repeat(300)}` };
  const refused = await cli.run(["create", "x", "--json", "hi"], { env });
  assert.deepEqual([refused.code, refused.json.error?.code], [8, "state_unwritable"]);
  assert.match(refused.json.error?.message ?? "", /ENAMETOOLONG/);
});

test("without /proc each command says what is missing", { skip: cannotMount }, async (t) => {
  const cli = openFakeCli(t);
  const without = [...NAMESPACE, "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
  for (const args of [["list"], ["create", "x", "hi"], ["continue", "hi"]]) {
    const { code, stdout } = await run([...without, process.execPath, CLI, ...args, "--json"], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
    });
    const { error } = JSON.parse(stdout);
    assert.deepEqual([code, error.code], [8, "state_unreadable"], stdout);
    assert.match(error.message, /^Could not read \/proc\/\S+: ENOENT\./);
    assert.match(error.hint, /Mount \/proc/);
  }
});

for (const [what, home] of [
  ["no $HOME", undefined],
  ["a $HOME that is a file", "/dev/null"],
] as const) {
  test(`${what}: names are kept somewhere, or an error says why not`, async (t) => {
    const cli = openFakeCli(t);
    const env = {
      HOME: home,
      AGENT_SESSIONS_HOME: undefined,
      XDG_STATE_HOME: join(cli.sandbox.folder, "xdg"),
    };
    const claude = { CLAUDE_CONFIG_DIR: join(cli.sandbox.home, ".claude") };
    const made = await cli.run(["create", "x", "--json", "hi"], { env: { ...env, ...claude } });
    assert.equal(made.code, 0, made.stdout + made.stderr);
    assert.deepEqual(readdirSync(join(cli.sandbox.folder, "xdg")), ["agent-sessions"]);
    assert.equal((await cli.run(["send", "x", "hi"], { env: { ...env, ...claude } })).code, 0);
    assert.equal((await cli.run(["doctor"], { env })).code === null, false);
    if (home === undefined) return;
    const bare = await cli.run(["list"], { env: { HOME: home, AGENT_SESSIONS_HOME: undefined } });
    assert.equal(bare.code, 0, bare.stderr);
    assert.match(
      bare.stderr,
      /Names are kept in .*agent-sessions-state-\d+ instead, which a restart may empty/,
    );
  });
}

test("mapping files with a byte order mark, cut off, or of another shape cost no name and are told of", async (t) => {
  const cli = openFakeCli(t);
  assert.equal((await cli.run(["create", "x", "hi"])).code, 0);
  const root = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  const [folder = ""] = readdirSync(root);
  const file = join(root, folder, "claude-code-alias-mapping.json");
  for (const content of ["\ufeff{}", '{"aliases":{"x":', "[]", "null", '"x"', '{"aliases":[]}', "{}"]) {
    writeFileSync(file, content);
    const listed = await cli.run(["list", "--json"]);
    const names = listed.json.names as { name: string }[];
    assert.deepEqual(
      names.map(({ name }) => name),
      ["x"],
      content,
    );
  }
});
