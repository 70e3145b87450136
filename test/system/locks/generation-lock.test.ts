import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs, { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { GenerationLock } from "../../../src/system/locks/generation-lock.ts";
import { patchFs, systemError } from "../../support/patched-fs.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { workerArgv } from "../../support/worker.ts";

const since = "2026-11-21T00:00:00.000Z";
const [node = "", ...worker] = workerArgv("lock");

function startWorker(...args: string[]) {
  return spawn(node, [...worker, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}

test("one holder at a time, and the next one after it lets go", (t) => {
  const lock = new GenerationLock(join(tempFolder(t), "lock"));
  const release = lock.tryTake({ since, turnId: "t1" });
  assert.ok(release);
  assert.equal(lock.tryTake({ since }), undefined);
  const state = lock.state();
  assert.equal(state.state, "held");
  assert.equal(state.state === "held" && state.owner.turnId, "t1");
  release();
  assert.equal(lock.state().state, "free");
  assert.ok(lock.tryTake({ since }));
});

test("a taker whose call is made twice, as over NFS when a reply is lost, has the lock", (t) => {
  const folder = join(tempFolder(t), "lock");
  const lock = new GenerationLock(folder);
  const { linkSync } = fs;
  const restore = patchFs(t, {
    linkSync: (from, to) => {
      linkSync(from, to);
      throw systemError("EEXIST");
    },
  });
  const release = lock.tryTake({ since });
  restore();
  assert.ok(release, "it is held by the one that was refused");
  assert.deepEqual(readdirSync(folder).sort(), ["1", "1.held"]);
  release();
  assert.ok(lock.tryTake({ since }));
});

test("the top generation is never removed and a number never given twice", (t) => {
  const folder = join(tempFolder(t), "lock");
  const lock = new GenerationLock(folder);
  for (let n = 1; n <= 5; n += 1) {
    lock.tryTake({ since })?.();
    assert.deepEqual(readdirSync(folder).sort(), [String(n), `${n}.free`]);
  }
});

test("a taker that was overtaken does not own a pruned number", (t) => {
  const folder = join(tempFolder(t), "lock");
  const slow = new GenerationLock(folder);
  new GenerationLock(folder).tryTake({ since })?.();
  // The slow taker has looked at generation 1; meanwhile 2 comes and goes, 3 is held and 2 is pruned.
  const seen = slow.state();
  new GenerationLock(folder).tryTake({ since })?.();
  assert.ok(new GenerationLock(folder).tryTake({ since }));
  slow.state = () => seen;
  assert.equal(slow.tryTake({ since }), undefined);
  assert.equal(new GenerationLock(folder).state().state, "held");
});

test("who looked at a dead owner before others came and went does not own the lock beside its next holder", async (t) => {
  const folder = join(tempFolder(t), "lock");
  const holder = startWorker("hold", folder);
  await once(holder.stdout, "data");
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const slow = new GenerationLock(folder);
  const seen = slow.state();
  assert.equal(seen.state, "abandoned");
  new GenerationLock(folder).tryTake({ since })?.();
  assert.ok(new GenerationLock(folder).tryTake({ since }));
  slow.state = () => seen;
  assert.equal(slow.tryTake({ since }), undefined);
});

test("a killed holder leaves the lock abandoned, and it can be taken", async (t) => {
  const folder = join(tempFolder(t), "lock");
  const holder = startWorker("hold", folder);
  await once(holder.stdout, "data");
  const lock = new GenerationLock(folder);
  assert.equal(lock.state().state, "held");
  assert.equal(lock.tryTake({ since }), undefined);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  assert.equal(lock.state().state, "abandoned");
  assert.ok(lock.tryTake({ since }));
});

test("an owner on another machine or in another container counts as busy", (t) => {
  const folder = join(tempFolder(t), "lock");
  const lock = new GenerationLock(folder);
  assert.ok(lock.tryTake({ since }));
  const path = join(folder, "1");
  const owner = JSON.parse(readFileSync(path, "utf8"));
  const pretend = (change: object) =>
    writeFileSync(path, JSON.stringify({ ...owner, process: { ...owner.process, ...change } }));
  pretend({ namespace: "pid:[1]" });
  assert.equal(lock.state().state, "elsewhere");
  pretend({ boot: "another", host: "another" });
  assert.equal(lock.state().state, "elsewhere");
  assert.equal(lock.tryTake({ since }), undefined);
  pretend({ boot: "another" });
  assert.equal(lock.state().state, "abandoned", "the same machine after a restart");
  pretend({ boot: "another", machine: undefined });
  assert.equal(lock.state().state, "abandoned", "the same, as 0.1 wrote it down");
  if (owner.process.machine !== undefined) {
    pretend({ boot: "another", machine: "another" });
    assert.equal(lock.state().state, "elsewhere", "another machine of the same name");
    assert.equal(lock.tryTake({ since }), undefined);
  }
  pretend({ start: "1" });
  assert.equal(lock.state().state, "abandoned", "the same pid, another process");
});

test("eight processes count to 400 under the lock, some killed while they hold it", async (t) => {
  const root = tempFolder(t);
  const counter = join(root, "counter");
  writeFileSync(counter, "0\n");
  const workers = Array.from({ length: 8 }, () => startWorker("count", join(root, "lock"), counter, "50"));
  const killed = [0, 1].map(() => startWorker("hold", join(root, "lock")));
  for (const holder of killed) holder.stdout.on("data", () => holder.kill("SIGKILL"));
  const codes = await Promise.all(workers.map(async (child) => (await once(child, "exit"))[0]));
  for (const holder of killed) holder.kill("SIGKILL");
  assert.deepEqual(codes, Array(8).fill(0));
  assert.equal(readFileSync(counter, "utf8").trim(), "400");
});
