import { join } from "node:path";
import { makeFolder } from "../../../src/system/files/write.ts";
import { waitForGate } from "../abandoned.ts";

// Makes the same deep folders as others do, from the moment on that the gate is there.
const [base = "", gate = "", count = "0"] = process.argv.slice(2);
process.stdout.write("ready\n");
waitForGate(gate);
for (let at = 0; at < Number(count); at += 1) makeFolder(join(base, String(at), "a", "b", "c"));
