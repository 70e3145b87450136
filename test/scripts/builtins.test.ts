import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

const { builtinsOnce } = await import(pathToFileURL(join(REPOSITORY, "scripts/builtins.mjs")).href);

/** Bundles a program with a package beside it. */
async function bundle(t: TestContext, program: string, ofPackage = ""): Promise<string> {
  const root = tempFolder(t);
  mkdirSync(join(root, "src"));
  mkdirSync(join(root, "node_modules/starter"), { recursive: true });
  writeFileSync(join(root, "src/main.ts"), program);
  writeFileSync(join(root, "node_modules/starter/index.js"), ofPackage);
  const built = await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts"],
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
    plugins: [builtinsOnce(join(root, "src"))],
    write: false,
  });
  return built.outputFiles[0]?.text ?? "";
}

async function printedBy(t: TestContext, text: string): Promise<string> {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "main.cjs"), text);
  const { stdout, stderr } = await run([process.execPath, "main.cjs"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
  });
  return stdout + stderr;
}

const IS_LOADED = `const isLoaded = (name: string) => (process as any).moduleLoadList.includes("NativeModule " + name);`;

test("a module that takes long to load is loaded by the first call", async (t) => {
  const text = await bundle(
    t,
    `import { createHash } from "node:crypto";
import { isatty } from "node:tty";
${IS_LOADED}
const seen: unknown[] = [isLoaded("crypto"), isLoaded("tty")];
seen.push(createHash("sha256").update("x").digest("hex").slice(0, 8), isLoaded("crypto"), isLoaded("tty"));
seen.push(isatty(99), isLoaded("tty"));
console.log(seen.join(" "));`,
  );
  assert.equal(await printedBy(t, text), "false false 2d711642 true false false true\n");
});

test("a package that asks for such a module loads it when it reads a property", async (t) => {
  const text = await bundle(
    t,
    `import { start } from "starter";
${IS_LOADED}
const before = isLoaded("child_process");
console.log(before, start(), isLoaded("child_process"));`,
    `const processes = require("node:child_process"); const path = require("node:path");
exports.start = () => path.basename(processes.spawnSync(process.execPath, ["-p", "'/a/b'"]).stdout.toString().trim());`,
  );
  assert.equal(await printedBy(t, text), "false b true\n");
});

test("the build refuses to load by a call what can't be called", async (t) => {
  for (const name of ["constants", "KeyObject"])
    await assert.rejects(
      bundle(t, `import { ${name} } from "node:crypto";\nconsole.log(${name});`),
      new RegExp(`${name} of node:crypto can't be loaded by a call`),
    );
});
