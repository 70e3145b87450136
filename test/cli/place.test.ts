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
