import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { AppError } from "../../src/domain/errors.ts";
import { openStateHome } from "../../src/stores/file/home.ts";
import { keepCopy, putBack } from "../../src/system/files/keep.ts";
import { readFileIfAny } from "../../src/system/files/read.ts";
import { createFile, replaceFile } from "../../src/system/files/write.ts";
import { AppendLog } from "../../src/system/lines/append-log.ts";
import { findTempRoot, findViewRoot } from "../../src/system/places/temp.ts";
import { start } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { workerArgv } from "../support/worker.ts";

const log = (folder: string) => new AppendLog(join(folder, "log.jsonl"), { v: 1, kind: "names" });

test("a torn last line is skipped, and does not swallow the next one", (t) => {
  const folder = tempFolder(t);
  log(folder).append([{ n: 1 }]);
  appendFileSync(join(folder, "log.jsonl"), '{"n":2,"te');
  assert.deepEqual(log(folder).read().values, [{ n: 1 }]);
  log(folder).append([{ n: 3 }]);
  assert.deepEqual(log(folder).read().values, [{ n: 1 }, { n: 3 }]);
});

test("the newest value is found behind a long one and a torn one", (t) => {
  const folder = tempFolder(t);
  assert.equal(log(folder).last(), undefined);
  log(folder).append([{ n: 1 }]);
  assert.deepEqual(log(folder).last(), { n: 1 });
  log(folder).append([{ n: 2, text: "x".repeat(300_000) }]);
  appendFileSync(join(folder, "log.jsonl"), '{"n":3,"te');
  assert.equal((log(folder).last() as { n: number }).n, 2);
});

test("a log is searched where that is less work than reading it", (t) => {
  const folder = tempFolder(t);
  log(folder).append([{ n: "seldom" }, ...Array.from({ length: 2_000 }, (_, at) => ({ n: "often", at }))]);
  const { size: bytes } = statSync(join(folder, "log.jsonl"));
  assert.deepEqual(log(folder).search('"seldom"', 0), { values: [{ n: "seldom" }], bytes });
  assert.deepEqual(log(folder).search('"never"', 0), { values: [], bytes });
  assert.equal(log(folder).search('"often"', 0), undefined, "it is in most lines");
  assert.equal(log(folder).search('"seldom"', 1_000_000), undefined, "the log is short");
  const known = log(folder);
  known.read();
  assert.equal(known.search('"seldom"', 1), undefined, "it was read before");
  writeFileSync(join(folder, "log.jsonl"), '{"n":"seldom"}\n');
  assert.equal(log(folder).search('"seldom"', 0), undefined, "it has no header");
});

test("a log of a newer format is refused with exit 8", (t) => {
  const folder = tempFolder(t);
  writeFileSync(join(folder, "log.jsonl"), '{"v":2,"kind":"names"}\n{"n":1}\n');
  assert.throws(
    () => log(folder).read(),
    (error) => error instanceof AppError && error.exitCode === 8 && error.code === "state_newer",
  );
});

test("files are private, and planted links are neither followed nor read", (t) => {
  const folder = tempFolder(t);
  const victim = join(folder, "victim");
  writeFileSync(victim, "precious");
  symlinkSync(victim, join(folder, "planted"));
  replaceFile(join(folder, "planted"), "ours");
  assert.equal(readFileSync(victim, "utf8"), "precious");
  assert.equal(statSync(join(folder, "planted")).mode & 0o777, 0o600);
  symlinkSync(victim, join(folder, "link"));
  assert.throws(() => createFile(join(folder, "link"), "x"), { code: "EEXIST" });
  assert.throws(() => readFileIfAny(join(folder, "link")), { code: "ELOOP" });
  assert.throws(
    () => log(folder).append.call(new AppendLog(join(folder, "link"), { v: 1, kind: "x" }), [1]),
    AppError,
  );
});

test("a kept copy survives its source and follows its appends", (t) => {
  const folder = tempFolder(t);
  const source = join(folder, "transcript");
  const kept = join(folder, "kept", "transcript");
  writeFileSync(source, "one\n");
  keepCopy(source, kept);
  appendFileSync(source, "two\n");
  keepCopy(source, kept);
  assert.equal(readFileSync(kept, "utf8"), "one\ntwo\n");
  assert.equal(statSync(kept).ino, statSync(source).ino);
  replaceFile(source, "rewritten\n");
  keepCopy(source, kept);
  assert.equal(statSync(kept).ino, statSync(source).ino);
  const elsewhere = join(folder, "new", "place");
  putBack(kept, elsewhere);
  assert.equal(readFileSync(elsewhere, "utf8"), "rewritten\n");
});

test("the temporary folder is found as Python finds it", (t) => {
  const folder = tempFolder(t);
  mkdirSync(join(folder, "b"));
  assert.equal(
    findTempRoot({ TMPDIR: join(folder, "missing"), TEMP: join(folder, "b/"), TMP: folder }, "/"),
    join(folder, "b"),
  );
  assert.equal(findTempRoot({ TMPDIR: "b" }, folder), join(folder, "b"));
  assert.equal(findTempRoot({}, folder), "/tmp");
});

test("a mapping folder of another user is left alone", (t) => {
  const folder = tempFolder(t);
  const uid = process.getuid?.() ?? 0;
  assert.equal(findViewRoot(folder, uid), join(folder, "agent-sessions"));
  mkdirSync(join(folder, "agent-sessions"));
  assert.equal(findViewRoot(folder, uid), join(folder, "agent-sessions"));
  assert.equal(findViewRoot(folder, uid + 1), join(folder, `agent-sessions-${uid + 1}`));
});

test("the state home: asked for, XDG, home, and the temporary folder as a last resort", (t) => {
  const folder = tempFolder(t);
  const uid = process.getuid?.() ?? 0;
  const notices: string[] = [];
  const open = (env: Record<string, string>, userHome?: string) =>
    openStateHome({ env, userHome, tempRoot: folder, uid, notify: (message) => notices.push(message) }).path;
  assert.equal(open({ AGENT_SESSIONS_HOME: join(folder, "asked") }), join(folder, "asked"));
  assert.equal(open({ XDG_STATE_HOME: join(folder, "xdg") }), join(folder, "xdg/agent-sessions"));
  assert.equal(open({}, join(folder, "home")), join(folder, "home/.local/state/agent-sessions"));
  assert.deepEqual(notices, []);
  writeFileSync(join(folder, "file"), "");
  assert.throws(() => open({ AGENT_SESSIONS_HOME: join(folder, "file") }), { code: "state_unwritable" });
  assert.throws(() => open({ AGENT_SESSIONS_HOME: "relative" }), { code: "usage" });
  assert.equal(open({}, join(folder, "file")), join(folder, `agent-sessions-state-${uid}`));
  assert.equal(notices.length, 1);
  assert.equal(statSync(join(folder, `agent-sessions-state-${uid}`)).mode & 0o777, 0o700);
  assert.ok(!existsSync(join(folder, "file", ".local")));
});

test("processes that make the same folders at once don't get in each other's way", async (t) => {
  const base = tempFolder(t);
  const gate = join(base, "gate");
  const worker = workerArgv("folder");
  const argv = [...worker, base, gate, "150"];
  const { PATH = "" } = process.env;
  const workers = Array.from({ length: 4 }, () => start(argv, { cwd: base, env: { PATH } }));
  for (const one of workers) await one.waitFor((stdout) => stdout.includes("ready"), { what: "a worker" });
  writeFileSync(gate, "");
  for (const one of workers) {
    const { code, stderr } = await one.result;
    assert.equal(code, 0, stderr);
  }
});
