// CI asks each agent for these; promises-copilot.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("copilot", FIRST_PROMISES);
