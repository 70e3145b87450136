import assert from "node:assert/strict";
import { copyFileSync, cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { CLI, openFakeCli } from "../../support/cli/fake-cli.ts";
import { run } from "../../support/run.ts";

/** A program of its own, whose files may be broken, with the file of its `rename`. */
function openCopy(t: TestContext) {
  const { sandbox } = openFakeCli(t);
  const dist = join(sandbox.folder, "copy/dist");
  cpSync(dirname(CLI), dist, { recursive: true });
  const rename = (...more: string[]) =>
    run([process.execPath, join(dist, "cli.cjs"), "rename", "a", "b", ...more], {
      cwd: sandbox.workspace,
      env: sandbox.env,
    });
  return { dist, file: join(dist, "command-rename.cjs"), rename };
}

test("a command whose file is missing, torn or of another build does nothing, and says what to do", async (t) => {
  const { dist, file, rename } = openCopy(t);
  const text = readFileSync(file, "utf8");
  assert.equal((await rename()).code, 4, "whole, it looks for the name");
  const broken: Record<string, [() => void, RegExp]> = {
    missing: [() => rmSync(file), /Cannot find module '\.\/command-rename\.cjs'$/m],
    torn: [() => writeFileSync(file, text.slice(0, -40)), /rename can't be used: \S.*$/m],
    empty: [() => writeFileSync(file, ""), /rename can't be used: \S.*$/m],
    "another command's": [() => copyFileSync(join(dist, "command-role.cjs"), file), /no command in it/],
    "of another build": [
      () => writeFileSync(file, text.replace(/build !== "\w/, "$&0")),
      /: main\.cjs and command-rename\.cjs are of two builds\.$/m,
    ],
  };
  for (const [what, [spoil, why]] of Object.entries(broken)) {
    spoil();
    const { code, stderr } = await rename();
    assert.equal(code, 1, what);
    assert.match(stderr, /^error: The file of the command rename can't be used: /, what);
    assert.match(stderr, why, what);
    assert.match(stderr, /Run the command again\./, what);
    assert.equal(stderr.trimEnd().split("\n").length, 2, stderr);
  }
  const { error } = JSON.parse((await rename("--json")).stdout);
  assert.equal(error.code, "internal");
});
