import fs from "node:fs";
import type { TestContext } from "node:test";
import { patchFs, systemError } from "../patched-fs.ts";

/** What changes a disk. */
const WRITES = ["writeSync", "writeFileSync", "fsyncSync", "renameSync", "linkSync", "mkdirSync"] as const;

/**
 * Lets so many writes to files through, and refuses the next one. Those of locks are let through: a process that lives on
 * would keep them, as one that has died does not.
 */
export function cutWritesAt(t: TestContext, writes: number): { mend(): boolean } {
  let left = writes;
  let wasCut = false;
  const ofLocks = new Set<unknown>();
  const isOfLock = (args: unknown[]) =>
    args.some((arg) => (typeof arg === "string" && /lock/.test(arg)) || ofLocks.has(arg));
  const { openSync } = fs;
  const guarded = (name: (typeof WRITES)[number]) => {
    const original = fs[name] as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      if (isOfLock(args)) return original(...args);
      left -= 1;
      if (left !== -1) return original(...args);
      wasCut = true;
      throw systemError("EIO");
    };
  };
  const opening = (...args: Parameters<typeof openSync>) => {
    const descriptor = openSync(...args);
    if (isOfLock(args)) ofLocks.add(descriptor);
    else ofLocks.delete(descriptor);
    return descriptor;
  };
  const guards = Object.fromEntries(WRITES.map((name) => [name, guarded(name)]));
  const mend = patchFs(t, { ...guards, openSync: opening });
  return {
    mend: () => {
      mend();
      return wasCut;
    },
  };
}
