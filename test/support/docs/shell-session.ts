import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { RealCli } from "../cli/real-cli.ts";
import { REPOSITORY } from "../environment.ts";
import { run } from "../run.ts";

/**
 * Runs blocks of commands as they stand, all in one shell: what a command leaves in a variable is for those after it.
 * Fails where one of them does. Returns what each block has printed.
 */
export async function runBlocks(
  cli: RealCli,
  blocks: readonly string[],
  { before = "" } = {},
): Promise<string[]> {
  const bin = join(cli.sandbox.folder, "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(join(REPOSITORY, "dist/cli.cjs"), join(bin, "agent-sessions"));
  const script = [
    "set -eo pipefail",
    before,
    ...blocks.map((block, at) => `echo "=== ${at}"\necho "=== ${at}" >&2\n${block}`),
  ].join("\n");
  const env = { ...cli.env, PATH: `${bin}:${cli.env.PATH}` };
  const { code, stdout, stderr } = await run(["bash", "-c", script], { cwd: cli.workspace, env });
  assert.equal(code, 0, stdout + stderr);
  return stdout.split(/^=== \d+\n/m).slice(1);
}
