import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { GenerationLock } from "../../../src/system/locks/generation-lock.ts";
import { standStill } from "../abandoned.ts";

// A process of its own that holds a lock until it is killed, or counts in a file under it.
const [task, folder = "", counter = "", times = "0"] = process.argv.slice(2);
const lock = new GenerationLock(folder);

async function take(): Promise<() => void> {
  for (;;) {
    const release = lock.tryTake({ since: new Date().toISOString() });
    if (release !== undefined) return release;
    await sleep(Math.random() * 3);
  }
}

if (task === "hold") {
  await take();
  process.stdout.write("held\n");
  standStill(folder);
} else {
  for (let n = 0; n < Number(times); n += 1) {
    const release = await take();
    const value = Number(readFileSync(counter, "utf8"));
    writeFileSync(counter, `${value + 1}\n`);
    release();
  }
}
