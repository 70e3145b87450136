// What a user of any agent is promised, of kimi. The table in docs/agents/README.md names these tests.
import { testPromises } from "../support/promises/promises.ts";

testPromises("kimi");
