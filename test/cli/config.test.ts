import assert from "node:assert/strict";
import { existsSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI } from "../support/cli/fake-cli.ts";
import { openWithSettings, WRAPPERS } from "../support/cli/settings-files.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";

test("an option beats the environment, that the name, that the repository, and that the user", async (t) => {
  const { turn, shown, writeUser, writeRepository } = openWithSettings(t);
  writeUser(`model = "of-user"\neffort = "low"\naccess = "edit"\n${WRAPPERS}`);
  writeRepository('model = "of-repository"\naccess = "read-only"\n');
  const env = { AGENT_SESSIONS_MODEL: "of-environment" };
  const created = await turn(["create", "x", "-m", "of-option"], env);
  assert.deepEqual([created.model, created.effort, created.json.access], ["of-option", "low", "read-only"]);
  assert.equal((await turn(["send", "x"], env)).model, "of-environment");
  assert.equal((await turn(["send", "x"])).model, "of-option");
  assert.deepEqual(await shown("x"), { model: "of-option", effort: null, access: null, command: FAKE_AGENT });
  const forgot = await turn(["send", "x", "--model", "default"]);
  assert.deepEqual(
    [forgot.model, forgot.json.model, (await shown("x")).model],
    ["of-repository", "of-repository", null],
  );
});

test("config edit opens the file in the user's editor, and tells whether it can be used", async (t) => {
  if (process.platform !== "linux") return t.skip("script of Linux");
  const cli = openWithSettings(t);
  const { sandbox, user } = cli;
  rmSync(dirname(user), { recursive: true });
  const edit = async (line: string) => {
    const editor = join(sandbox.folder, "editor");
    writeFileSync(editor, `#!/bin/sh\n${line}\n`, { mode: 0o755 });
    const command = quoteWords([process.execPath, CLI, "config", "edit"]);
    return end(atTerminal(cli, command, { EDITOR: `${editor} --wait` }));
  };
  const left = await edit(":");
  assert.deepEqual([left.code, existsSync(user)], [0, false], "what nobody has written is not kept");
  const written = await edit(`test "$1" = --wait && echo 'model = "mine"' >> "$2"`);
  assert.deepEqual([written.code, /^model = "mine"$/m.test(readFileSync(user, "utf8"))], [0, true]);
  const broken = await edit(`echo 'modle' >> "$2"`);
  assert.deepEqual(
    [broken.code, /can't be used, line \d+, column/.test(broken.stdout)],
    [2, true],
    broken.stdout,
  );
  assert.equal((await edit("exit 1")).code, 2);
});

test("config tells, sets and removes settings, and says what is wrong with a file", async (t) => {
  const { config, user, repository, writeRepository, writeUser, sandbox } = openWithSettings(t);
  rmSync(dirname(user), { recursive: true });
  const before = await config(["config", "list", "--json"]);
  const rows = before.json.settings as { key: string; value: unknown; from: string | null }[];
  assert.deepEqual(
    rows.filter(({ value }) => value !== null),
    [
      {
        key: "agent",
        value: "claude",
        from: "default",
        path: null,
        what: "the agent of a new conversation",
      },
    ],
  );
  assert.equal((await config(["config", "path"])).stdout, `${user}\n`);
  assert.equal((await config(["config", "set", "agent", "codex"])).code, 0);
  assert.equal((await config(["config", "set", "notify", "true"])).code, 0);
  assert.equal((await config(["config", "set", "agent-args", "--", "--search", "two words"])).code, 0);
  assert.equal((await config(["config", "set", "claude.model", "opus"])).code, 0);
  assert.equal(
    readFileSync(user, "utf8"),
    'agent = "codex"\nnotify = true\nagent-args = [ "--search", "two words" ]\n\n[claude]\nmodel = "opus"\n',
  );
  assert.deepEqual([statSync(user).mode & 0o777, statSync(dirname(user)).mode & 0o777], [0o600, 0o700]);
  assert.equal((await config(["config", "get", "agent-args"])).stdout, "--search\ntwo words\n");
  assert.equal((await config(["config", "get", "model"])).stdout, "");
  const one = (await config(["config", "get", "claude.model", "--json"])).json;
  assert.deepEqual([one.value, one.from, one.path], ["opus", "user", user]);
  assert.equal((await config(["config", "unset", "notify"])).code, 0);
  assert.match((await config(["config", "unset", "notify"])).stderr, /notify is not set, as before/);

  const asked = await config(["config", "set", "--repository", "pager", "less -S"]);
  assert.match(asked.stderr, /It counts once you have run: agent-sessions config allow/);
  const listed = await config(["config", "list"], { PAGER: "more" });
  assert.match(listed.stdout, /^agent +codex +user +the agent of a new conversation$/m);
  assert.match(listed.stdout, /^pager +more +environment /m);
  assert.match(listed.stdout, /^claude\.model +opus +user /m);
  assert.match(listed.stderr, /also sets pager, which is not used/);

  // A link into a folder of dotfiles stays one.
  const dotfiles = join(sandbox.folder, "dotfiles.toml");
  renameSync(user, dotfiles);
  symlinkSync(dotfiles, user);
  assert.equal((await config(["config", "set", "agent", "claude"])).code, 0);
  assert.match(readFileSync(dotfiles, "utf8"), /^agent = "claude"/);

  writeRepository("model = 'x'\naccess = edit\n");
  const broken = await config(["once", "hi", "--json"]);
  assert.deepEqual([broken.code, broken.json.error?.code], [2, "usage"]);
  const { path, line, column } = broken.json.error as unknown as Record<string, unknown>;
  assert.deepEqual([path, line, column], [repository, 2, 10]);
  const forPeople = await config(["create", "x", "hi"]);
  assert.match(forPeople.stderr, /\.agent-sessions\.toml can't be used, line 2, column 10: invalid value/);
  assert.match(forPeople.stderr, /config edit --repository/);
  const still = await config(["config", "list", "--json"]);
  assert.deepEqual([still.code, (still.json.problems as string[]).length], [0, 1]);
  const doctor = (await config(["doctor", "--json"])).json.checks as { check: string; status: string }[];
  assert.deepEqual(
    doctor.flatMap(({ check, status }) => (check === "settings" ? status : [])),
    ["problem", "ok"],
  );
  for (const args of [["--version"], ["help", "list"], ["config", "path"]])
    assert.equal((await config(args)).code, 0, args.join(" "));

  writeRepository("access = 'write'\n");
  assert.match((await config(["list"])).stderr, /access is "write"; it takes read-only, edit or full/);
  assert.equal(
    (await config(["config", "set", "--repository", "access", "read-only"])).code,
    0,
    "it can be mended",
  );
  rmSync(repository);
  writeUser("modle = 'x'\n");
  assert.equal((await config(["list"])).stderr.includes("modle"), false);
  const told = await config(["once", "hi", "--agent-cmd", FAKE_AGENT]);
  assert.equal(told.code, 0);
  assert.match(told.stderr, /config\.toml has a setting that does not exist: "modle"\. Did you mean model\?/);
  assert.equal((await config(["once", "hi", "-q", "--agent-cmd", FAKE_AGENT])).stderr, "");
  const names = Array.from({ length: 500 }, (_, at) => `modl${at} = 1\n`);
  writeUser(`${"x".repeat(5000)} = 1\n${names.join("")}`);
  const { notes } = (await config(["config", "list", "--json"])).json;
  assert.equal((notes as string[]).length, 4);
  assert.match(String(notes), /has 498 more settings that do not exist/);
  assert.ok(String(notes).length < 1500, "no line of a stranger's text fills the screen");
  writeUser("effort = 'minimal'\n");
  const effort = await config(["once", "hi"]);
  assert.deepEqual(
    [effort.code, /effort is "minimal"; Claude Code takes low/.test(effort.stderr)],
    [2, true],
  );
  writeUser("");
  assert.match(
    (await config(["list"], { AGENT_SESSIONS_ACCESS: "write" })).stderr,
    /AGENT_SESSIONS_ACCESS is "write"; it takes/,
  );
});
