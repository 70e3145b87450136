#!/usr/bin/env node
// Builds dist/: the command line as one file, the library, and its types.
import { spawnSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync } from "node:fs";
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
// CommonJS, because Node 20 needs some 10 ms more to load the same program as an ES module.
await build({
  ...shared,
  format: "cjs",
  minify: true,
  keepNames: false,
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/cli.cjs",
  banner: { js: "#!/usr/bin/env node" },
});
chmodSync(join(root, "dist/cli.cjs"), 0o755);

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
