import { IntervalStamp } from "../../../src/system/locks/interval-stamp.ts";
import { waitForGate } from "../abandoned.ts";

// Says whether it is the one, at the moment that the test gives to all.
const [path = "", gate = ""] = process.argv.slice(2);
process.stdout.write("ready\n");
waitForGate(gate);
process.stdout.write(
  new IntervalStamp(path, 3_600_000).claim(new Date()) !== undefined ? "claimed\n" : "left alone\n",
);
