import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";
import type { Sandbox } from "../sandbox.ts";

/** Writes a program of somebody who has installed the package, and returns its path. */
export function writeForeignProgram({ folder }: Sandbox, program: string): string {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(REPOSITORY, join(folder, "node_modules/agent-sessions"));
  const path = join(folder, "program.mjs");
  writeFileSync(path, program);
  return path;
}
