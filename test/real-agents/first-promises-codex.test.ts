// CI asks each agent for these; promises-codex.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("codex", FIRST_PROMISES);
