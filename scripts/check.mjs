#!/usr/bin/env node
// Runs every check there is, those that fail fastest first, and says how long each took.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env; // makes every start of Node 20 some 50 ms slower
env.PATH = `${join(root, "node_modules/.bin")}:${env.PATH}`;

const checks = {
  format: ["biome", "check", "--error-on-warnings", "."],
  types: ["tsc", "--noEmit", "-p", "."],
  "types of the page": ["tsc", "--noEmit", "-p", "src/ui/page"],
  "types of its test": ["tsc", "--noEmit", "-p", "test/support/page"],
  "dead code": ["knip"],
  build: [process.execPath, "scripts/build.mjs"],
  "committed files as built": [
    ...["git", "diff", "--exit-code", "--stat", "--"],
    ...["skills", "plugins", "docs/api.md", "docs/recording.svg", "README.md"],
  ],
  examples: ["tsc", "-p", "examples"],
  package: ["publint", "--strict"],
  ...(process.argv.includes("--without-tests") ? {} : { tests: ["npm", "run", "test:all"] }),
};
for (const [name, [file, ...args]] of Object.entries(checks)) {
  const startedMs = performance.now();
  const { status } = spawnSync(file, args, { cwd: root, env, stdio: "inherit" });
  console.log(
    `${status === 0 ? "ok  " : "FAIL"} ${name} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) process.exit(1);
}
