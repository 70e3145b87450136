import { existsSync } from "node:fs";
import { IntervalStamp } from "../../src/system/interval-stamp.ts";

// Says whether it is the one, at the moment that the test gives to all.
const [path = "", gate = ""] = process.argv.slice(2);
process.stdout.write("ready\n");
while (!existsSync(gate)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
process.stdout.write(new IntervalStamp(path, 3_600_000).claim(new Date()) ? "claimed\n" : "left alone\n");
