/**
 * The slow proofs, by their folder or file: real agents, crashes and clocks, machines that are full or strange, random
 * input, and what has to wait for deadlines or starts some hundred processes.
 */
const SLOW = [
  "test/real-agents/",
  "test/torture/",
  "test/docs/",
  "test/skills/",
  "test/machine/",
  "test/earlier-state/",
  "test/crash/",
  "test/fuzz/",
  "test/app/keeper/",
  "test/bridges/",
  "test/cli/background.test.ts",
  "test/cli/continue.test.ts",
  "test/cli/deadline.test.ts",
  "test/cli/endings.test.ts",
  "test/cli/heartbeat.test.ts",
  "test/cli/keepers.test.ts",
  "test/cli/open.test.ts",
  "test/cli/output-limit.test.ts",
  "test/cli/own-waits.test.ts",
  "test/cli/status.test.ts",
  "test/compat/argv.test.ts",
  "test/compat/failures.test.ts",
  "test/compat/output.test.ts",
  "test/compat/weaknesses.test.ts",
  "test/plugin/checkpoints.test.ts",
  "test/plugin/weaknesses.test.ts",
  "test/scripts/run-test-files.test.ts",
];

/** Those that do not fit into the six minutes that CI has for slow proofs: a person runs them before a release. */
const LONG = [
  ...[
    "adopt",
    "contract-claude",
    "contract-codex",
    "copilot",
    "cost",
    "drop-in",
    "foreign-writers",
    "fork",
    "library",
    "loopback",
    "once",
    "open",
    "outlive",
    "plugin",
    "prompt-id",
    "role",
    "screens",
    "warm-codex",
    "warm-fit",
  ].map((name) => `test/real-agents/${name}.test.ts`),
  "test/real-agents/wrappers.test.ts",
  "test/compat/argv.test.ts",
  "test/compat/failures.test.ts",
  "test/compat/output.test.ts",
  "test/compat/weaknesses.test.ts",
  "test/crash/clock.test.ts",
  "test/crash/owners.test.ts",
  "test/docs/guide-ci.test.ts",
  "test/docs/guide.test.ts",
  "test/docs/quick-demo.test.ts",
  "test/fuzz/agents.test.ts",
  "test/machine/disk.test.ts",
  "test/machine/limits.test.ts",
  "test/machine/other-users.test.ts",
  "test/machine/strange-names.test.ts",
  "test/machine/wrong-kind.test.ts",
  "test/plugin/checkpoints.test.ts",
  "test/plugin/weaknesses.test.ts",
  "test/skills/",
  "test/torture/flood.test.ts",
  "test/torture/keepers.test.ts",
];

const isIn = (list) => (file) => list.some((path) => file.startsWith(path));

/** The sets of test files that `scripts/test.mjs` knows by name. */
export const SETS = {
  quick: (file) => !isIn(SLOW)(file),
  slow: (file) => isIn(SLOW)(file) && !isIn(LONG)(file),
  long: isIn(LONG),
  all: () => true,
};
