import { join, relative } from "node:path";
import { REPOSITORY } from "./loopback/environment.ts";

declare const __SOURCE_BUNDLES__: string;

/** The words that run a TypeScript file `*-worker.ts` of the tests as a process of its own. */
export function workerArgv(folder: string, file: string): string[] {
  const source = relative(REPOSITORY, join(folder, file));
  return [process.execPath, join(__SOURCE_BUNDLES__, source.replace(/\.ts$/, ".mjs"))];
}
