// The first promises, of every agent: create, continue, refuse an unknown id, and cancel.
import { FIRST_PROMISES, testPromises } from "../support/promises/promises.ts";
import { ROWS } from "../support/promises/rows.ts";

for (const { agent } of ROWS) testPromises(agent, FIRST_PROMISES);
