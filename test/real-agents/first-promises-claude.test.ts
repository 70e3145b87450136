// CI asks each agent for these; promises-claude.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("claude", FIRST_PROMISES);
