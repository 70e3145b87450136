#!/usr/bin/env node
// Builds dist/: the command line and what its rare commands load, the library, its types; and what is made for others to read.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withAgentsTable } from "./agents-table.mjs";
import { describeApi } from "./api.mjs";
import { builtinsOnce } from "./builtins.mjs";
import { carryRareCommands, withRareCommands } from "./rare-commands.mjs";
import { drawRecording } from "./recording.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const isQuick = process.argv.includes("--quick");
const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  legalComments: "none",
  logLevel: "warning",
  define: { __VERSION__: JSON.stringify(version) },
};

if (!isQuick) rmSync(join(root, "dist"), { recursive: true, force: true });
/** The command lines of one file each: the name of the executable, its source, and the program it starts. */
const PROGRAMS = [
  ["claude-code-invoke-persist.cjs", "src/compat/claude.ts", "claude-persist.cjs"],
  ["codex-cli-invoke-persist.cjs", "src/compat/codex.ts", "codex-persist.cjs"],
];
/** What only some commands load, and no other start reads: the source, and the file that it becomes. */
const APART = [
  ["src/domain/schema/json-schema.ts", "json-schema.cjs"],
  ["src/cli/output/markdown.ts", "markdown.cjs"],
  ["src/cli/complete/complete.ts", "completion.cjs"],
  ["src/cli/pick/pick.ts", "picker.cjs"],
  ["src/domain/config/toml.ts", "toml.cjs"],
  ["src/cli/surface/topics.ts", "topics.cjs"],
  ["src/mcp/serve.ts", "mcp.cjs"],
  ["src/ui/serve.ts", "ui.cjs"],
  ["src/app/mcp/install.ts", "mcp-install.cjs"],
  ["src/system/lines/gzip.ts", "gzip.cjs"],
  ["src/cli/travel/pages.ts", "pages.cjs"],
  ["src/stores/postgres/index.ts", "postgres.cjs"],
  ["src/stores/postgres/jobs/pg-boss.ts", "pg-boss.cjs"],
  ["src/cli/fleet/run-worker.ts", "worker.cjs"],
];
const apartFrom = (sources) => ({
  name: "apart",
  setup(build) {
    build.onResolve({ filter: /\.ts$/ }, ({ kind, path, resolveDir }) => {
      if (kind !== "dynamic-import") return undefined;
      const [, file] = sources.find(([source]) => join(resolveDir, path) === join(root, source)) ?? [];
      return file && { path: `./${file}`, external: true };
    });
  },
});
const apart = apartFrom(APART);
/**
 * What the programs of the skills carry all the same. Agents use them: they lay nothing out, press no Tab, choose from no
 * list and start no server.
 */
const CARRIED = [
  "src/domain/schema/json-schema.ts",
  "src/domain/config/toml.ts",
  "src/cli/surface/topics.ts",
  // doctor: a server that a client was given may have moved.
  "src/app/mcp/install.ts",
  "src/system/lines/gzip.ts",
];
const carrying = [apartFrom(APART.filter(([source]) => !CARRIED.includes(source))), carryRareCommands(root)];
for (const [source, file] of APART) replaceFile(`dist/${file}`, await bundle(source, [apart]));
await buildPage();
/** What speaks with an agent in the agent's own protocol, in a process of its own. */
replaceFile("dist/codex-bridge.cjs", await bundle("src/bridges/codex.ts"));
replaceFile("dist/acp-run.cjs", await bundle("src/bridges/acp.ts"));
for (const [executable, entry, program] of PROGRAMS)
  await writeProgram(executable, program, await bundle(entry, [apart]));
await buildWhole();

/** Makes the program with all commands. */
async function buildWhole() {
  const program = "main.cjs";
  const made = await withRareCommands({
    root,
    entry: "src/cli/agent-sessions.ts",
    program,
    options: shared,
    plugins: [builtinsOnce(join(root, "src")), apart],
    bundle: (contents, plugins) => bundle({ contents, resolveDir: root }, plugins),
  });
  for (const [file, text] of made) if (file !== program) replaceFile(`dist/${file}`, text);
  await writeProgram("cli.cjs", program, made.get(program));
}

/** Writes a program as one CommonJS file: Node 20 needs some 10 ms more to load the same as an ES module. */
async function writeProgram(executable, program, source) {
  // Tests may run the program while it is built anew: each file is there whole or as it was.
  replaceFile(`dist/${program}`, source);
  replaceFile(
    `dist/${executable}`,
    await launcherOf(source, { __PROGRAM__: JSON.stringify(program) }),
    0o755,
  );
}

// What is committed changes with a whole build alone: tests leave the work tree as it is, and use copies of these.
const carriedIn = isQuick ? "dist/carried" : ".";
if (isQuick) {
  for (const folder of ["skills", "plugins", ".claude-plugin"])
    cpSync(join(root, folder), join(root, carriedIn, folder), { recursive: true });
}

/** Each skill carries its program in one file, validator and all, so that it runs with nothing but Node where it was copied to. */
const SKILLS = [
  ["src/compat/claude.ts", "invoke_persist.mjs", ["claude-code-invoke-persist"]],
  ["src/compat/codex.ts", "invoke_persist.mjs", ["codex-cli-invoke-persist"]],
  // The same file in each: whose skill it is stands beside it, in scripts/agent.
  [
    "src/cli/once-skill.ts",
    "invoke_once.mjs",
    ["claude-code-invoke-once", "codex-cli-invoke-once", "copilot-invoke-once"],
  ],
  ["src/cli/whole-skill.ts", "agent-sessions.mjs", ["agent-sessions"]],
];
for (const [entry, program, names] of SKILLS) {
  const source = await bundle(entry, carrying);
  const launcher = await launcherOf(source, {
    __PROGRAM__: JSON.stringify(program),
    __SOURCE__: JSON.stringify(source),
  });
  const [shebang, ...rest] = launcher.split("\n");
  const opening = [
    shebang,
    `// Made from ${dirname(entry)} by \`npm run build\`; change it there.`,
    'import { createRequire } from "node:module";',
    "const require = createRequire(import.meta.url), __dirname = import.meta.dirname, module = undefined;",
  ];
  for (const name of names)
    replaceFile(join(carriedIn, "skills", name, "scripts", program), [...opening, ...rest].join("\n"), 0o755);
}

/** What the hooks of the plugin run: it starts in the time of Node itself, without a launcher. */
const PLUGINS = [["src/plugin/main.ts", "plugins/session-persist/scripts/session-persist.cjs"]];
for (const [entry, outfile] of PLUGINS) {
  const opening = `// Made from ${dirname(entry)} by \`npm run build\`; change it there.\n`;
  replaceFile(join(carriedIn, outfile), opening + (await bundle(entry)));
}

/** Makes the page that `ui` serves: scripts and their styles. Browsers of the last years run it as it is. */
async function buildPage() {
  const { outputFiles, metafile } = await build({
    ...shared,
    metafile: true,
    platform: "browser",
    target: ["es2022"],
    minify: true,
    jsx: "automatic",
    jsxImportSource: "preact",
    entryPoints: { page: "src/ui/page/main.tsx" },
    outdir: "dist/page",
    format: "esm",
    // What the first screen does not need comes after it.
    splitting: true,
    chunkNames: "[name]-[hash]",
    write: false,
  });
  for (const { path, text } of outputFiles) replaceFile(relative(root, path), text);
  const atOnce = metafile.outputs["dist/page/page.js"].imports.filter(
    ({ kind }) => kind === "import-statement",
  );
  const links = atOnce.map(({ path }) => `<link rel="modulepreload" href="/${basename(path)}">\n`).join("");
  const html = readFileSync(join(root, "src/ui/page/index.html"), "utf8");
  replaceFile("dist/page/index.html", html.replace("<script ", `${links}<script `));
  const made = new Set(["index.html", ...outputFiles.map(({ path }) => basename(path))]);
  for (const file of readdirSync(join(root, "dist/page")))
    if (!made.has(file)) rmSync(join(root, "dist/page", file));
}

/** Makes one CommonJS text of a file and all that it imports, or of a text. */
async function bundle(entry, plugins = []) {
  const built = await build({
    ...shared,
    format: "cjs",
    minify: true,
    plugins: [builtinsOnce(join(root, "src")), ...plugins],
    // The launcher runs it as a script, which can't import.
    supported: { "dynamic-import": false },
    // pg asks for it if it is told to.
    external: ["pg-native"],
    logOverride: { "import-is-undefined": "error" },
    ...(typeof entry === "string" ? { entryPoints: [entry] } : { stdin: entry }),
    write: false,
  });
  const [{ text }] = built.outputFiles;
  // One letter beyond ASCII makes two bytes of each in V8, and the launcher reads them as they are.
  const foreign = /[^\0-\x7f].{0,40}/.exec(text);
  if (foreign !== null) throw new Error(`Write as an escape, for the start-up: ${foreign[0]}`);
  return text;
}

async function launcherOf(source, define) {
  const buildId = createHash("sha256").update(source).digest("hex").slice(0, 16);
  const built = await build({
    ...shared,
    bundle: false,
    format: "cjs",
    entryPoints: ["src/cli/launch.cjs"],
    define: { __BUILD__: JSON.stringify(buildId), __SOURCE__: "undefined", ...define },
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
  });
  return built.outputFiles[0].text;
}

function replaceFile(path, contents, mode = 0o644) {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, contents, { mode });
  renameSync(`${target}.${process.pid}`, target);
}

const library = await build({
  ...shared,
  entryPoints: ["src/index.ts"],
  packages: "external",
  plugins: [apart],
  write: false,
});
replaceFile("dist/index.js", library.outputFiles[0].text);

if (!isQuick) {
  const folder = join(root, "dist/types");
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const made = spawnSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (made.status !== 0) process.exit(made.status ?? 1);
  const { types, reference } = describeApi(join(root, "src/index.ts"), folder);
  replaceFile("dist/index.d.ts", types);
  replaceFile("docs/api.md", reference);
  replaceFile("README.md", withAgentsTable(root));
  replaceFile("docs/recording.svg", await drawRecording(root));
  rmSync(folder, { recursive: true });
}
