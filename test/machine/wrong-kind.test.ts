import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { StateHome } from "../../src/stores/file/home.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/until.ts";

interface Place {
  what: string;
  path(cli: FakeCli, sessionId: string): string;
  /** Commands that must not notice; all others may fail, in the one way that is allowed. */
  works?: string[];
}

const homeOf = (cli: FakeCli) => new StateHome(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "");
const namesOf = (cli: FakeCli) =>
  homeOf(cli).namesFolder({ workspace: cli.sandbox.workspace, agent: "claude" });
const sessionOf = (cli: FakeCli, sessionId: string) =>
  homeOf(cli).sessionFolder({ agent: "claude", sessionId });
const everyFile = (folder: string, pattern: RegExp) =>
  join(folder, readdirSync(folder).find((name) => pattern.test(name)) ?? "");

const PLACES: Place[] = [
  { what: "name log", path: (cli) => join(namesOf(cli), "log.jsonl") },
  {
    what: "seen file",
    path: (cli) => everyFile(namesOf(cli), /^seen-/),
    works: ["list", "send"],
  },
  {
    what: "times of use",
    path: (cli) => join(namesOf(cli), "used.jsonl"),
    works: ["list", "send", "create"],
  },
  { what: "lock of the names", path: (cli) => join(namesOf(cli), "lock") },
  { what: "names", path: (cli) => homeOf(cli).namesRoot },
  { what: "record", path: (cli, id) => join(sessionOf(cli, id), "record.json"), works: ["list"] },
  {
    what: "journal",
    path: (cli, id) => join(sessionOf(cli, id), "journal.jsonl"),
    works: ["list"],
  },
  {
    what: "lock of the conversation",
    path: (cli, id) => join(sessionOf(cli, id), "lock"),
    works: ["list"],
  },
  {
    what: "owner in that lock",
    path: (cli, id) => everyFile(join(sessionOf(cli, id), "lock"), /^\d+$/),
    works: ["list"],
  },
  { what: "line", path: (cli, id) => join(sessionOf(cli, id), "queue"), works: ["list"] },
  {
    what: "kept transcripts",
    path: (cli, id) => join(sessionOf(cli, id), "transcript"),
    works: ["list", "send"],
  },
  { what: "sessions", path: (cli) => homeOf(cli).sessionsRoot, works: ["list"] },
  { what: "turns", path: (cli) => homeOf(cli).turnsFolder },
  {
    what: "settled turns",
    path: (cli) => homeOf(cli).settledFolder,
    works: ["list", "send"],
  },
  {
    what: "told turns",
    path: (cli) => homeOf(cli).toldFolder,
    works: ["list", "send", "create"],
  },
  { what: "gc.stamp", path: (cli) => homeOf(cli).gcStampPath, works: ["list", "send"] },
  {
    what: "mapping file",
    path: (cli) => {
      const root = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
      return join(everyFile(root, /./), "claude-code-alias-mapping.json");
    },
    works: ["list", "send"],
  },
  {
    what: "mapping folder",
    path: (cli) => join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions"),
    works: ["list", "send"],
  },
];

const COMMANDS: Record<string, string[]> = {
  list: ["list", "--json"],
  send: ["send", "x", "--json", "hi"],
  create: ["create", "new", "--json", "hi"],
};

function isFolderOrAbsent(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? true;
}

/** A file becomes a folder and a folder a file, and the other way round again. */
function swap(path: string, wasFolder = isFolderOrAbsent(path)): () => void {
  const aside = `${path}.aside`;
  if (existsSync(path)) renameSync(path, aside);
  if (wasFolder) writeFileSync(path, "", { mode: 0o600 });
  else mkdirSync(path, { mode: 0o700 });
  return () => {
    // Somebody may have moved it out of the way and made a good one.
    if (existsSync(path) && statSync(path).isDirectory() === wasFolder) return;
    rmSync(path, { recursive: true, force: true });
    if (existsSync(aside)) renameSync(aside, path);
  };
}

function isClear({ code, json, stdout, stderr }: CliResult, path: string): void {
  const said = stdout + stderr;
  assert.doesNotMatch(said, /corrupt|bug in agent-sessions|\n\s+at /, said);
  assert.equal(code, 8, said);
  assert.match(json.error?.code ?? "", /^state_un(readable|writable)$/);
  const folder = path.split("/").at(-1) ?? "";
  assert.ok(
    json.error?.message.includes(folder) || json.error?.message.includes(path.split("/").at(-2) ?? ""),
    said,
  );
  assert.match(json.error?.message ?? "", /: (EISDIR|ENOTDIR|EEXIST|ENOTEMPTY)\./);
  assert.ok(json.error?.hint, said);
}

test("something of the wrong kind in place of anything of ours: an error with its path, and no name is lost", async (t) => {
  const cli = openFakeCli(t);
  const id = String((await cli.run(["create", "x", "--json", "hi"])).json.session_id);
  // So that there is all that a conversation can have.
  await cli.run(["send", "x", "--detach", "hi"]);
  await cli.run(["wait", "x"]);
  for (const { what, path, works = [] } of PLACES) {
    await t.test(what, async () => {
      const place = path(cli, id);
      const restore = swap(place);
      for (const [verb, args] of Object.entries(COMMANDS)) {
        const result = await cli.run(args);
        if (works.includes(verb)) assert.equal(result.code, 0, `${verb}: ${result.stdout}${result.stderr}`);
        else if (result.code !== 0) isClear(result, place);
      }
      const examined = await cli.run(["doctor", "--json"]);
      assert.equal(examined.json.type, "agent_sessions.doctor", examined.stdout + examined.stderr);
      restore();
      const names = (await cli.run(["list", "--json"])).json.names as { name: string }[];
      assert.ok(
        names.some(({ name }) => name === "x"),
        JSON.stringify(names),
      );
      await cli.run(["remove", "new"]);
    });
  }
  const sent = await cli.run(["send", "x", "--json", "again"]);
  assert.match(String(sent.json.text), /again/, sent.stdout);
});

test("a turn in line that can't be written down keeps no other command from its work, and is told of", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", "hi"]);
  const [pidFile, gate] = [join(cli.sandbox.folder, "pid"), join(cli.sandbox.folder, "gate")];
  const sending = cli.start(["send", "x", cli.say({ pidTo: pidFile, waitForFile: gate }, "hi")]);
  await until(() => existsSync(pidFile), { what: "the agent" });
  const turn = (await cli.run(["send", "x", "--detach", "later"])).stdout.trim();
  const folder = join(homeOf(cli).turnsFolder, turn);
  const { pid } = JSON.parse(readFileSync(join(folder, "attendant.json"), "utf8"));
  process.kill(pid, "SIGKILL");
  await until(() => identifyProcess(pid) === undefined, { what: "the attendant to be gone" });
  const restore = swap(join(folder, "ending.json"), false);
  writeFileSync(gate, "");
  assert.equal((await sending.result).code, 0);
  assert.equal((await cli.run(["list"])).code, 0);
  assert.equal((await cli.run(["send", "x", "hi"])).code, 0);
  const waited = await cli.run(["wait", "x", "--turn", turn, "--json"]);
  assert.deepEqual([waited.code, waited.json.error?.code], [8, "state_unreadable"], waited.stdout);
  const checks = (await cli.run(["doctor", "--json"])).json.checks as { check: string; status: string }[];
  assert.equal(checks.find(({ check }) => check === "turns")?.status, "problem");
  restore();
  assert.equal((await cli.run(["wait", "x", "--turn", turn, "--json"])).json.outcome, "succeeded");
});
