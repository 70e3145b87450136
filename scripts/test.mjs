#!/usr/bin/env node
// Builds the command line and runs the tests: `quick` (what `npm test` does), `slow`, `long` or `all` of them, or the
// files and folders given. What begins with -- goes to Node: npm test -- test/cli/list.test.ts --test-name-pattern=age
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { BUNDLES, bundleSources } from "./bundle-sources.mjs";
import { runTestFiles } from "./run-test-files.mjs";
import { SETS } from "./slow-tests.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
delete process.env.NODE_EXTRA_CA_CERTS; // makes every start of Node 20 some 50 ms slower

const given = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const nodeArgs = process.argv.slice(2).filter((word) => word.startsWith("--"));
const [set, ...rest] = given;
const isInSet = SETS[set] ?? SETS.all;
const paths = SETS[set] === undefined ? given : rest;
const under = (folder, ending) =>
  readdirSync(resolve(folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(ending) && !file.includes("node_modules"))
    .map((file) => join(folder, file));
const files = (paths.length > 0 ? paths : ["test"])
  .flatMap((path) => (statSync(resolve(path)).isDirectory() ? under(path, ".test.ts") : [path]))
  .filter((file) => paths.length > 0 || isInSet(file));

const built = spawnSync(process.execPath, ["scripts/build.mjs", "--quick"], { stdio: "inherit" }).status ?? 1;
if (built !== 0) process.exit(built);

// The longest first, so that none is left to run alone at the end; a file that never ran counts by its length.
const timesFile = join(BUNDLES, "seconds.json");
const times = existsSync(timesFile) ? JSON.parse(readFileSync(timesFile, "utf8")) : {};
const weight = (file) => times[file] ?? statSync(file).size / 1000;
files.sort((a, b) => weight(b) - weight(a));

const bundles = await bundleSources([...files, ...under("test/support/workers", "-worker.ts")]);
const { exitCode, seconds } = await runTestFiles(
  files.map((title, at) => ({ title, path: bundles[at] })),
  { nodeArgs },
);
writeFileSync(timesFile, JSON.stringify({ ...times, ...seconds }));
process.exit(exitCode);
