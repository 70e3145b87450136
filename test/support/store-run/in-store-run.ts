import type nodeTest from "node:test";
import { exceptionOf, namesExcepted } from "./exceptions.ts";

type Test = typeof nodeTest;

/**
 * The `test` of a test file in a run over a store: those that are excepted there are skipped, with the reason. The file
 * fails where a test is excepted that it does not have.
 */
export function inStoreRun(test: Test, file: string): Test {
  const missing = new Set(namesExcepted(file));
  test.after(() => {
    if (missing.size === 0) return;
    throw new Error(`${file} has no test ${[...missing].map((name) => JSON.stringify(name)).join(", ")}`);
  });
  const declare = (name: string, ...rest: unknown[]) => {
    missing.delete(name);
    const because = exceptionOf(file, name);
    if (because === undefined) return Reflect.apply(test, undefined, [name, ...rest]);
    return test(name, { skip: because }, () => undefined);
  };
  return Object.assign(declare, test) as unknown as Test;
}
