#!/usr/bin/env node
// Builds the command line and runs the tests: `quick` (what `npm test` does), `slow`, `long` or `all` of them, or the
// files and folders given. `store`, or `store` and files: those of test/cli and test/library over a store on PostgreSQL. What begins with -- goes to Node: npm test -- test/cli/list.test.ts --test-name-pattern=age
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BUNDLES, bundleSources } from "./bundle-sources.mjs";
import { runTestFiles } from "./run-test-files.mjs";
import { SETS } from "./slow-tests.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
process.chdir(root);
delete process.env.NODE_EXTRA_CA_CERTS; // makes every start of Node 20 some 50 ms slower

/** Far more than any file takes; one that waits for a worker that is gone waits for ever. */
const STORE_LIMIT_SECONDS = 300;
const given = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const nodeArgs = process.argv.slice(2).filter((word) => word.startsWith("--"));
const [set, ...rest] = given;
const isOverStore = set === "store";
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

const sources = [...files, ...under("test/support/workers", "-worker.ts")];
const bundles = await bundleSources(sources, isOverStore ? `${BUNDLES}-store` : BUNDLES, { isOverStore });
const store = isOverStore ? await startStore() : undefined;
// Whoever still follows a turn waits for a worker, which is gone with its sandbox.
const overStore = isOverStore ? ["--test-force-exit"] : [];
const { exitCode, seconds } = await runTestFiles(
  files.map((title, at) => ({ title, path: bundles[at] })),
  { nodeArgs: [...overStore, ...nodeArgs], limitSeconds: isOverStore ? STORE_LIMIT_SECONDS : undefined },
);
await store?.stop();
if (!isOverStore) writeFileSync(timesFile, JSON.stringify({ ...times, ...seconds }));
const left = await keepersLeft();
if (left.length > 0)
  console.error(`Keepers are left that the tests have started: process ${left.join(", ")}.`);
process.exit(left.length > 0 ? 1 : exitCode);

/** Starts the PostgreSQL of this run, and tells the tests where it is. Without one, there is nothing to run. */
async function startStore() {
  const [program] = await bundleSources(["test/support/store-run/server.ts"]);
  const server = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(server.stdout), "line");
  const { missing } = JSON.parse(line);
  if (missing !== undefined) {
    console.log(`Skipped: ${missing}`);
    process.exit(0);
  }
  process.env.AGENT_SESSIONS_TEST_STORE = line;
  return {
    stop: async () => {
      const ended = once(server, "exit");
      server.stdin.end();
      await ended;
    },
  };
}

/** Returns the keepers of this build that still run; one that has just nothing to do any more may take a moment to end. */
async function keepersLeft() {
  const cli = join(root, "dist", "cli.cjs");
  const isKeeper = (pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
      return words.includes(cli) && words.includes("keep-turns");
    } catch {
      return false;
    }
  };
  for (let look = 0; existsSync("/proc/self/cmdline"); look += 1) {
    const found = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry) && isKeeper(entry));
    if (found.length === 0 || look === 50) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return [];
}
