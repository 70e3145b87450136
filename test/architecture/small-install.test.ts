import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../support/environment.ts";

interface Entry {
  version?: string;
  resolved?: string;
  link?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

const lock: { packages: Record<string, Entry> } = JSON.parse(
  readFileSync(join(REPOSITORY, "package-lock.json"), "utf8"),
);
const AGENT = /^(?:@anthropic-ai\/claude-code|@openai\/codex|@github\/copilot)/;

test("npm ci --workspaces=false installs no agent", () => {
  const installed = withoutWorkspaces();
  assert.ok(installed.has("esbuild") && installed.has("@copilotkit/aimock"));
  assert.deepEqual(
    [...installed].filter((name) => AGENT.test(name)),
    [],
  );
});

test("the current Claude Code is the one in the root's node_modules, the earlier one in its workspace's", () => {
  const claude = "node_modules/@anthropic-ai/claude-code";
  for (const [workspace, place] of [
    ["test/current-agents", ""],
    ["test/earlier-claude", "test/earlier-claude/"],
  ])
    assert.equal(
      lock.packages[`${place}${claude}`]?.version,
      lock.packages[`${workspace}`]?.devDependencies?.["@anthropic-ai/claude-code"],
    );
});

test("the lock file names no registry, so that it works with any", () => {
  const named = Object.values(lock.packages).filter(({ resolved, link }) => resolved !== undefined && !link);
  assert.deepEqual(named, []);
});

/** The names of all packages that the root alone needs. */
function withoutWorkspaces(): Set<string> {
  const found = new Set<string>();
  const add = (entry: Entry | undefined) => {
    const { dependencies, devDependencies, optionalDependencies } = entry ?? {};
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      if (found.has(name)) continue;
      found.add(name);
      add(lock.packages[`node_modules/${name}`]);
    }
  };
  add(lock.packages[""]);
  return found;
}
