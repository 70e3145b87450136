// CI asks each agent for these; promises-gemini.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("gemini", FIRST_PROMISES);
