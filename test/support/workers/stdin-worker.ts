import { readStandardInput } from "../../../src/system/terminal/input.ts";

// Says what came in on standard input, after a line that tells that it is about to read.
process.stdout.write("ready\n");
process.stdout.write(JSON.stringify(await readStandardInput()));
