import assert from "node:assert/strict";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";

/** A repository with a folder in it. */
function openRepository(t: TestContext): { cli: FakeCli; root: string; sub: string } {
  const cli = openFakeCli(t);
  const root = realpathSync(cli.sandbox.addWorkspace("repository"));
  const sub = join(root, "packages", "core");
  mkdirSync(sub, { recursive: true });
  cli.sandbox.serve(sub);
  return { cli, root, sub };
}

test("a name of the repository is found in its folders: the nearest wins, and people are told which", async (t) => {
  const { cli, root, sub } = openRepository(t);
  await cli.here(["create", "fixes"], { cwd: root });
  const prompt = cli.say({}, "hi");
  const sent = await cli.here(["send", "fixes", prompt, "--json"], { cwd: sub });
  assert.deepEqual([sent.code, sent.json.workspace], [0, root]);
  assert.equal(sent.stderr, `"fixes" belongs to ${root}: its agent runs there.\n`);
  assert.equal(cli.records().at(-1)?.cwd, root);

  assert.equal((await cli.here(["show", "fixes", "--json"], { cwd: sub })).json.workspace, root);
  const history = await cli.here(["history", "fixes", "--json"], { cwd: sub });
  assert.equal((history.json.turns as unknown[]).length, 2);
  assert.equal((await cli.here(["continue", "hi", "--json"], { cwd: sub })).json.name, "fixes");

  await cli.here(["create", "fixes", "--workspace", sub], { cwd: root });
  const near = await cli.here(["send", "fixes", "hi", "--json"], { cwd: sub });
  assert.deepEqual([near.json.workspace, near.stderr], [sub, ""]);
  const far = await cli.here(["send", "fixes", "hi", "--json", "--workspace", root], { cwd: sub });
  assert.deepEqual([far.json.workspace, far.stderr], [root, ""]);
});

test("what is created in a folder of a repository belongs to its root, unless the options or a nearer name say otherwise", async (t) => {
  const { cli, root, sub } = openRepository(t);
  const created = await cli.here(["create", "a", "--json"], { cwd: sub });
  assert.equal(created.json.workspace, root);
  const here = await cli.here(["create", "b", "--here", "--json"], { cwd: sub });
  assert.equal(here.json.workspace, sub);
  // If it began at the root, the next `send` from here would go to the other one.
  const again = await cli.here(["create", "b", "--json"], { cwd: sub });
  assert.deepEqual([again.code, again.json.error?.code], [2, "name_exists"]);
  const kept = await cli.here(["create", "b", "--if-missing", "--json"], { cwd: sub });
  assert.deepEqual([kept.code, kept.json.workspace], [0, sub]);
  const forked = await cli.here(["send", "c", "hi", "--fork-from", "a", "--json"], { cwd: sub });
  assert.deepEqual([forked.json.workspace, forked.json.continuity], [root, "forked"]);
});

test("list, status and cost have the names up to the root; --here and remove --all only those of the folder", async (t) => {
  const { cli, root, sub } = openRepository(t);
  await cli.here(["create", "above"], { cwd: root });
  await cli.here(["create", "here", "--here"], { cwd: sub });
  const names = async (...args: string[]) =>
    (await cli.here(["list", "-q", "--sort", "name", ...args], { cwd: sub })).stdout
      .split("\n")
      .filter(Boolean);
  assert.deepEqual(await names(), ["above", "here"]);
  assert.deepEqual(await names("--here"), ["here"]);
  assert.deepEqual(await names("--workspace", root), ["above"]);
  const cost = await cli.here(["cost", "--json"], { cwd: sub });
  assert.deepEqual(
    (cost.json.groups as { key: string; workspace: string }[])
      .map(({ key, workspace }) => [key, workspace])
      .sort(),
    [
      ["above", root],
      ["here", sub],
    ],
  );
  await cli.here(["remove", "--all"], { cwd: sub });
  assert.deepEqual(await names(), ["above"]);
  const back = await cli.here(["restore", "here", "--json"], { cwd: sub });
  assert.equal(back.json.workspace, sub);
  await cli.here(["remove", "above"], { cwd: sub });
  const restored = await cli.here(["restore", "above", "--json"], { cwd: sub });
  assert.equal(restored.json.workspace, root);
});

test("two agents share the names that a folder sees: none of them can hide the other's", async (t) => {
  const { cli, root, sub } = openRepository(t);
  await cli.here(["create", "x", "--agent", "codex", "--here"], { cwd: sub });
  const created = await cli.here(["create", "x", "--json"], { cwd: sub });
  assert.equal(created.json.workspace, sub);
  const sent = await cli.here(["send", "x", "go", "--json"], { cwd: sub });
  assert.equal(sent.json.error?.code, "ambiguous_name");
  await cli.here(["create", "y"], { cwd: root });
  for (const args of [
    ["rename", "y", "x"],
    ["fork", "y", "x", "hi"],
  ]) {
    const refused = await cli.here([...args, "--json"], { cwd: sub });
    assert.deepEqual([refused.code, refused.json.error?.code], [2, "name_exists"], args[0]);
    assert.match(refused.json.error?.hint ?? "", new RegExp(`--workspace ${root}`));
  }
});

test("restore brings back the name of the folder that had it, and undoes the moves of the name that is meant", async (t) => {
  const { cli, root, sub } = openRepository(t);
  await cli.here(["create", "x", "--here"], { cwd: sub });
  await cli.here(["remove", "x"], { cwd: sub });
  const first = await cli.here(["create", "x", "--workspace", root, "--json"], { cwd: sub });
  await cli.here(["create", "x", "--replace"], { cwd: sub });
  const undone = await cli.here(["restore", "x@1", "--json"], { cwd: sub });
  assert.deepEqual([undone.json.workspace, undone.json.session_id], [root, first.json.session_id]);
  const removed = await cli.here(["remove", "x", "--json"], { cwd: sub });
  assert.match(String(removed.json.restore_command), new RegExp(`--workspace ${root}$`));
  const listed = await cli.here(["restore", "--list", "--json"], { cwd: sub });
  const commands = (listed.json.names as { restore_command: string }[]).map((one) => one.restore_command);
  assert.equal(new Set(commands).size, 2);
});

test("a name that is forked where the folder once had one, and a turn whose name never came to be", async (t) => {
  const { cli, root, sub } = openRepository(t);
  await cli.here(["create", "y", "--here"], { cwd: sub });
  await cli.here(["remove", "y"], { cwd: sub });
  await cli.here(["create", "x"], { cwd: root });
  const forked = await cli.here(["send", "y", "hi", "--fork-from", "x", "--json"], { cwd: sub });
  assert.deepEqual([forked.code, forked.json.workspace], [0, root], forked.stderr);
  await cli.here(["create", "other", "--here"], { cwd: sub });
  const prompt = cli.say({ noStart: true, exitCode: 1, noAnswer: true, noTerminalEvent: true }, "no");
  const detached = await cli.run(["create", "z", "--detach", "--agent", "codex", prompt], { cwd: sub });
  const waited = await cli.here(["wait", "z", "--turn", detached.stdout.trim(), "--json"], { cwd: sub });
  assert.deepEqual([waited.json.turn_id, waited.json.outcome], [detached.stdout.trim(), "failed"]);
});

test("outside of a repository, and above its root, no name is looked for", async (t) => {
  const { cli, root, sub } = openRepository(t);
  const above = realpathSync(join(root, ".."));
  await cli.here(["create", "fixes"], { cwd: above });
  const unknown = await cli.here(["send", "fixes", "hi", "--json"], { cwd: sub });
  assert.deepEqual([unknown.code, unknown.json.error?.code], [4, "no_such_name"]);
  assert.match(unknown.json.error?.hint ?? "", /--workspace/);
  const plain = join(above, "plain");
  mkdirSync(join(plain, "inner"), { recursive: true });
  await cli.here(["create", "other"], { cwd: plain });
  assert.equal((await cli.here(["send", "other", "hi"], { cwd: join(plain, "inner") })).code, 4);
});

test("a name that no folder has is sought where it was, or where there are names like it", async (t) => {
  const { cli, root, sub } = openRepository(t);
  await cli.here(["create", "review-src"], { cwd: root });
  const similar = await cli.here(["send", "review-scr", "hi", "--json"], { cwd: sub });
  assert.match(similar.json.error?.hint ?? "", /Did you mean "review-src"/);
  await cli.here(["remove", "review-src"], { cwd: root });
  const removed = await cli.here(["send", "review-src", "hi", "--json"], { cwd: sub });
  assert.match(removed.json.error?.hint ?? "", /It was removed/);
  writeFileSync(join(sub, "role.md"), "Be kind.");
  const created = await cli.here(["create", "kind", "--role", "role.md", "--json"], { cwd: sub });
  assert.deepEqual([created.code, created.json.workspace], [0, root], created.stderr);
});
