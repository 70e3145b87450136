import type { Suite } from "../suite.ts";
import { crash } from "./crash.ts";

/** All suites by the name that `--only` takes. */
export const suites = { crash } satisfies Record<string, Suite>;
