// CI asks each agent for these; promises-kimi.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("kimi", FIRST_PROMISES);
