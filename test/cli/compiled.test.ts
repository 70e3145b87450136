import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";

test("each command has its own compiled form, and one that did not do its work leaves none", async (t) => {
  const cli = openFakeCli(t);
  // Not the one that all tests share.
  const XDG_CACHE_HOME = join(cli.sandbox.home, "cache");
  const codeOf = async (args: string[]) => (await cli.run(args, { env: { XDG_CACHE_HOME } })).code;
  const compiled = () => {
    const files = readdirSync(join(XDG_CACHE_HOME, "agent-sessions"), {
      recursive: true,
      withFileTypes: true,
    });
    return files.filter((entry) => entry.isFile()).map(({ parentPath }) => parentPath.split("/").at(-1));
  };
  assert.equal(await codeOf(["send", "nobody", "hi"]), 4);
  assert.equal(await codeOf(["list", "--help"]), 0);
  // Node makes the folder before it has anything to keep.
  if (process.version.startsWith("v20.")) assert.equal(existsSync(XDG_CACHE_HOME), false);
  for (const args of [["--version"], ["create", "x"], ["send", "x", "hi"], ["send", "x", "hi"]])
    assert.equal(await codeOf(args), 0);
  if (!process.version.startsWith("v20.")) return;
  assert.deepEqual(compiled().sort(), ["agent-sessions", "create", "send"]);
  assert.equal(await codeOf(["snd", "x", "hi"]), 2);
  assert.equal(await codeOf(["list", "--nonsense"]), 2);
  assert.deepEqual(compiled().sort(), ["agent-sessions", "create", "send"]);
  assert.equal(await codeOf(["send", "x", "--detach", "hi"]), 0);
  assert.ok(compiled().includes("send-detached"));
  assert.equal(await codeOf(["wait", "x"]), 0);
});

test("nothing compiled is kept where others could write it", async (t) => {
  const cli = openFakeCli(t);
  const XDG_CACHE_HOME = join(cli.sandbox.home, "cache");
  const folder = join(XDG_CACHE_HOME, "agent-sessions");
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  assert.equal((await cli.run(["list"], { env: { XDG_CACHE_HOME } })).code, 0);
  assert.deepEqual(readdirSync(folder), []);
});

test("a home below a folder that takes no entries holds no command up", async (t) => {
  const cli = openFakeCli(t);
  const env = { HOME: "/proc/nobody", XDG_CACHE_HOME: undefined };
  const { code, stderr } = await cli.run(["list"], { env });
  assert.equal(code, 0, stderr);
});

test("a compiled form that was torn or changed is not run, and another takes its place", async (t) => {
  if (!process.version.startsWith("v20."))
    return t.skip("Node keeps the compiled form by itself from 22 on.");
  const cli = openFakeCli(t);
  const XDG_CACHE_HOME = join(cli.sandbox.home, "cache");
  const list = () => cli.run(["list"], { env: { XDG_CACHE_HOME } });
  const { code, stdout, stderr } = await list();
  assert.equal(code, 0, stderr);
  const folder = join(XDG_CACHE_HOME, "agent-sessions", "list");
  const [name = ""] = readdirSync(folder);
  const path = join(folder, name);
  const whole = readFileSync(path);
  const halfway = Math.floor(whole.length / 1024) * 512;
  /** As a disk loses them: whole sectors. */
  const without = (sector: number, bytes: number) => Buffer.from(whole).fill(0, sector, sector + bytes);
  for (const broken of [
    Buffer.alloc(0),
    whole.subarray(0, halfway),
    whole.subarray(0, 7),
    without(halfway, 4096),
    without(0, 512),
    without(halfway, 512),
    // A check that looks at some bytes only would miss the loss of a sector that is almost empty.
    ...[7, 5, 3, 2].map((part) => {
      const changed = Buffer.from(whole);
      const at = Math.floor(whole.length / part) - part;
      changed[at] = ~(changed[at] ?? 0);
      return changed;
    }),
    Buffer.concat([whole, Buffer.alloc(512)]),
  ]) {
    writeFileSync(path, broken);
    const again = await list();
    assert.deepEqual([again.code, again.stdout, again.stderr], [code, stdout, stderr]);
    assert.notDeepEqual(readFileSync(path), broken);
  }
});
