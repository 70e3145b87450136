import { join } from "node:path";

declare const __SOURCE_BUNDLES__: string;

/** The words that run `workers/<name>-worker.ts` as a process of its own. */
export function workerArgv(name: string): string[] {
  return [process.execPath, join(__SOURCE_BUNDLES__, `test/support/workers/${name}-worker.mjs`)];
}
