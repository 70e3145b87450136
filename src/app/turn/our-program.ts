import { dirname, join } from "node:path";
import { fileState } from "../../system/files/keep.ts";
import type { Context } from "../context.ts";

/**
 * Returns the words that start a program of ours that is beside this one. Undefined where there is none: a skill has one
 * file, and an application that bundles the library has none of ours.
 */
export function findOurProgram({ program }: Pick<Context, "program">, name: string): string[] | undefined {
  const [node, own] = program ?? [];
  if (node === undefined || own === undefined) return undefined;
  const path = join(dirname(own), name);
  return fileState(path) && [node, path];
}
