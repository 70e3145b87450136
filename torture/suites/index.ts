import type { Suite } from "../suite.ts";
import { crash } from "./crash.ts";
import { cut } from "./cut.ts";
import { flood } from "./flood.ts";
import { keepers } from "./keepers.ts";
import { line } from "./line.ts";
import { names } from "./names.ts";
import { outage } from "./outage.ts";

/** The suites by the word that `--only` takes, in the order they run. */
export const SUITES: Readonly<Record<string, Suite>> = { names, crash, flood, keepers, line, outage, cut };
