import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { StateHome } from "../../src/stores/file/home.ts";
import { CLI, type CliResult, openFakeCli } from "../support/cli/fake-cli.ts";
import type { Sandbox } from "../support/sandbox.ts";

const [US, THEM] = [65534, 65533];

const skip = whySkip();

function whySkip(): string | false {
  if (process.getuid?.() !== 0) return "only root can be two other users";
  const { status } = spawnSync(process.execPath, [CLI, "--version"], { uid: US, gid: US, cwd: "/" });
  return status !== 0 && "another user can't get at this checkout";
}

interface OtherUser {
  sandbox: Sandbox;
  home: StateHome;
  /** A temporary folder for everybody, as /tmp is. */
  shared: string;
  run(args: readonly string[], env?: Record<string, string | undefined>): Promise<CliResult>;
  /** The state home in the shared folder, as the fallback has it; ours or theirs. */
  env: Record<string, string | undefined>;
}

/** The command line as a user who is not root, with somebody else on the machine. */
function openAsUser(t: TestContext): OtherUser {
  const cli = openFakeCli(t);
  const { sandbox } = cli;
  giveAway(sandbox.folder, US);
  chmodSync(sandbox.folder, 0o755);
  const shared = join(sandbox.folder, "shared");
  mkdirSync(shared);
  chmodSync(shared, 0o1777);
  chownSync(shared, 0, 0);
  const env = { TMPDIR: shared };
  return {
    sandbox,
    home: new StateHome(sandbox.env.AGENT_SESSIONS_HOME ?? ""),
    shared,
    env,
    run: (args, extra = {}) => cli.run(args, { user: US, env: { ...env, ...extra } }),
  };
}

function giveAway(path: string, user: number): void {
  lchownSync(path, user, user);
  if (lstatSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name), user);
}

function allBelow(folder: string): string[] {
  return [
    folder,
    ...readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  ];
}

test("our files are 0600 in 0700 folders whatever the umask", { skip }, async (t) => {
  for (const umask of ["000", "777"]) {
    const our = openAsUser(t);
    const script = `umask ${umask}; exec "$@"`;
    const { FAKE_AGENT } = await import("../support/fake-agent/script.ts");
    const argv = (verb: string, ...rest: string[]) => [
      "sh",
      "-c",
      script,
      "sh",
      process.execPath,
      CLI,
      verb,
      ...(verb === "wait" ? [] : ["--agent-cmd", FAKE_AGENT]),
      ...rest,
    ];
    const { run } = await import("../support/run.ts");
    const place = { cwd: our.sandbox.workspace, env: our.sandbox.with(our.env), user: US };
    const role = join(our.sandbox.workspace, "role.md");
    writeFileSync(role, "Be brief.", { mode: 0o644 });
    // Under the strictest umask the fake could not read what it writes itself.
    const agent = umask === "777" ? "codex" : "claude";
    for (const args of [
      ["create", "x", "-a", agent, "--role", role, "hi"],
      ["send", "x", "--detach", "hi"],
      ["wait", "x"],
    ]) {
      const { code, stderr } = await run(argv(args[0] ?? "", ...args.slice(1)), place);
      if (umask !== "777") assert.equal(code, 0, `${umask} ${args[0]}: ${stderr}`);
      assert.doesNotMatch(stderr, /bug in agent-sessions|corrupt|state/, `${umask} ${args[0]}: ${stderr}`);
    }
    // Without a conversation there is no name, and no mapping file.
    const roots = [our.home.path, ...(umask === "777" ? [] : [join(our.shared, "agent-sessions")])];
    const ours = roots.flatMap(allBelow);
    assert.ok(ours.length > 8, ours.join("\n"));
    for (const path of ours) {
      const found = lstatSync(path);
      // The agent's own file under a second name.
      if (dirname(path).endsWith("/transcript")) continue;
      assert.equal(
        (found.mode & 0o777).toString(8),
        found.isDirectory() ? "700" : "600",
        `${umask}: ${path}`,
      );
    }
  }
});

for (const [what, plant] of [
  ["a folder", (path: string) => mkdirSync(path)],
  ["a folder that all can write to", (path: string) => mkdirSync(path)],
  ["a link to a folder of ours", (path: string, ours: string) => symlinkSync(ours, path)],
  ["a file", (path: string) => writeFileSync(path, "")],
] as const) {
  test(`${what} of somebody else where our mapping files go is not used`, { skip }, async (t) => {
    const our = openAsUser(t);
    const precious = join(our.sandbox.folder, "precious");
    mkdirSync(precious, { mode: 0o700 });
    chownSync(precious, US, US);
    for (const name of ["agent-sessions", `agent-sessions-${US}`, `agent-sessions-state-${US}`]) {
      const path = join(our.shared, name);
      plant(path, precious);
      if (what.includes("can write")) chmodSync(path, 0o777);
      lchownSync(path, THEM, THEM);
    }
    const made = await our.run(["create", "x", "--json", "hi"]);
    assert.equal(made.code, 0, made.stdout + made.stderr);
    assert.match(made.stderr, /could not be written \(.*No name is lost/);
    assert.equal((await our.run(["list", "--json"])).json.count, 1);
    const checks = (await our.run(["doctor", "--json"])).json.checks as { check: string; status: string }[];
    assert.equal(checks.find(({ check }) => check === "shared_folder")?.status, "warning");

    const refused = await our.run(["list", "--json"], {
      AGENT_SESSIONS_HOME: undefined,
      XDG_STATE_HOME: "/dev/null",
    });
    assert.equal(refused.code, 8, refused.stdout);
    assert.match(refused.json.error?.code ?? "", /^state_un(readable|writable)$/);
    assert.deepEqual(readdirSync(precious), []);
    for (const name of readdirSync(our.shared)) {
      const path = join(our.shared, name);
      if (lstatSync(path).isDirectory()) assert.deepEqual(readdirSync(path), []);
    }
  });
}

test("a state home of somebody else, or one that others can write to, is refused; nothing of it is believed", {
  skip,
}, async (t) => {
  const our = openAsUser(t);
  assert.equal((await our.run(["create", "x", "hi"])).code, 0);
  const { path } = our.home;
  for (const [mode, owner, says] of [
    [0o777, US, /is writable by other users/],
    [0o775, US, /is writable by other users/],
    [0o777, THEM, /belongs to another user/],
    [0o700, 0, /belongs to another user|EACCES/],
  ] as const) {
    chownSync(path, owner, owner);
    chmodSync(path, mode);
    for (const args of [["list"], ["create", "y", "hi"]]) {
      const refused = await our.run([...args.slice(0, 1), "--json", ...args.slice(1)]);
      assert.equal(refused.code, 8, `${mode.toString(8)} ${args[0]}: ${refused.stdout}`);
      assert.match(refused.json.error?.message ?? "", says);
      assert.ok(refused.json.error?.hint);
    }
  }
  chownSync(path, US, US);
  chmodSync(path, 0o755);
  assert.equal(
    (await our.run(["send", "x", "hi"])).code,
    0,
    "others may look at the folder's names, no more",
  );
  renameSync(path, `${path}.real`);
  symlinkSync(`${path}.real`, path);
  lchownSync(path, THEM, THEM);
  assert.match(
    (await our.run(["list", "--json"])).json.error?.message ?? "",
    /a link that another user has made/,
  );
  lchownSync(path, US, US);
  assert.equal(
    (await our.run(["list", "--json"])).json.count,
    1,
    "a link of our own is as good as the folder",
  );
});

test("a turn that somebody plants removes no file and starts no program", { skip }, async (t) => {
  const our = openAsUser(t);
  const victim = join(our.sandbox.folder, "victim");
  writeFileSync(victim, "precious");
  chownSync(victim, US, US);
  const turn = join(our.home.path, "turns", "20200101-000000-00000000");
  mkdirSync(turn, { recursive: true });
  const process = { pid: 1, start: "0", boot: "b", host: "h", namespace: "n" };
  const plan = {
    v: 1,
    turnId: "20200101-000000-00000000",
    kind: "send",
    scope: { workspace: our.sandbox.workspace, agent: "claude" },
    name: "x",
    cwd: "/",
    sessionId: "0",
    continuity: "native",
    command: { file: "/bin/true", args: [] },
    temporaryFiles: [victim],
    startedAt: "2020-01-01T00:00:00.000Z",
    caller: process,
  };
  writeFileSync(join(turn, "turn.json"), JSON.stringify(plan));
  giveAway(our.home.path, THEM);
  chmodSync(our.home.path, 0o777);
  for (const args of [["list"], ["doctor", "--break-lock", "x"], ["doctor", "--fix"], ["gc"]])
    assert.equal((await our.run([...args, "--json"])).code, 8, args.join(" "));
  assert.equal(readFileSync(victim, "utf8"), "precious");
});

test("a mapping file of somebody else, or one that they can write to, names nothing", { skip }, async (t) => {
  for (const [owner, mode] of [
    [THEM, 0o644],
    [US, 0o666],
  ] as const) {
    const our = openAsUser(t);
    assert.equal((await our.run(["create", "x", "hi"])).code, 0);
    const root = join(our.shared, "agent-sessions");
    const file = join(root, readdirSync(root)[0] ?? "", "claude-code-alias-mapping.json");
    const planted = JSON.stringify({
      aliases: { evil: { session_id: "1" } },
      workspace_dir: our.sandbox.workspace,
    });
    writeFileSync(file, planted);
    chownSync(file, owner, owner);
    chmodSync(file, mode);
    const names = (await our.run(["list", "--json"])).json.names as { name: string }[];
    assert.deepEqual(
      names.map(({ name }) => name),
      ["x"],
    );
    assert.equal((await our.run(["remove", "x"])).code, 0);
    assert.equal(readFileSync(file, "utf8"), planted, "left as it was, and not believed");
  }
});

test("planted links, soft and hard, are not written through", { skip }, async (t) => {
  const our = openAsUser(t);
  const victim = join(our.sandbox.folder, "victim");
  writeFileSync(victim, "precious");
  chownSync(victim, US, US);
  const id = String((await our.run(["create", "x", "--json", "hi"])).json.session_id);
  const names = our.home.namesFolder({ workspace: our.sandbox.workspace, agent: "claude" });
  const session = our.home.sessionFolder({ agent: "claude", sessionId: id });
  const root = join(our.shared, "agent-sessions");
  const seen = readdirSync(names).find((name) => name.startsWith("seen-")) ?? "";
  assert.equal((await our.run(["send", "x", "hi"])).code, 0);
  for (const file of [
    join(names, "log.jsonl"),
    join(names, "used.jsonl"),
    join(names, seen),
    join(session, "journal.jsonl"),
    join(session, "record.json"),
    our.home.gcStampPath,
    join(root, readdirSync(root)[0] ?? "", "claude-code-alias-mapping.json"),
  ]) {
    for (const plant of [symlinkSync, linkSync]) {
      renameSync(file, `${file}.real`);
      plant(victim, file);
      // A new model is remembered, so that the mapping file is written too.
      for (const args of [
        ["send", "x", "-m", `${plant.name}-${basename(file)}`, "hi"],
        // A turn that leaves nothing to remember only writes down when it ended.
        ...(file.endsWith("used.jsonl") ? [["send", "x", "hi"]] : []),
        ["doctor", "--fix"],
      ])
        await our.run(args);
      assert.equal(readFileSync(victim, "utf8"), "precious", `${plant.name} ${file}`);
      rmSync(file);
      renameSync(`${file}.real`, file);
    }
  }
  assert.equal((await our.run(["send", "x", "hi"])).code, 0);
});

test("what may not be entered, read or written is said, with its path, and never called corrupt", {
  skip,
}, async (t) => {
  const our = openAsUser(t);
  const id = String((await our.run(["create", "x", "--json", "hi"])).json.session_id);
  const names = our.home.namesFolder({ workspace: our.sandbox.workspace, agent: "claude" });
  const session = our.home.sessionFolder({ agent: "claude", sessionId: id });
  for (const place of [
    names,
    join(names, "log.jsonl"),
    session,
    join(session, "journal.jsonl"),
    our.home.turnsFolder,
  ]) {
    const { mode } = lstatSync(place);
    chmodSync(place, 0);
    const refused = await our.run(["send", "x", "--json", "hi"]);
    assert.equal(refused.code, 8, refused.stdout + refused.stderr);
    assert.match(refused.json.error?.message ?? "", /EACCES/);
    assert.ok(refused.json.error?.message.includes(place), refused.stdout);
    assert.doesNotMatch(refused.stdout + refused.stderr, /corrupt/);
    assert.equal((await our.run(["doctor", "--json"])).code, 8);
    chmodSync(place, mode);
  }
  assert.equal((await our.run(["send", "x", "hi"])).code, 0);
});
