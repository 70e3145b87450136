import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import type { TestContext } from "node:test";

/** Puts something in the place of functions of `node:fs`, for all who import them, until the test has ended. */
export function patchFs(t: TestContext, patches: Partial<typeof fs>): () => void {
  const originals = Object.fromEntries(
    Object.keys(patches).map((name) => [name, fs[name as keyof typeof fs]]),
  );
  const put = (functions: object) => {
    Object.assign(fs, functions);
    syncBuiltinESMExports();
  };
  put(patches);
  const restore = () => put(originals);
  t.after(restore);
  return restore;
}

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}
