// CI asks each agent for these; promises-opencode.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("opencode", FIRST_PROMISES);
