import type nodeTest from "node:test";
import { exceptionOf } from "./exceptions.ts";

type Test = typeof nodeTest;

/** The `test` of a test file in a run over a store: those that are excepted there are skipped, with the reason. */
export function inStoreRun(test: Test, file: string): Test {
  const declare = (name: string, ...rest: unknown[]) => {
    const because = exceptionOf(file, name);
    if (because === undefined) return Reflect.apply(test, undefined, [name, ...rest]);
    return test(name, { skip: because }, () => undefined);
  };
  return Object.assign(declare, test) as unknown as Test;
}
