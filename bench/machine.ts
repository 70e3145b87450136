import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { openSandbox, type Sandbox } from "../test/support/sandbox.ts";
import { run } from "./command.ts";
import { NO_MODEL } from "./no-model.ts";
import { type Spread, spreadOf } from "./spread.ts";

/** What the times depend on beside our code. */
export interface Machine {
  cpu: string;
  cores: number;
  /** How many processes wanted to run in the last minute; more than a few, and the times are too long. */
  load: number;
  node: string;
  /** Undefined where it is not installed. */
  claude: string | undefined;
  temporaryFolder: string;
  /** Making a line durable there: a turn does it several times. */
  fsyncMs: Spread;
}

const FSYNC_COUNT = 25;

export async function describeMachine(stop: AbortSignal): Promise<Machine> {
  const sandbox = openSandbox({ modelUrl: NO_MODEL });
  try {
    return {
      cpu: cpus()[0]?.model.trim() ?? "unknown",
      cores: availableParallelism(),
      load: loadavg()[0] ?? 0,
      node: process.version,
      claude: await claudeVersion(sandbox, stop),
      temporaryFolder: tmpdir(),
      fsyncMs: timeFsync(sandbox.folder),
    };
  } finally {
    sandbox.remove();
  }
}

async function claudeVersion({ workspace, env }: Sandbox, stop: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout } = await run({ argv: ["claude", "--version"], cwd: workspace, env }, stop);
    return stdout.trim().split(" ")[0];
  } catch {
    stop.throwIfAborted();
    return undefined;
  }
}

function timeFsync(folder: string): Spread {
  const descriptor = openSync(join(folder, "fsync"), "a", 0o600);
  try {
    const timesMs = Array.from({ length: FSYNC_COUNT }, () => {
      const begin = performance.now();
      writeSync(descriptor, "one line of a log\n");
      fsyncSync(descriptor);
      return performance.now() - begin;
    });
    return spreadOf(timesMs);
  } finally {
    closeSync(descriptor);
  }
}
