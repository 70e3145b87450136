#!/usr/bin/env node
// Builds the command line and runs the tests: all of them, or the files and folders given.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { runTestFiles } from "./run-test-files.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
delete process.env.NODE_EXTRA_CA_CERTS; // makes every start of Node 20 some 50 ms slower

const given = process.argv.slice(2);
const files = (given.length > 0 ? given : ["test"]).flatMap((path) => {
  if (!statSync(resolve(path)).isDirectory()) return [path];
  return readdirSync(resolve(path), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => join(path, file));
});

const built = spawnSync(process.execPath, ["scripts/build.mjs", "--quick"], { stdio: "inherit" }).status ?? 1;
process.exit(built || (await runTestFiles(files.sort())));
