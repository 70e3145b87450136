import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { GenerationLock } from "../../src/system/locks/generation-lock.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { makeOld, makeStateOld } from "../support/age.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/run.ts";

interface Report {
  turns: number;
  callers: number;
  litter: number;
  conversations: number;
  freed_bytes: number;
  removed: { agent: string; session_id: string | null; last_used_at: string | null }[];
  skipped: { path: string; why: string }[];
}

function stateOf(cli: FakeCli): string {
  return cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
}

async function gc(cli: FakeCli, ...flags: string[]): Promise<Report> {
  const result = await cli.here(["gc", "--json", ...flags]);
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.equal(result.json.type, "agent_sessions.collected");
  return result.json as unknown as Report;
}

async function create(cli: FakeCli, name: string, agent = "claude"): Promise<string> {
  const result = await cli.here(["create", name, "-a", agent, "--json", cli.say({}, "hi")]);
  assert.equal(result.code, 0, result.stdout);
  // These tests count the turns that they lay down themselves.
  rmSync(join(stateOf(cli), "told"), { recursive: true, force: true });
  return String(result.json.session_id);
}

async function remove(cli: FakeCli, name: string): Promise<void> {
  assert.equal((await cli.here(["remove", name])).code, 0);
}

function folderOf(cli: FakeCli, sessionId: string, agent = "claude"): string {
  return join(stateOf(cli), "sessions", agent, createHash("sha256").update(sessionId).digest("hex"));
}

function isWhole(cli: FakeCli, sessionId: string, agent = "claude"): boolean {
  const names = readdirSync(folderOf(cli, sessionId, agent));
  return ["journal.jsonl", "lock", "record.json", "transcript"].every((name) => names.includes(name));
}

function isGone(cli: FakeCli, sessionId: string, agent = "claude"): boolean {
  return readdirSync(folderOf(cli, sessionId, agent)).join() === "lock";
}

/** A conversation without a name, all of it 31 days old. */
async function openForgotten(cli: FakeCli): Promise<string> {
  const id = await create(cli, "forgotten");
  await remove(cli, "forgotten");
  makeStateOld(stateOf(cli), 31);
  return id;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile());
}

function addTurnFolder(cli: FakeCli, name: string, files: Record<string, string>, days: number): string {
  const folder = join(stateOf(cli), name);
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  makeOld(folder, days);
  return folder;
}

for (const agent of ["claude", "codex"]) {
  test(`${agent}: a conversation without a name goes after 30 days; its lock and the agent's file stay`, async (t) => {
    const cli = openFakeCli(t);
    const [kept, gone] = [await create(cli, "kept", agent), await create(cli, "gone", agent)];
    await remove(cli, "gone");
    makeStateOld(stateOf(cli), 29);
    assert.equal((await gc(cli)).conversations, 0);
    makeStateOld(stateOf(cli), 31);

    const folder = folderOf(cli, gone, agent);
    const isOurs = (path: string) => dirname(path) !== join(folder, "lock") && lstatSync(path).nlink === 1;
    const ownBytes = filesBelow(folder)
      .filter(isOurs)
      .map((path) => lstatSync(path).size);
    const before = filesBelow(stateOf(cli)).map((path) => [path, readFileSync(path, "utf8")]);
    const planned = await gc(cli, "--dry-run");
    assert.deepEqual(
      filesBelow(stateOf(cli)).map((path) => [path, readFileSync(path, "utf8")]),
      before,
    );

    const report = await gc(cli);
    assert.deepEqual({ ...planned, dry_run: false }, report);
    assert.deepEqual([report.conversations, report.skipped], [1, []]);
    assert.equal(report.removed[0]?.session_id, gone);
    assert.equal(
      report.freed_bytes,
      ownBytes.reduce((sum, bytes) => sum + bytes, 0),
    );
    assert.ok(isGone(cli, gone, agent));
    assert.ok(isWhole(cli, kept, agent));
    const transcripts = filesBelow(cli.sandbox.home).filter((path) => path.endsWith(`${gone}.jsonl`));
    assert.equal(transcripts.length, 1, "the agent still has it");
    assert.equal((await cli.here(["show", "kept", "--json"])).json.turns, 1);
    const again = await gc(cli);
    assert.deepEqual([again.conversations, again.freed_bytes], [0, 0]);
  });
}

test("a transcript that only we still have is counted as freed", async (t) => {
  const cli = openFakeCli(t);
  const id = await openForgotten(cli);
  const linked = (await gc(cli, "--dry-run")).freed_bytes;
  const [theirs = ""] = filesBelow(join(cli.sandbox.home, ".claude")).filter((path) => path.includes(id));
  const { size } = lstatSync(theirs);
  rmSync(theirs);
  assert.ok(size > 0);
  assert.equal((await gc(cli)).freed_bytes, linked + size);
});

test("a name that was taken away lately keeps its conversation for a restore", async (t) => {
  const cli = openFakeCli(t);
  const id = await create(cli, "x");
  makeStateOld(stateOf(cli), 40);
  await remove(cli, "x");
  assert.equal((await gc(cli)).conversations, 0);
  assert.ok(isWhole(cli, id));
  makeStateOld(stateOf(cli), 31);
  assert.equal((await gc(cli, "--sessions-older-than", "32d")).conversations, 0);
  assert.equal((await gc(cli)).conversations, 1);
});

test("a conversation that is used in the agent's own window is not forgotten", async (t) => {
  const cli = openFakeCli(t);
  const id = await openForgotten(cli);
  const [theirs = ""] = filesBelow(join(cli.sandbox.home, ".claude")).filter((path) => path.includes(id));
  makeOld(theirs, 1);
  assert.equal((await gc(cli)).conversations, 0);
  makeOld(theirs, 31);
  assert.equal((await gc(cli)).conversations, 1);
});

test("names of every workspace keep their conversations", async (t) => {
  const cli = openFakeCli(t);
  const elsewhere = cli.sandbox.addWorkspace("elsewhere");
  const made = await cli.here(["create", "x", "--json"], { cwd: elsewhere });
  makeStateOld(stateOf(cli), 400);
  assert.equal((await gc(cli)).conversations, 0);
  assert.ok(isWhole(cli, String(made.json.session_id)));
  assert.equal((await cli.here(["remove", "x"], { cwd: elsewhere })).code, 0);
  makeStateOld(stateOf(cli), 31);
  assert.equal((await gc(cli)).conversations, 1);
});

test("what a conversation came from stays as long as the conversation itself", async (t) => {
  const cli = openFakeCli(t);
  const first = await create(cli, "x");
  for (const digit of ["1", "2"]) {
    const cleared = `0199aaaa-bbbb-4ccc-8ddd-eeeeffff000${digit}`;
    const env = { FAKE_AGENT: JSON.stringify({ sessionId: cleared }) };
    assert.equal((await cli.here(["send", "x", "--json", "/clear"], { env })).json.session_id, cleared);
  }
  makeStateOld(stateOf(cli), 90);
  assert.equal((await gc(cli)).conversations, 0, "two steps above a name");
  assert.ok(isWhole(cli, first));
  await remove(cli, "x");
  assert.equal((await gc(cli)).conversations, 0, "two steps above one that can be restored");
  makeStateOld(stateOf(cli), 31);
  assert.equal((await gc(cli)).conversations, 3);
  assert.ok(isGone(cli, first));
});

test("a conversation that is in use is left alone and reported", async (t) => {
  const cli = openFakeCli(t);
  const id = await openForgotten(cli);
  const release = new GenerationLock(join(folderOf(cli, id), "lock")).tryTake({ since: "now" });
  for (const flags of [["--dry-run"], []]) {
    const report = await gc(cli, ...flags);
    assert.deepEqual([report.conversations, report.skipped[0]?.path], [0, folderOf(cli, id)]);
    assert.match(report.skipped[0]?.why ?? "", /using it/);
  }
  assert.ok(isWhole(cli, id));
  release?.();
  assert.equal((await gc(cli)).conversations, 1);
});

for (const file of ["turn.json", "request.json", "session.json"]) {
  test(`a turn under way keeps the conversations that its ${file} speaks of`, async (t) => {
    const cli = openFakeCli(t);
    const id = await openForgotten(cli);
    const files = { "turn.json": '{"v":1}', [file]: JSON.stringify({ v: 1, replaced: { sessionId: id } }) };
    const turn = addTurnFolder(cli, "turns/t", files, 60);
    assert.equal((await gc(cli)).conversations, 0);
    assert.ok(isWhole(cli, id));
    rmSync(turn, { recursive: true });
    assert.equal((await gc(cli)).conversations, 1);
  });
}

function replaceByFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

const unreadable: [string, (log: string) => void][] = [
  ["of a newer version", (log) => writeFileSync(log, readFileSync(log, "utf8").replace('"v":1', '"v":2'))],
  ["without its first line", (log) => writeFileSync(log, '{"at":"2026-11-21T00:00:00.000Z","edits":[]}\n')],
  ["that is no file", (log) => replaceByFolder(log)],
];
for (const [what, spoil] of unreadable) {
  test(`with a name log ${what}, no conversation is removed`, async (t) => {
    const cli = openFakeCli(t);
    const elsewhere = cli.sandbox.addWorkspace("elsewhere");
    await cli.here(["create", "x"], { cwd: elsewhere });
    const [scope = ""] = readdirSync(join(stateOf(cli), "names"));
    const id = await openForgotten(cli);
    const log = join(stateOf(cli), "names", scope, "log.jsonl");
    const kept = readFileSync(log);
    spoil(log);
    const litter = addTurnFolder(cli, "settled/t", { "turn.json": '{"v":1}' }, 8);
    const report = await gc(cli);
    assert.deepEqual([report.conversations, report.turns], [0, 1], "turns are no matter of names");
    assert.equal(existsSync(litter), false);
    assert.match(report.skipped[0]?.why ?? "", /No conversation was deleted/);
    assert.ok(report.skipped[0]?.why.includes(log), report.skipped[0]?.why);
    assert.ok(isWhole(cli, id));
    rmSync(log, { recursive: true });
    writeFileSync(log, kept);
    assert.equal((await gc(cli)).conversations, 1);
  });
}

test("what a newer version has written is left alone and reported", async (t) => {
  const cli = openFakeCli(t);
  const [first, second] = [await create(cli, "first"), await create(cli, "second")];
  await remove(cli, "first");
  await remove(cli, "second");
  makeStateOld(stateOf(cli), 31);
  const record = join(folderOf(cli, first), "record.json");
  writeFileSync(record, JSON.stringify({ v: 2, cameFrom: [second] }));
  makeOld(record, 31);
  const settled = addTurnFolder(cli, "settled/a", { "turn.json": '{"v":2}' }, 60);
  const requested = addTurnFolder(cli, "settled/b", { "request.json": '{"v":3}' }, 60);
  const report = await gc(cli);
  assert.deepEqual([report.conversations, report.turns, report.litter], [0, 0, 0]);
  assert.deepEqual(
    report.skipped.map(({ path }) => path),
    [settled, requested, folderOf(cli, first)],
  );
  assert.ok(isWhole(cli, second), "the newer one may have come from it");
  writeFileSync(record, JSON.stringify({ v: 1 }));
  makeOld(record, 31);
  assert.equal((await gc(cli)).conversations, 2);
});

test("a turn of a newer version under way keeps all conversations", async (t) => {
  const cli = openFakeCli(t);
  await openForgotten(cli);
  const turn = addTurnFolder(cli, "turns/t", { "turn.json": '{"v":2}' }, 60);
  const report = await gc(cli);
  assert.deepEqual([report.conversations, report.litter, existsSync(turn)], [0, 0, true]);
  rmSync(turn, { recursive: true });
  assert.equal((await gc(cli)).conversations, 1);
});

const folders: { name: string; files: Record<string, string>; days: number; isKept: boolean }[] = [
  { name: "settled/old", files: { "turn.json": '{"v":1}', prompt: "hi" }, days: 8, isKept: false },
  { name: "settled/young", files: { "turn.json": '{"v":1}' }, days: 6, isKept: true },
  { name: "settled/bare", files: {}, days: 8, isKept: false },
  { name: "turns/empty", files: {}, days: 2, isKept: false },
  { name: "turns/torn", files: { "turn.json": '{"v":1,', prompt: "hi" }, days: 2, isKept: false },
  { name: "turns/null", files: { "turn.json": "null" }, days: 2, isKept: false },
  { name: "turns/torn-young", files: { "turn.json": '{"v":1,' }, days: 0.9, isKept: true },
  { name: "turns/request", files: { "request.json": "{" }, days: 60, isKept: true },
  { name: "turns/planned", files: { "turn.json": '{"v":1}' }, days: 60, isKept: true },
];
for (const { name, files, days, isKept } of folders) {
  test(`${name}, ${days} days old, ${isKept ? "stays" : "goes"}`, async (t) => {
    const cli = openFakeCli(t);
    const folder = addTurnFolder(cli, name, files, days);
    const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
    const report = await gc(cli);
    const expected = isKept ? [0, 0] : [1, bytes];
    assert.deepEqual([report.turns + report.litter, report.freed_bytes], expected);
    assert.equal(existsSync(folder), isKept);
    assert.deepEqual(report.skipped, []);
  });
}

test("one young file keeps a turn's folder, and a retention of one's own removes it", async (t) => {
  const cli = openFakeCli(t);
  const folder = addTurnFolder(cli, "settled/t", { "turn.json": '{"v":1}', prompt: "hi" }, 60);
  makeOld(join(folder, "prompt"), 1);
  assert.equal((await gc(cli)).turns, 0);
  assert.equal((await gc(cli, "--turns-older-than", "23h")).turns, 1);
});

test("a turn is kept for its retention from when it was settled", async (t) => {
  const cli = openFakeCli(t);
  await create(cli, "x");
  const pidFile = join(cli.sandbox.folder, "pid");
  const sending = cli.start(["send", "x", cli.say({ pidTo: pidFile, sleepMs: 60_000 }, "hi")]);
  const pid = Number(
    await until(() => (existsSync(pidFile) ? readFileSync(pidFile, "utf8") || undefined : undefined), {
      what: "the agent",
    }),
  );
  sending.kill("SIGKILL");
  await sending.exited;
  process.kill(pid, "SIGKILL");
  await until(() => identifyProcess(pid) === undefined, { what: "the agent to be gone" });
  makeStateOld(stateOf(cli), 10);
  assert.equal((await cli.here(["list"])).code, 0);
  assert.equal(readdirSync(join(stateOf(cli), "settled")).length, 1);
  assert.equal((await gc(cli)).turns, 0);
  makeStateOld(stateOf(cli), 8);
  assert.equal((await gc(cli)).turns, 1);
});

const steps = [["record.json"], ["transcript"], ["journal.jsonl"]].map((_, index, all) =>
  all.slice(0, index + 1).flat(),
);
for (const done of steps) {
  test(`a removal that was cut off after ${done.at(-1)} is no conversation, and the next gc finishes it`, async (t) => {
    const cli = openFakeCli(t);
    const id = await openForgotten(cli);
    writeFileSync(join(folderOf(cli, id), ".tmp-0"), "left");
    makeOld(join(folderOf(cli, id), ".tmp-0"), 31);
    for (const name of done) rmSync(join(folderOf(cli, id), name), { recursive: true });
    const report = await gc(cli);
    assert.deepEqual([report.conversations, report.skipped], [1, []]);
    assert.equal(report.removed[0]?.session_id, done.includes("journal.jsonl") ? null : id);
    assert.ok(isGone(cli, id));
  });
}

test("a turn's folder that was being removed when the machine stopped goes at once", async (t) => {
  const cli = openFakeCli(t);
  const rest = addTurnFolder(cli, "trash/t", { prompt: "hi" }, 0);
  const report = await gc(cli);
  assert.deepEqual([report.litter, report.freed_bytes, existsSync(rest)], [1, 2, false]);
});

test("killed half way, it leaves whole turns, and the next one finishes", async (t) => {
  const cli = openFakeCli(t);
  const settled = join(stateOf(cli), "settled");
  const count = 2_000;
  for (let index = 0; index < count; index += 1)
    addTurnFolder(cli, `settled/${index}`, { "turn.json": '{"v":1}', prompt: "hi" }, 8);
  const collecting = cli.start(["gc"]);
  await until(() => readdirSync(settled).length < count, { what: "the first removal", everyMs: 1 });
  collecting.kill("SIGKILL");
  await collecting.exited;
  for (const name of readdirSync(settled))
    assert.deepEqual(readdirSync(join(settled, name)), ["prompt", "turn.json"]);
  await gc(cli);
  assert.deepEqual([readdirSync(settled), readdirSync(join(stateOf(cli), "trash"))], [[], []]);
});

test("a planted link is neither followed nor removed with what it leads to", async (t) => {
  const cli = openFakeCli(t);
  const outside = join(cli.sandbox.folder, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "precious"), "mine");
  const folder = addTurnFolder(cli, "settled/t", { "turn.json": '{"v":1}' }, 60);
  symlinkSync(outside, join(folder, "link"));
  symlinkSync(outside, join(stateOf(cli), "settled", "linked"));
  makeOld(outside, 60);
  await gc(cli, "--turns-older-than", "0s");
  assert.equal(existsSync(folder), false);
  assert.equal(readFileSync(join(outside, "precious"), "utf8"), "mine");
});

test("a person reads what was removed; a wrong duration is refused with an example", async (t) => {
  const cli = openFakeCli(t);
  const id = await openForgotten(cli);
  addTurnFolder(cli, "settled/t", { "turn.json": '{"v":1}' }, 60);
  assert.match(
    (await cli.here(["gc", "--dry-run"])).stdout,
    /^Would delete 1 ended turn and 1 conversation, /,
  );
  const { stdout } = await cli.here(["gc"]);
  assert.match(stdout, /^Deleted 1 ended turn and 1 conversation; [0-9.]+ (bytes|kB) freed\.\n/);
  assert.ok(stdout.includes(`claude ${id}, last used 31 days ago`), stdout);
  assert.equal((await cli.here(["gc"])).stdout, "There is nothing to delete.\n");
  const refused = await cli.here(["gc", "--json", "--turns-older-than", "7"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"]);
  assert.match(refused.json.error?.message ?? "", /'7' is invalid.*such as 90s/);
});

test("what is known of a caller goes when it has not been here for long", async (t) => {
  const cli = openFakeCli(t);
  await create(cli, "x");
  const env = { AGENT_SESSIONS_CALLER: "nightly" };
  const again = () => cli.here(["continue", "--json", cli.say({}, "more")], { env });
  await cli.here(["send", "x", cli.say({}, "more")], { env });
  const callers = join(stateOf(cli), "callers");
  const known = readdirSync(callers).length;
  await gc(cli);
  assert.equal(readdirSync(callers).length, known);
  assert.equal((await again()).code, 0);
  for (const file of readdirSync(callers)) makeOld(join(callers, file), 40);
  assert.equal((await gc(cli, "--dry-run")).callers, known);
  assert.equal((await gc(cli)).callers, known);
  assert.deepEqual(readdirSync(callers), []);
  assert.equal((await again()).code, 4);
});
