import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { type TestContext } from "node:test";
import { run } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

const RUNNER = join(import.meta.dirname, "../../scripts/run-test-files.mjs");
const ROOT = join(import.meta.dirname, "../..");

const FILES = {
  good: `import test from "node:test"; test("it holds", () => undefined);`,
  bad: `import test from "node:test"; test("it fails", () => { throw new Error("as it must"); });`,
  // As a worker that polls in a folder that is gone: it holds the file's process and its output for ever.
  hangs: `import test from "node:test"; import { spawn } from "node:child_process";
    test("it has a worker", () => { spawn("sleep", ["4321"], { stdio: ["ignore", "inherit", "inherit"] }); });`,
  spins: `import test from "node:test"; test("it never ends", () => { for (;;); });`,
  dies: `import test from "node:test"; test("it dies", () => process.kill(process.pid, "SIGKILL"));`,
  // The file ends; what it started holds its output, in a session of its own.
  leaves: `import test from "node:test"; import { spawn } from "node:child_process";
    test("it leaves a daemon", () => {
      spawn("sleep", ["30"], { detached: true, stdio: ["ignore", "inherit", "inherit"] }).unref();
    });`,
};

test("a test file that hangs is killed and named, and the run ends by itself", async (t) => {
  const { code, stdout, last } = await runFiles(t, ["hangs", "spins"], 4);
  assert.equal(code, 1, stdout);
  for (const hung of ["hangs", "spins"])
    assert.ok(last.includes(`${hung}.test.mjs hung and was killed`), stdout);
});

test("a failure is told once more at the end, and what a file leaves behind holds nobody up", async (t) => {
  const { code, stdout, last } = await runFiles(t, ["good", "bad", "leaves"], 600);
  assert.equal(code, 1, stdout);
  assert.match(last, /^tests 3 · pass 2 · fail 1 · .* · 3 files in .*\n✖ .*bad\.test\.mjs \(.*$/m);
  assert.match(stdout, /^▶ .*good\.test\.mjs \(/m);
  assert.match(stdout, /^▶ .*leaves\.test\.mjs \(/m);
  assert.match(stdout, /as it must/);
});

test("a test file that somebody kills says by which signal", async (t) => {
  const { code, last } = await runFiles(t, ["dies"], 600);
  assert.equal(code, 1);
  assert.match(last, /dies\.test\.mjs was ended by SIGKILL/);
});

async function runFiles(t: TestContext, names: readonly (keyof typeof FILES)[], limitSeconds: number) {
  const folder = tempFolder(t);
  const files = names.map((name) => join(folder, `${name}.test.mjs`));
  names.forEach((name, at) => void writeFileSync(files[at] ?? "", FILES[name]));
  const program = `
    import { runTestFiles } from ${JSON.stringify(RUNNER)};
    const files = ${JSON.stringify(files.map((path) => ({ title: basename(path), path })))};
    process.exit((await runTestFiles(files, { limitSeconds: ${limitSeconds} })).exitCode);`;
  const { code, stdout } = await run([process.execPath, "--input-type=module", "-e", program], {
    cwd: ROOT,
    env: { PATH: process.env.PATH ?? "" },
  });
  return { code, stdout, last: stdout.trimEnd().split("\n").slice(-4).join("\n") };
}
