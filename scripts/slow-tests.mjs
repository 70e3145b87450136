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
  "test/cli/background.test.ts",
  "test/cli/deadline.test.ts",
  "test/cli/own-waits.test.ts",
  "test/compat/failures.test.ts",
  "test/compat/weaknesses.test.ts",
  "test/plugin/checkpoints.test.ts",
  "test/plugin/weaknesses.test.ts",
];

export function isSlow(file) {
  return SLOW.some((path) => file.startsWith(path));
}
