#!/usr/bin/env node
// npm run agents -- install: the agents that tests run and `npm ci` does not bring, and the Node that some of them want.
// npm run agents -- table [AGENT …]: asks each agent for what it promises, and writes what it keeps to docs/agents/README.md;
// with --test-name-pattern=…, some of it.
// npm run agents -- failures AGENT …: records in test/fixtures/failures what agents say when something fails.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const folder = join(import.meta.dirname, "../test/more-agents");
const modules = join(folder, "node_modules");
const commands = join(modules, ".commands");

/** Each command, and the program that it starts: native, or a script for a Node of its own. */
const PROGRAMS = {
  gemini: ["@google/gemini-cli/bundle/gemini.js"],
  qwen: ["@qwen-code/qwen-code/cli-entry.js"],
  kimi: ["@moonshot-ai/kimi-code/dist/main.mjs"],
  opencode: [`opencode-${process.platform}-${process.arch}/bin/opencode`],
};

const [verb, ...rest] = process.argv.slice(2);
if (verb === "install" && rest.length === 0) install();
else if (verb === "table") table(rest);
else if (verb === "failures" && rest.length > 0) failures(rest);
else {
  console.error(
    "usage: npm run agents -- install\n       npm run agents -- table [AGENT …]\n       npm run agents -- failures AGENT …",
  );
  process.exit(2);
}

function failures(agents) {
  const args = ["scripts/run-source.mjs", "test/support/failures/record.ts", ...agents];
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" }).status ?? 1;
}

function table(words) {
  const options = words.filter((word) => word.startsWith("--"));
  const agents = words.filter((word) => !options.includes(word));
  const tests = readdirSync(join(root, "test/real-agents"))
    .filter((file) => file.startsWith("promises-"))
    .filter((file) => agents.length === 0 || agents.some((agent) => file === `promises-${agent}.test.ts`))
    .map((file) => `test/real-agents/${file}`);
  const kept = mkdtempSync(join(tmpdir(), "promises-"));
  const env = { ...process.env, PROMISES_KEPT_IN: kept };
  const node = (...args) =>
    spawnSync(process.execPath, args, { cwd: root, env, stdio: "inherit" }).status ?? 1;
  const tested = node("scripts/test.mjs", "all", ...tests, ...options);
  const written = node("scripts/run-source.mjs", "test/support/promises/write-table.ts", kept);
  rmSync(kept, { recursive: true });
  process.exitCode = tested || written;
}

function install() {
  const wanted = readFileSync(join(folder, "package-lock.json"), "utf8");
  const mark = join(commands, "package-lock.json");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return;
  rmSync(commands, { recursive: true, force: true });
  // Not `npm ci`: some platforms' packages are named by their parents and do not exist. No script is run: they would
  // compile terminals that nobody here opens.
  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync("npm", args, { cwd: folder, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
  mkdirSync(commands, { recursive: true });
  for (const [name, [program]] of Object.entries(PROGRAMS)) writeCommand(name, join(modules, program));
  writeFileSync(mark, wanted);
}

function writeCommand(name, program) {
  if (!existsSync(program)) {
    console.error(
      `${name}: there is no program of it for ${process.platform}-${process.arch}; its tests are skipped.`,
    );
    return;
  }
  const node = join(modules, `node-${process.platform}-${process.arch}`, "bin/node");
  const runner = /js$/.test(program) ? (existsSync(node) ? [node] : ["node"]) : [];
  const words = [...runner, program].map((word) => `'${word}'`).join(" ");
  const file = join(commands, name);
  writeFileSync(file, `#!/bin/sh\nexec ${words} "$@"\n`);
  chmodSync(file, 0o755);
}
