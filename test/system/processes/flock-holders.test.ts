import assert from "node:assert/strict";
import { linkSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { deviceName, lockHolders, parseLocks } from "../../../src/system/processes/flock-holders.ts";
import { start } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { until } from "../../support/until.ts";

test("the locks of codex 0.169.0 in /proc/locks", () => {
  const text = readFileSync(join(import.meta.dirname, "../../fixtures/codex-0.169.0/proc-locks.txt"), "utf8");
  assert.deepEqual(parseLocks(text), [
    { pid: 25849, file: "fe:00:2229634" },
    { pid: 25849, file: "fe:00:2229527" },
  ]);
});

test("who waits for a lock does not hold it, nor does who has no number here", () => {
  const held = "1: FLOCK  ADVISORY  WRITE 7 08:11:5 0 EOF";
  const others = [
    "1: -> FLOCK  ADVISORY  WRITE 8 08:11:5 0 EOF",
    "2: FLOCK  ADVISORY  WRITE 0 08:11:5 0 EOF",
    "3: OFDLCK ADVISORY  WRITE -1 08:11:5 0 EOF",
    "4: LEASE  ACTIVE    READ 9 08:11:5 0 EOF",
    "",
  ];
  assert.deepEqual(parseLocks([held, ...others].join("\n")), [{ pid: 7, file: "08:11:5" }]);
});

test("device numbers are written as in /proc/locks", () => {
  assert.equal(deviceName(0xfe00n), "fe:00");
  assert.equal(deviceName(0x0811n), "08:11");
  // 259:0 and 0:1048: what is beyond a byte lies elsewhere in the number.
  assert.equal(deviceName(0x10300n), "103:00");
  assert.equal(deviceName(0x400018n), "00:418");
});

test("a lock is seen while it is held", { skip: process.platform !== "linux" }, async (t) => {
  const folder = tempFolder(t);
  const [held, free, linked] = ["held", "free", "linked"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [held, free]) writeFileSync(path, "");
  linkSync(held, linked);
  assert.deepEqual(lockHolders([held, free]), new Map());
  const holder = start(["flock", "--no-fork", held, "cat"], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "" },
    keepStdin: true,
  });
  await until(() => lockHolders([held]).size === 1, { what: "the lock" });
  assert.deepEqual(lockHolders([free, join(folder, "absent"), held]), new Map([[held, holder.pid]]));
  assert.deepEqual([...lockHolders([linked]).values()], [holder.pid], "the file counts, not its name");
  holder.kill("SIGKILL");
  await holder.exited;
  assert.deepEqual(lockHolders([held]), new Map());
});
