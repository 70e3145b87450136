import assert from "node:assert/strict";
import fs, { readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { AppendLog } from "../../../src/system/lines/append-log.ts";
import { patchFs } from "../../support/patched-fs.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const HEADER = { v: 1, kind: "names" };

/** A log with two values, and somebody else who writes to it. */
function openLogs(t: TestContext) {
  const path = join(tempFolder(t), "log");
  const [log, other] = [new AppendLog(path, HEADER), new AppendLog(path, HEADER)];
  log.append([{ a: 1 }]);
  log.append([{ a: 2 }]);
  const lines = () =>
    readFileSync(path, "utf8")
      .split("\n")
      .slice(1, -1)
      .map((line): unknown => JSON.parse(line));
  return { path, log, other, lines };
}

const nothing = () => undefined;

test("what is dropped is gone for everybody", (t) => {
  const { log, other, lines } = openLogs(t);
  other.read();
  assert.deepEqual([...log.drop(() => new Set([0]), nothing)], [0]);
  assert.deepEqual([log.read().values, other.read().values, lines()], [[{ a: 2 }], [{ a: 2 }], [{ a: 2 }]]);
});

test("nothing is dropped from a log that grows meanwhile", (t) => {
  const { log, other, lines } = openLogs(t);
  const whileChoosing = () => {
    other.append([{ a: 3 }]);
    return new Set([0]);
  };
  assert.equal(log.drop(whileChoosing, nothing).size, 0);
  assert.equal(
    log.drop(
      () => new Set([0]),
      () => void other.append([{ a: 4 }]),
    ).size,
    0,
  );
  assert.deepEqual(lines(), [{ a: 1 }, { a: 2 }, { a: 3 }, { a: 4 }]);
});

test("what is appended to a log that is replaced in that moment is in the new one, once", (t) => {
  const { log, other, lines } = openLogs(t);
  const restore = patchFs(t, {
    fsyncSync: (descriptor) => {
      restore();
      other.drop(() => new Set([0, 2]), nothing);
      fs.fsyncSync(descriptor);
    },
  });
  log.append([{ a: 3 }]);
  assert.deepEqual(lines(), [{ a: 2 }, { a: 3 }]);
});

test("a file system that counts no links is no reason to append twice", (t) => {
  const { log, lines } = openLogs(t);
  const { fstatSync } = fs;
  const restore = patchFs(t, {
    fstatSync: ((descriptor: number) =>
      Object.assign(fstatSync(descriptor), { nlink: 0 })) as typeof fstatSync,
  });
  log.append([{ a: 3 }]);
  restore();
  assert.deepEqual(lines(), [{ a: 1 }, { a: 2 }, { a: 3 }]);
});
