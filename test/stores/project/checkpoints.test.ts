import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { newCheckpoint, saveByHand, stampEnd } from "../../../src/domain/checkpoint/changes.ts";
import type { Checkpoint } from "../../../src/domain/checkpoint/checkpoint.ts";
import { formatCheckpoint } from "../../../src/domain/checkpoint/format.ts";
import { Checkpoints } from "../../../src/stores/project/checkpoints.ts";
import { identifySelf } from "../../../src/system/processes/identity.ts";
import { patchFs, systemError } from "../../support/patched-fs.ts";
import { run } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";
import { workerArgv } from "../../support/worker.ts";

const checkpointsIn = (folder: string) => new Checkpoints({ folder, env: process.env });
const AT = "2026-11-21T10:00:00.000Z";

test("of the changes that many make to one checkpoint at once none is lost", async (t) => {
  const project = tempFolder(t);
  const checkpoints = checkpointsIn(project);
  checkpoints.update("id", () => newCheckpoint("id", AT));
  const worker = workerArgv("checkpoint");
  const env = { PATH: process.env.PATH ?? "" };
  const marks = ["a", "b", "c", "d"];
  const results = await Promise.all(
    marks.map((mark) => run([...worker, project, mark, "30"], { cwd: process.cwd(), env })),
  );
  for (const { code, stderr } of results) assert.equal(code, 0, stderr);
  const summary = checkpoints.read("id")?.summary ?? "";
  assert.deepEqual(
    marks.map((mark) => summary.split(mark).length - 1),
    marks.map(() => 30),
  );
});

test("a change that an earlier version has overtaken, which holds no lock, is made again over what it wrote", (t) => {
  const checkpoints = checkpointsIn(tempFolder(t));
  const writeAnyhow = (change: (before: Checkpoint) => Checkpoint) => {
    const before = checkpoints.read("id");
    if (before !== undefined) writeFileSync(checkpoints.pathOf("id"), formatCheckpoint(change(before)));
  };
  checkpoints.update("id", () => newCheckpoint("id", AT));
  let calls = 0;
  checkpoints.update("id", (before) => {
    calls += 1;
    if (calls === 1) writeAnyhow((other) => saveByHand(other, "the summary", AT));
    return before && stampEnd(before, AT);
  });
  const { summary, endedAt } = checkpoints.read("id") ?? {};
  assert.deepEqual([calls, summary, endedAt], [2, "the summary", AT]);
  let overtaken = 0;
  const always = () =>
    checkpoints.update("id", (before) => {
      writeAnyhow((other) => ({ ...other, others: { overtaken: ++overtaken } }));
      return before;
    });
  assert.throws(always, /changed by other processes again and again/);
});

test("a lock that was left in a container that is gone holds nobody up for long, one of a process that lives does", (t) => {
  const project = tempFolder(t);
  const checkpoints = checkpointsIn(project);
  checkpoints.update("id", () => newCheckpoint("id", AT));
  const lock = join(checkpoints.folder, ".lock");
  const leave = (generation: number, owner: object) =>
    writeFileSync(join(lock, String(generation)), JSON.stringify({ v: 1, process: owner, since: AT }));
  leave(10, { ...identifySelf(), namespace: "pid:[1]" });
  checkpoints.update("id", (before) => before && saveByHand(before, "the summary", AT));
  assert.equal(checkpoints.read("id")?.summary, "the summary");
  leave(20, identifySelf());
  assert.throws(() => checkpoints.remove("id"), new RegExp(`locked by process ${process.pid} for 5 seconds`));
  assert.equal(checkpoints.read("id")?.summary, "the summary");
});

test("a checkpoint that is worth keeping by now is not removed", (t) => {
  const checkpoints = checkpointsIn(tempFolder(t));
  checkpoints.update("id", () => newCheckpoint("id", AT));
  assert.equal(
    checkpoints.remove("id", ({ isByHand }) => isByHand),
    false,
  );
  assert.equal(checkpoints.remove("id"), true);
  assert.equal(checkpoints.read("id"), undefined);
});

test("a project where files can't have two names has checkpoints all the same", (t) => {
  const checkpoints = checkpointsIn(tempFolder(t));
  patchFs(t, {
    linkSync: () => {
      throw systemError("EPERM");
    },
  });
  checkpoints.update("id", () => newCheckpoint("id", AT));
  assert.equal(checkpoints.read("id")?.savedAt, AT);
});

test("a lock that is a link into somewhere else is not written through", (t) => {
  const project = tempFolder(t);
  const checkpoints = checkpointsIn(project);
  const elsewhere = join(project, "elsewhere");
  for (const folder of [checkpoints.folder, elsewhere]) mkdirSync(folder, { recursive: true });
  symlinkSync(elsewhere, join(checkpoints.folder, ".lock"));
  assert.throws(() => checkpoints.update("id", () => newCheckpoint("id", AT)), /through a link/);
});
