import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

const { withRareCommands } = await import(pathToFileURL(join(REPOSITORY, "scripts/rare-commands.mjs")).href);

const SOURCES = {
  "shared.ts":
    "export class Kept { constructor(public readonly text: string) {} }\nexport const loads = { count: 0 };\nloads.count += 1;",
  "cli/rare/seldom.ts":
    'import { Kept, loads } from "../../shared.ts";\nexport const seldom = (it: unknown) => [it instanceof Kept, loads.count].join(" ");',
  "cli/surface/rare.ts":
    'export const rare = { load: async () => (await import("../rare/seldom.ts")).seldom };',
  "main.ts":
    'import { rare } from "./cli/surface/rare.ts";\nimport { Kept } from "./shared.ts";\nconst seldom = rare.load();\nseldom.then((it) => console.log(it(new Kept("x"))));',
};

/** Splits a small program whose sources are those above, but for `changed`; returns the folder of its files. */
async function split(t: TestContext, changed: Record<string, string> = {}): Promise<string> {
  const root = tempFolder(t);
  for (const [path, text] of Object.entries({ ...SOURCES, ...changed })) {
    mkdirSync(dirname(join(root, "src", path)), { recursive: true });
    writeFileSync(join(root, "src", path), text);
  }
  const options = { absWorkingDir: root, bundle: true, platform: "node", logLevel: "silent" } as const;
  const made: Map<string, string> = await withRareCommands({
    root,
    entry: "src/main.ts",
    program: "main.cjs",
    options,
    plugins: [],
    async bundle(contents: string, plugins: []) {
      const stdin = { contents, resolveDir: root };
      const built = await build({ ...options, format: "cjs", minify: true, plugins, stdin, write: false });
      return built.outputFiles[0]?.text ?? "";
    },
  });
  for (const [file, text] of made) writeFileSync(join(root, file), text);
  return root;
}

const main = (root: string) =>
  run([process.execPath, join(root, "main.cjs")], { cwd: root, env: { PATH: process.env.PATH ?? "" } });

test("a rare command has the classes and the values of the program, though it is called while that is loaded", async (t) => {
  const { stdout, stderr } = await main(await split(t));
  assert.equal(stdout, "true 1\n", stderr);
});

test("with the program of another build, a rare command does nothing", async (t) => {
  const root = await split(t);
  const other = await split(t, { "shared.ts": `${SOURCES["shared.ts"]}\nconsole.log("other");` });
  const { stdout, stderr } = await run(["cp", join(other, "command-seldom.cjs"), root], {
    cwd: root,
    env: {},
  });
  assert.equal(stdout, "", stderr);
  const mixed = await main(root);
  assert.equal(mixed.stdout, "");
  assert.match(mixed.stderr, /Error: main\.cjs and command-seldom\.cjs are of two builds\./);
});

test("what the program would load from no file of its own stops the build", async (t) => {
  const late = {
    "main.ts": `${SOURCES["main.ts"]}\nimport("./late.ts");`,
    "late.ts": "export const late = 1;",
  };
  await assert.rejects(split(t, late), /Loaded with import\(\), but not a file of its own: src\/late\.ts/);
});
