// What a user of any agent is promised, of gemini. The table in docs/agents/README.md names these tests.
import { testPromises } from "../support/promises/promises.ts";

testPromises("gemini");
