// CI asks each agent for these; promises-qwen.test.ts asks it for all.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";

testPromises("qwen", FIRST_PROMISES);
