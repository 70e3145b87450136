#!/usr/bin/env node
// Builds the command line and runs the tests: all of them, or the files and folders given.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env; // makes every start of Node 20 some 50 ms slower
const run = (args) => spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" }).status ?? 1;

const given = process.argv.slice(2);
const files = (given.length > 0 ? given : ["test"]).flatMap((path) => {
  if (!statSync(join(root, path)).isDirectory()) return [path];
  return readdirSync(join(root, path), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(path, file));
});

const built = run(["scripts/build.mjs", "--quick"]);
// Most tests wait for agents most of the time: one file more than there are cores, where Node would leave a core free.
const flags = ["--test-reporter=spec", `--test-concurrency=${availableParallelism() + 1}`];
process.exit(built || run(["--import", "tsx", "--test", ...flags, ...files.sort()]));
