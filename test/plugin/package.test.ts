import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { BUNDLE, openPlugin, PLUGIN } from "../support/cli/open-plugin.ts";
import { REPOSITORY } from "../support/environment.ts";

test("everything is one small program that needs nothing but Node", () => {
  const size = statSync(BUNDLE).size;
  assert.ok(size < 60_000, `${size} bytes`);
  const shipped = readdirSync(PLUGIN, { recursive: true, encoding: "utf8" });
  assert.deepEqual(
    shipped.filter((path) => /\.(sh|py)$/.test(path)),
    [],
  );
  assert.doesNotMatch(readFileSync(join(PLUGIN, "hooks/hooks.json"), "utf8"), /bash|python|jq/);
  const required = [...readFileSync(BUNDLE, "utf8").matchAll(/\brequire\("([^"]+)"\)/g)].map(
    ([, name]) => name,
  );
  assert.deepEqual(
    required.filter((name) => !name?.startsWith("node:")),
    [],
  );
});

test("a Node that can't run it, as one that is too old, fails nothing, and one line says so", async (t) => {
  const plugin = openPlugin(t);
  const bin = join(plugin.sandbox.folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "node"), "#!/bin/sh\necho SyntaxError >&2\nexit 2\n");
  chmodSync(join(bin, "node"), 0o755);
  for (const [event, message] of [
    ["SessionStart", /needs 20\.19 or newer/],
    ["UserPromptSubmit", /^$/],
  ] as const) {
    const answer = await plugin.hook(event, { source: "startup" }, { PATH: bin });
    assert.deepEqual([answer.code, answer.stderr], [0, ""], event);
    assert.match(answer.message, message);
  }
});

test("a plugin folder with blanks, quotes and dollars in its path works", async (t) => {
  const plugin = openPlugin(t);
  const odd = join(plugin.sandbox.folder, `we 'ird" $(touch pwned) \`x\``);
  symlinkSync(PLUGIN, odd);
  await plugin.hook("UserPromptSubmit", { prompt: "hello" }, { CLAUDE_PLUGIN_ROOT: odd });
  assert.equal(plugin.saved().last_task, "hello");
  assert.equal(existsSync(join(plugin.project, "pwned")), false);
});

test("each weakness of the original that is written down has its tests, and the other way round", () => {
  const read = (path: string) => readFileSync(join(REPOSITORY, path), "utf8");
  const tests = read("test/plugin/weaknesses.test.ts") + read("test/real-agents/plugin.test.ts");
  const titles = [...tests.matchAll(/\btest\(\s*["`]((?:\(\d+\) )+)/g)].map(([, numbers = ""]) => numbers);
  const tested = new Set(titles.flatMap((numbers) => numbers.match(/\d+/g) ?? []));
  const written = [...read("docs/session-persist.md").matchAll(/^\| (\d+) /gm)].map(
    ([, number = ""]) => number,
  );
  assert.deepEqual([...tested].sort(), written.sort());
});
