import { foreign } from "./foreign.ts";
import { kill } from "./kill.ts";
import { lost, lostForGood } from "./lost.ts";
import { parallel } from "./parallel.ts";
import { refused } from "./refused.ts";
import { type TruthCase, truthCase } from "./truth-row.ts";

/** By the word that `--only` takes. */
export const truthCases = {
  lost: truthCase(lost),
  "lost-for-good": truthCase(lostForGood),
  kill: truthCase(kill),
  parallel: truthCase(parallel),
  foreign: truthCase(foreign),
  refused: truthCase(refused),
} satisfies Record<string, TruthCase>;
