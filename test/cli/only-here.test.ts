// What is a matter of one machine is refused over a store that machines share: at once, with words, and nothing is half done.
import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openSessions } from "../../src/index.ts";
import { type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";

const isOverStore = ({ sandbox }: FakeCli) => sandbox.env.AGENT_SESSIONS_STORE !== undefined;

/** The files below a folder with their sizes, but for those that a worker writes meanwhile and what Node keeps of our code. */
const filesIn = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !/^(?:\.cache|agent-sessions-state\/worker)(?:\/|$)/.test(path))
    .map((path) => ({ path, found: lstatSync(join(folder, path)) }))
    .map(({ path, found }) => (found.isFile() ? `${path} ${found.size}` : path))
    .toSorted();

/** The commands, in a place where there is the conversation x. */
const ONLY_HERE = [
  ["open", "x"],
  ["export", "x", "OUT"],
  ["export", "x", "OUT", "--with-settings", "--replace"],
  ["import", "OUT"],
  ["import", "OUT", "--dry-run"],
  ["keepers"],
  ["keepers", "--run", "x"],
  ["keepers", "--stop", "--all"],
  ["doctor", "--break-lock", "x"],
  ["doctor", "--break-lock"],
  ["adopt", "x", "--from", "/gone"],
  ["adopt", "--all", "--from", "/gone"],
  ["once", "--resumable", "hi"],
  ["once", "--resume", "ID", "hi"],
  ["send", "x", "--on-end", "/bin/true", "hi"],
  ["send", "x", "--detach", "--on-end", "/bin/true", "hi"],
  ["create", "made", "--on-end", "/bin/true", "hi"],
  ["fork", "x", "forked", "--on-end", "/bin/true", "hi"],
  ["once", "--keep", "kept", "--on-end", "/bin/true", "hi"],
];

test("what is a matter of one machine is refused over a store, and nothing of it is done", async (t) => {
  const cli = openFakeCli(t);
  const { sandbox } = cli;
  const out = join(sandbox.folder, "x.gz");
  const begun = await cli.run(["create", "x", cli.say({}, "one"), "--json"]);
  const words = (given: string[]) =>
    given.map((word) => (word === "OUT" ? out : word === "ID" ? String(begun.json.session_id) : word));
  const isOnlyHere = ({ stdout, stderr }: CliResult) => /is a matter of one machine/.test(stdout + stderr);
  if (!isOverStore(cli)) {
    for (const given of ONLY_HERE) assert.ok(!isOnlyHere(await cli.run(words(given))), given.join(" "));
    assert.equal(existsSync(out), true);
    return;
  }
  await cli.run(["list"]);
  const before = filesIn(sandbox.home);
  for (const given of ONLY_HERE) {
    const refused = await cli.run([...words(given), "--json"]);
    assert.deepEqual([refused.code, refused.json.error?.code], [2, "unsupported"], given.join(" "));
    assert.ok(isOnlyHere(refused), refused.stdout);
    assert.match(refused.json.error?.hint ?? "", /unset AGENT_SESSIONS_STORE/);
  }
  assert.deepEqual([filesIn(sandbox.home), existsSync(out)], [before, false]);
  assert.equal(cli.records().length, 1, "no agent was asked");
  const { names, creating } = (await cli.run(["list", "--json"])).json as { names: object[]; creating: [] };
  assert.deepEqual([names.length, creating], [1, []]);
  const sent = await cli.run(["send", "x", cli.say({}, "two"), "--json"]);
  assert.match(String(sent.json.text), /two \[prompts: 2\]/, "and it goes on");
});

test("the library refuses the same, by the same error", async (t) => {
  const cli = openFakeCli(t);
  const { workspace, env, folder } = cli.sandbox;
  const sessions = await openSessions({ workspace, env, config: false });
  t.after(() => sessions.close());
  const x = await sessions.create("x", { prompt: "one", agentCommand: FAKE_AGENT });
  const out = join(folder, "x.gz");
  const id = (await x.show()).sessionId;
  const asked = {
    export: () => x.export(out),
    import: () => sessions.import(out, { dryRun: true }),
    rebind: () => sessions.rebind("/gone"),
    resume: async () => sessions.resume(id, "two", { agentCommand: FAKE_AGENT }),
    onEnd: async () => x.send("two", { onEnd: ["/bin/true"], agentCommand: FAKE_AGENT }),
  };
  for (const [what, ask] of Object.entries(asked)) {
    const error = await ask().then(
      () => undefined,
      (thrown: { code: string; message: string }) => thrown,
    );
    const isRefused = /is a matter of one machine/.test(error?.message ?? "");
    assert.deepEqual(
      [isRefused, isRefused && error?.code],
      isOverStore(cli) ? [true, "unsupported"] : [false, false],
      what,
    );
  }
  assert.equal(existsSync(out), !isOverStore(cli));
});

test("a folder that was moved has its names where its remote tells what it is; its worker says what it lacks", async (t) => {
  const cli = openFakeCli(t);
  const { workspace, folder } = cli.sandbox;
  await cli.run(["create", "x", cli.say({}, "one")]);
  const cwd = join(folder, "now");
  renameSync(workspace, cwd);
  const sent = await cli.run(["send", "x", "two", "--json"], { cwd });
  if (!isOverStore(cli)) {
    assert.deepEqual([sent.code, sent.json.error?.code], [4, "no_such_name"]);
    return;
  }
  assert.deepEqual([sent.code, sent.json.error?.code], [2, "folder_missing"], sent.stdout);
  const { message, hint } = sent.json.error ?? {};
  assert.match(
    message ?? "",
    new RegExp(`^The worker \\S+ no longer has the folder ${workspace}\\. Nothing was sent to "x"\\.$`),
  );
  assert.match(hint ?? "", /^Start a worker where the workspace is now/);
  assert.equal((await cli.run(["show", "x", "--json"], { cwd })).json.turns, 1);
  assert.equal(cli.records().length, 1);
});
