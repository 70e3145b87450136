import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { gc } from "../../src/app/gc/gc.ts";
import { lookForAgents } from "../../src/app/installed-agents.ts";
import { type Agent, defineAgent } from "../../src/domain/agent/agent.ts";
import { makeOld } from "../support/age.ts";
import { contextOf } from "../support/context.ts";
import { openSandbox } from "../support/sandbox.ts";

const DAY_MS = 86_400_000;

function agentCalled(name: string): Agent {
  return defineAgent({
    name,
    title: name,
    executable: name,
    installHint: "",
    command: () => assert.fail("no turn is started"),
    read: () => [],
    isSessionId: () => true,
  });
}

/** A folder of programs on PATH, each of which counts its starts. */
function openPrograms(t: TestContext) {
  const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
  t.after(sandbox.remove);
  const bin = join(sandbox.folder, "bin");
  const starts = join(sandbox.folder, "starts");
  mkdirSync(bin);
  writeFileSync(starts, "");
  const context = { ...contextOf(sandbox), now: () => new Date() };
  const around = {
    ...{ cwd: sandbox.workspace, platform: process.platform, uid: 0, userHome: sandbox.home },
    ...{ env: { PATH: `${bin}:/usr/bin:/bin` }, notify: assert.fail },
  };
  /** Returns what the agents of these names say, in order, and which of their programs were started for it. */
  const look = async (names: string[], query: Partial<Parameters<typeof lookForAgents>[2]> = {}) => {
    writeFileSync(starts, "");
    const looks = await lookForAgents(around, names.map(agentCalled), { context, ...query });
    const asked = readFileSync(starts, "utf8").split("\n").filter(Boolean).sort();
    return [looks.map(({ versionLine, problem }) => versionLine ?? problem), asked];
  };
  const put = (path: string, script: string) => {
    writeFileSync(path, `#!/bin/sh\necho "$\{0##*/}" >> ${starts}\n${script}\n`);
    chmodSync(path, 0o755);
  };
  return { sandbox, bin, context, look, put };
}

test("an agent is asked once, until its program is another one or a day is over", async (t) => {
  const { bin, context, look, put } = openPrograms(t);
  const [one, versions] = [join(bin, "one"), context.home.versionsFolder];
  put(one, "echo 1.0.0");
  assert.deepEqual(await look(["one"]), [["1.0.0"], ["one"]]);
  assert.deepEqual(await look(["one"]), [["1.0.0"], []]);
  assert.deepEqual(await look(["one"], { isAnew: true }), [["1.0.0"], ["one"]]);
  const files = readdirSync(versions).map((name) => statSync(join(versions, name)).mode & 0o777);
  assert.deepEqual([statSync(versions).mode & 0o777, files], [0o700, [0o600]]);

  put(`${one}.new`, "echo 2.0.0");
  utimesSync(`${one}.new`, statSync(one).atime, statSync(one).mtime);
  renameSync(`${one}.new`, one);
  assert.deepEqual(await look(["one"]), [["2.0.0"], ["one"]], "another inode, of the same size and time");
  put(one, "echo 3.0.00");
  assert.deepEqual(await look(["one"]), [["3.0.00"], ["one"]], "the same inode, with another content");

  const at = (ms: number) => ({ context: { ...context, now: () => new Date(Date.now() + ms) } });
  assert.deepEqual(await look(["one"], at(DAY_MS - 60_000)), [["3.0.00"], []]);
  assert.deepEqual(await look(["one"], at(-60_000)), [["3.0.00"], ["one"]], "said in the future");
  assert.deepEqual(await look(["one"], at(DAY_MS)), [["3.0.00"], ["one"]]);
});

test("links: what they lead to is what is known; shims that are links to one file are told apart", async (t) => {
  const { sandbox, bin, look, put } = openPrograms(t);
  const [old, next] = ["old", "next"].map((name) => join(sandbox.folder, name));
  put(old ?? "", "echo 1.0.0");
  put(next ?? "", "echo 2.0.0");
  symlinkSync(old ?? "", join(bin, "one"));
  assert.deepEqual(await look(["one"]), [["1.0.0"], ["one"]]);
  assert.deepEqual(await look(["one"]), [["1.0.0"], []]);
  symlinkSync(next ?? "", join(bin, "link"));
  renameSync(join(bin, "link"), join(bin, "one"));
  assert.deepEqual(await look(["one"]), [["2.0.0"], ["one"]]);

  put(join(sandbox.folder, "shim"), "echo $(basename $0) 1.0");
  for (const name of ["two", "three"]) symlinkSync(join(sandbox.folder, "shim"), join(bin, name));
  const said = ["two 1.0", "three 1.0"];
  assert.deepEqual(await look(["two", "three"]), [said, ["three", "two"]]);
  assert.deepEqual(await look(["two", "three"]), [said, []]);
});

test("all are asked at the same time; one that hangs or fails is told as such, and is asked again", async (t) => {
  const { sandbox, bin, look, put } = openPrograms(t);
  const met = join(sandbox.folder, "met");
  // Each waits for the other: one after the other, neither would answer.
  const meet = (other: string) =>
    `touch ${met}-$\{0##*/}; while [ ! -e ${met}-${other} ]; do sleep 0.01; done`;
  put(join(bin, "one"), `${meet("two")}; echo 1.0.0`);
  put(join(bin, "two"), `${meet("one")}; echo 2.0.0`);
  put(join(bin, "fails"), "echo 3.0.0; exit 3");
  assert.deepEqual(await look(["one", "two", "fails"]), [
    ["1.0.0", "2.0.0", "failed"],
    ["fails", "one", "two"],
  ]);
  put(join(bin, "hangs"), "echo 4.0.0; sleep 600");
  const before = performance.now();
  const [said, asked] = await look(["one", "hangs", "fails", "two"], { timeoutMs: 300 });
  assert.deepEqual(said, ["1.0.0", "did not answer in 0.3 s", "failed", "2.0.0"]);
  assert.deepEqual(asked, ["fails", "hangs"]);
  assert.ok(performance.now() - before < 60_000);
});

test("a version that is not there, cut off or of another shape costs a start; without a state home, each time", async (t) => {
  const { bin, context, look, put } = openPrograms(t);
  put(join(bin, "one"), "echo 1.0.0");
  const asked = [["1.0.0"], ["one"]];
  await look(["one"]);
  const [name = ""] = readdirSync(context.home.versionsFolder);
  const path = join(context.home.versionsFolder, name);
  const kept = readFileSync(path, "utf8");
  for (const broken of ["", kept.slice(0, 40), kept.replace('"v":1', '"v":2'), "[]"]) {
    writeFileSync(path, broken);
    assert.deepEqual(await look(["one"]), asked, broken);
    assert.deepEqual(await look(["one"]), [["1.0.0"], []]);
  }
  assert.deepEqual(await look(["one"], { context: undefined }), asked);
  // A file where the folder has to be: nothing can be kept, which nobody needs to know.
  renameSync(context.home.versionsFolder, `${context.home.versionsFolder}-`);
  writeFileSync(context.home.versionsFolder, "");
  for (const _ of "12") assert.deepEqual(await look(["one"]), asked);
});

test("an update while the agent is asked: nobody gets the answer as that of the new program", async (t) => {
  const { bin, look, put } = openPrograms(t);
  put(join(bin, "next"), "echo 2.0.0");
  put(join(bin, "one"), `mv ${join(bin, "next")} ${join(bin, "one")}; echo 1.0.0`);
  assert.deepEqual(await look(["one"]), [["1.0.0"], ["one"]]);
  assert.deepEqual(await look(["one"]), [["2.0.0"], ["one"]]);
});

test("gc removes what nobody believes any more", async (t) => {
  const { bin, context, look, put } = openPrograms(t);
  for (const name of ["one", "two"]) put(join(bin, name), "echo 1.0.0");
  await look(["one"]);
  makeOld(context.home.versionsFolder, 1.1);
  await look(["two"]);
  assert.equal(gc(context, {}).litter, 1);
  assert.equal(readdirSync(context.home.versionsFolder).length, 1);
  assert.deepEqual(await look(["one", "two"]), [["1.0.0", "1.0.0"], ["one"]]);
});
