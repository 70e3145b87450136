import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openContext } from "../../../src/app/compose/open-context.ts";
import { gc, RETENTION } from "../../../src/app/gc/gc.ts";
import { collectLater } from "../../../src/app/gc/later.ts";
import { makeOld } from "../../support/age.ts";
import { type FakeCli, openFakeCli } from "../../support/cli/fake-cli.ts";

function open(cli: FakeCli, litterCount: number) {
  const { env, workspace, home: userHome } = cli.sandbox;
  const uid = process.getuid?.() ?? 0;
  const platform = process.platform;
  const context = openContext({ env, cwd: workspace, platform, uid, userHome, notify: assert.fail });
  const { turnsFolder, gcStampPath } = context.home;
  for (let index = 0; index < litterCount; index += 1) {
    mkdirSync(join(turnsFolder, String(index)), { recursive: true });
    writeFileSync(join(turnsFolder, String(index), "prompt"), "hi");
  }
  makeOld(turnsFolder, 2);
  const litter = () => readdirSync(turnsFolder).length;
  const letAnHourPass = () => makeOld(gcStampPath, 0.05);
  return { context, litter, letAnHourPass, gcStampPath };
}

test("commands collect by themselves, once an hour", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["list"]);
  const { litter, letAnHourPass, gcStampPath } = open(cli, 1);
  await cli.here(["list"]);
  assert.equal(litter(), 1, "the hour is not over");
  letAnHourPass();
  await cli.here(["list"]);
  assert.equal(litter(), 0);
  assert.ok(Date.now() - statSync(gcStampPath).mtimeMs < 60_000);
});

test("it stops when its time is over and goes on in the next hour", (t) => {
  const { context, litter, letAnHourPass } = open(openFakeCli(t), 3);
  collectLater(context, { budgetMs: 0 });
  assert.equal(litter(), 3);
  collectLater(context, { budgetMs: 60_000 });
  assert.equal(litter(), 3, "the hour is not over");
  letAnHourPass();
  collectLater(context, { budgetMs: 60_000 });
  assert.equal(litter(), 0);
});

test("of turns whose callers were told, the latest keep their output as far as there is room", (t) => {
  const { context } = open(openFakeCli(t), 1);
  const put = (path: string, bytes: number) => {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "turn.json"), '{"v":1}');
    writeFileSync(join(path, "stdout.jsonl"), "x".repeat(bytes));
  };
  const { toldFolder, settledFolder } = context.home;
  for (const [id, bytes] of [
    ["1", 1],
    ["2", 8],
    ["3", 6],
    ["4", 6],
  ] as const)
    put(join(toldFolder, id), bytes);
  put(join(settledFolder, "5"), 100);
  assert.equal(gc(context, { ...RETENTION, keepToldBytes: 12, dryRun: true }).turns, 2);
  assert.equal(gc(context, { ...RETENTION, keepToldBytes: 12 }).turns, 2);
  assert.deepEqual([readdirSync(toldFolder), readdirSync(settledFolder)], [["3", "4"], ["5"]]);
  makeOld(toldFolder, 8);
  assert.equal(gc(context, RETENTION).turns, 2);
});

test("a clock that jumps ahead for a moment makes nothing old", (t) => {
  const { context, litter, letAnHourPass, gcStampPath } = open(openFakeCli(t), 1);
  const later = Date.now() + 40 * 86_400_000;
  const young = join(context.home.turnsFolder, "young");
  mkdirSync(young);
  writeFileSync(join(young, "prompt"), "hi");
  collectLater(context);
  letAnHourPass();
  collectLater({ ...context, now: () => new Date(later) }, { budgetMs: 60_000 });
  assert.equal(litter(), 1, "what was old by the last collection goes, and no more");
  utimesSync(gcStampPath, new Date(later), new Date(later));
  collectLater(context, { budgetMs: 60_000 });
  assert.equal(litter(), 1);
});

test("time is looked at between any two items", (t) => {
  const { context, litter } = open(openFakeCli(t), 5);
  let looks = 0;
  const mayGoOn = () => {
    looks += 1;
    return looks <= 2;
  };
  const { isComplete, litter: removed } = gc(context, { ...RETENTION, mayGoOn });
  assert.deepEqual([isComplete, removed, litter(), looks], [false, 2, 3, 3]);
  assert.equal(gc(context, RETENTION).isComplete, true);
});

test("whatever goes wrong costs the command nothing", async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const { context, letAnHourPass, gcStampPath } = open(cli, 1);
  const spoilers: [string, () => void][] = [
    ["no lock", () => writeFileSync(`${gcStampPath}.lock`, "")],
    [
      "no place for what is removed",
      () => {
        rmSync(context.home.trashFolder, { recursive: true, force: true });
        writeFileSync(context.home.trashFolder, "");
      },
    ],
    ["a file for a folder", () => writeFileSync(context.home.settledFolder, "")],
  ];
  for (const [what, spoil] of spoilers) {
    rmSync(`${gcStampPath}.lock`, { recursive: true, force: true });
    spoil();
    letAnHourPass();
    const { code, stderr } = await cli.here(["list"]);
    assert.deepEqual([code, stderr], [0, ""], what);
    assert.ok(existsSync(join(context.home.turnsFolder, "0")), `${what}: there was something to do`);
  }
  const told = await cli.here(["gc", "--json"]);
  assert.equal((told.json.skipped as unknown[]).length, 1);
});
