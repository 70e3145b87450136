import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import test from "node:test";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { run } from "../support/run.ts";

/** What every start loads of Node. `node:fs/promises` would cost it 0.7 ms, `node:crypto` and `node:tty` 3 ms each. */
const NEEDED = [
  "node:events",
  "node:fs",
  "node:module",
  "node:os",
  "node:path",
  "node:process",
  "node:timers/promises",
  "node:vm",
];

test("a start loads no file of a rare command, and of Node only what every command needs", async (t) => {
  const cli = openFakeCli(t);
  const hook = join(cli.sandbox.home, "hook.cjs");
  writeFileSync(
    hook,
    `const { Module } = require("node:module"); const load = Module._load; const loaded = new Set();
    Module._load = function (name, ...rest) { loaded.add(name); return load.call(this, name, ...rest); };
    process.on("exit", () => process.stderr.write("\\n" + JSON.stringify([...loaded])));`,
  );
  const loadedBy = async (...args: string[]): Promise<string[]> => {
    const { code, stderr } = await run([process.execPath, "--require", hook, CLI, ...args], {
      cwd: cli.sandbox.workspace,
      env: cli.sandbox.env,
    });
    assert.equal(code, 0, stderr);
    return JSON.parse(stderr.slice(stderr.lastIndexOf("\n")));
  };
  const ofNode = (loaded: string[]) =>
    loaded.filter((name) => name.startsWith("node:") && !NEEDED.includes(name));
  for (const args of [["--version"], ["list"], ["--help"]]) {
    const loaded = await loadedBy(...args);
    const files = loaded.filter((name) => name.endsWith(".cjs") && !/\/(?:cli|main)\.cjs$/.test(name));
    assert.deepEqual(files, [], args.join(" "));
    // The folder of a workspace's names is a hash.
    assert.deepEqual(ofNode(loaded), args[0] === "list" ? ["node:crypto"] : [], args.join(" "));
  }
  for (const args of [["keepers"], ["gate", "list"], ["config", "list"]])
    assert.deepEqual(ofNode(await loadedBy(...args)), [], args.join(" "));
  const rare = (await loadedBy("gc", "--dry-run")).filter((name) => name.startsWith("./"));
  assert.deepEqual(rare, ["./command-gc.cjs"]);
});

test("a rare command runs once, by whatever link the program is called", async (t) => {
  const { sandbox } = openFakeCli(t);
  const folder = join(sandbox.folder, "folder of links");
  symlinkSync(dirname(CLI), folder);
  symlinkSync(join(folder, basename(CLI)), join(sandbox.folder, "tbc"));
  for (const [path, options] of [
    [join(folder, "cli.cjs"), ""],
    [join(folder, "cli.cjs"), "--preserve-symlinks-main"],
    [join(folder, "cli.cjs"), "--preserve-symlinks --preserve-symlinks-main"],
    [join(sandbox.folder, "tbc"), ""],
  ] as const) {
    const { code, stdout, stderr } = await run([process.execPath, path, "config", "get", "model", "--json"], {
      cwd: sandbox.workspace,
      env: sandbox.with({ NODE_OPTIONS: options }),
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trimEnd().split("\n").length, 1, `${path} ${options}: ${stdout}`);
  }
});
