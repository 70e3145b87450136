#!/usr/bin/env node
// Builds dist/: the command line as one file, the library, and its types.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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
/** The command lines: the name of the executable, its source, and the program it starts. */
const PROGRAMS = [
  ["cli.cjs", "src/cli/main.ts", "main.cjs"],
  ["claude-code-invoke-persist.cjs", "src/compat/claude.ts", "claude-persist.cjs"],
  ["codex-cli-invoke-persist.cjs", "src/compat/codex.ts", "codex-persist.cjs"],
];
for (const [executable, entry, program] of PROGRAMS) await buildProgram(executable, entry, program);

/** Makes a program as one CommonJS file: Node 20 needs some 10 ms more to load the same as an ES module. */
async function buildProgram(executable, entry, program) {
  const built = await build({
    ...shared,
    format: "cjs",
    minify: true,
    entryPoints: [entry],
    outfile: `dist/${program}`,
    write: false,
  });
  const [{ contents }] = built.outputFiles;
  const buildId = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  const launcher = await build({
    ...shared,
    bundle: false,
    format: "cjs",
    entryPoints: ["src/cli/launch.cjs"],
    outfile: `dist/${executable}`,
    define: { __BUILD__: JSON.stringify(buildId), __PROGRAM__: JSON.stringify(program) },
    minifySyntax: true,
    minifyWhitespace: true,
    write: false,
  });
  // Tests may run the program while it is built anew: each file is there whole or as it was.
  replaceFile(`dist/${program}`, contents);
  replaceFile(`dist/${executable}`, launcher.outputFiles[0].contents, 0o755);
}

/** Each skill carries the program in one file, so that it runs with nothing but Node where it was copied to. */
const SKILLS = [
  ["src/compat/claude.ts", "skills/claude-code-invoke-persist/scripts/invoke_persist.mjs"],
  ["src/compat/codex.ts", "skills/codex-cli-invoke-persist/scripts/invoke_persist.mjs"],
];
for (const [entry, outfile] of SKILLS) {
  const built = await build({
    ...shared,
    minify: true,
    entryPoints: [entry],
    outfile,
    banner: { js: "#!/usr/bin/env -S node --\n// Made from src/compat by `npm run build`; change it there." },
    write: false,
  });
  replaceFile(outfile, built.outputFiles[0].contents, 0o755);
}

function replaceFile(path, contents, mode = 0o644) {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.${process.pid}`, contents, { mode });
  renameSync(`${target}.${process.pid}`, target);
}

if (!isQuick) {
  await build({ ...shared, entryPoints: ["src/index.ts"], outfile: "dist/index.js", packages: "external" });
  const types = spawnSync(
    process.execPath,
    [join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
    {
      cwd: root,
      stdio: "inherit",
    },
  );
  if (types.status !== 0) process.exit(types.status ?? 1);
}
