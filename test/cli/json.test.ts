import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pick, snakeLine } from "../../src/domain/json-line.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/until.ts";

/** What each command printed, as it was first released. Later versions may add keys; they change and drop none. */
const RELEASED = join(REPOSITORY, "test/fixtures/json/verbs.json");
const OTHER = "beefbeef-0000-4000-8000-000000000002";
const NO_AGENTS = { PATH: "/nowhere" };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Every verb, in an order in which each finds what it needs. */
function commandLines({ say, sandbox }: FakeCli): { args: string[]; env?: Record<string, string> }[] {
  const waiting = (text: string) =>
    say({ waitForFile: join(sandbox.folder, "gate"), pidTo: join(sandbox.folder, "waits") }, text);
  return [
    { args: ["list"] },
    { args: ["create", "x", say({}, "one"), "--model", "fast", "--effort", "high", "--role", "role.md"] },
    { args: ["create", "y", "-a", "codex", say({}, "one")] },
    { args: ["create", "empty"] },
    { args: ["create", "x", "--if-missing"] },
    { args: ["create", "x"] },
    { args: ["send", "x", say({}, "two"), "--request-id", "r1"] },
    { args: ["send", "x", say({}, "two"), "--request-id", "r1"] },
    { args: ["send", "y", say({}, "two")] },
    { args: ["send", "x", say({ isError: true, text: "It broke." }, "three")] },
    { args: ["send", "x", say({ exitSignal: "SIGKILL", noTerminalEvent: true, noAnswer: true }, "four")] },
    { args: ["send", "nope", "hi"] },
    { args: ["send", "x"] },
    { args: ["continue", say({}, "six")] },
    { args: ["fork", "x", "f", say({}, "seven")] },
    { args: ["send", "g", "--fork-from", "x", say({}, "eight")] },
    { args: ["once", say({}, "nine")] },
    { args: ["once", "--keep", "k", say({}, "ten")] },
    { args: ["send", "x", "--detach", waiting("eleven")] },
    { args: ["status"] },
    { args: ["status", "--all"] },
    { args: ["send", "x", "--if-busy", "fail", "hi"] },
    { args: ["wait", "x", "--timeout", "10ms"] },
    { args: ["cancel", "x"] },
    { args: ["cancel", "x"] },
    { args: ["wait", "x"] },
    { args: ["attach", "y"] },
    { args: ["attach", "x", "--turn", "nope"] },
    { args: ["show", "x"] },
    { args: ["show", "y"] },
    { args: ["show", "empty"] },
    { args: ["history", "x"] },
    { args: ["history", "f"] },
    { args: ["list"] },
    { args: ["list", "--all"] },
    { args: ["list", "--tree"] },
    { args: ["role", "show", "x"] },
    { args: ["role", "set", "x", "other-role.md"] },
    { args: ["rename", "y", "z"] },
    { args: ["restore", "z", "--list"] },
    { args: ["remove", "z"] },
    { args: ["remove", "nope"] },
    { args: ["restore", "z"] },
    { args: ["remove", "--all", "--agent", "codex"] },
    { args: ["adopt"] },
    { args: ["adopt", "again", OTHER] },
    { args: ["cost"] },
    { args: ["cost", "--all", "--by", "workspace"] },
    { args: ["cost", "x", "--by", "model"] },
    { args: ["gc", "--dry-run"] },
    { args: ["agents"], env: NO_AGENTS },
    { args: ["doctor"], env: NO_AGENTS },
    { args: ["checkpoint"] },
    { args: ["checkpoint", "--resume-next", OTHER.slice(0, 8)] },
    { args: ["checkpoint", "--remove", OTHER.slice(0, 8)] },
    { args: ["skills", "install", "--to", "skills"] },
    { args: ["open", "x"] },
    { args: ["nonsense"] },
  ];
}

test("the JSON of every verb has the keys that it had, in their order, with the same values", async (t) => {
  const cli = openFakeCli(t);
  plantFiles(cli.sandbox.workspace);
  const printed: { command: string; exit: number | null; lines: Json[] }[] = [];
  for (const { args, env = {} } of commandLines(cli)) {
    const { code, stdout } = await cli.here([...args, "--json"], {
      env: { AGENT_SESSIONS_CALLER: "c", ...env },
    });
    if (args.includes("--detach"))
      await until(() => existsSync(join(cli.sandbox.folder, "waits")), {
        what: "the turn in the background",
      });
    const lines = stdout.trimEnd().split("\n").filter(Boolean);
    const command = args.map((word) => word.split("\n").at(-1)).join(" ");
    printed.push({ command, exit: code, lines: lines.map((line) => plain(JSON.parse(line), cli)) });
  }
  const now = plain(printed, cli);
  if (process.env.WRITE_RELEASED_JSON !== undefined || !existsSync(RELEASED)) {
    writeFileSync(RELEASED, `${JSON.stringify(now, null, 1)}\n`);
    assert.fail(`${RELEASED} is written anew: look at it, and run the test again.`);
  }
  requireKept(JSON.parse(readFileSync(RELEASED, "utf8")), now, "");
});

test("a view is printed in snake case, with null for what is unknown, and the keys of the model as they are", () => {
  const view = {
    sessionId: "s",
    isKept: undefined,
    gaps: [{ usedAt: "t", exchangesOutside: 0, name: undefined }],
    structured: { camelCase: { isKept: undefined } },
  };
  const printed = {
    session_id: "s",
    kept: null,
    gaps: [{ last_used_at: "t", exchanges_outside: 0, name: null }],
    structured: { camelCase: { isKept: undefined } },
  };
  assert.equal(snakeLine(view), `${JSON.stringify(printed)}\n`);
  assert.equal(snakeLine({ structured: undefined }), '{"structured":null}\n');
  const values = { text: 'é\u2028"\\\n\ud800', number: 1e21, none: null, flag: false, list: [], object: {} };
  assert.equal(snakeLine(values), `${JSON.stringify(values)}\n`);
  assert.equal(snakeLine("\u009b2J"), '"\\u009b2J"\n', "a terminal obeys nothing of it");
  const cut: { a: number; b?: number; c: number } = { c: 1, a: 2 };
  assert.equal(snakeLine(pick(cut, "a", "b")), '{"a":2,"b":null}\n', "in this order");
});

function plantFiles(workspace: string): void {
  writeFileSync(join(workspace, "role.md"), "Be brief.\n");
  writeFileSync(join(workspace, "other-role.md"), "Be long.\n");
  const folder = join(workspace, ".claude/sessions");
  mkdirSync(folder, { recursive: true });
  const saved = {
    session_id: OTHER,
    saved_at: "2026-01-02T03:04:05Z",
    last_task: "a task",
    summary: "a summary",
  };
  writeFileSync(join(folder, `${OTHER}.json`), JSON.stringify(saved));
}

/** Fails where a key, its place among the others, or a value is not what it was. New keys are welcome. */
function requireKept(released: Json, now: Json, path: string): void {
  if (Array.isArray(released) && Array.isArray(now)) {
    // There may be more agents by now.
    const isLonger = path.endsWith(".agents") && now.length > released.length;
    if (!isLonger) assert.equal(now.length, released.length, `${path}: ${JSON.stringify(now)}`);
    for (const [at, value] of released.entries()) requireKept(value, now[at] ?? null, `${path}[${at}]`);
  } else if (isObject(released) && isObject(now)) {
    const where = `${path} ${String(now.command ?? "")}`;
    const kept = Object.keys(now).filter((key) => key in released);
    assert.deepEqual(kept, Object.keys(released), `the keys of ${where}`);
    for (const key of kept) requireKept(released[key] ?? null, now[key] ?? null, `${where}.${key}`);
  } else assert.deepEqual(now, released, path);
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Texts for people may change, and some values differ from run to run: a word for their kind takes their place. */
function plain(value: unknown, cli: FakeCli, key = ""): Json {
  if (Array.isArray(value)) return value.map((one) => plain(one, cli, key));
  if (typeof value === "object" && value !== null && "problems" in value) return findings(value);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one, cli, name)]));
  if (typeof value === "number") return /(_ms|bytes|pid|size|_at)$/.test(key) ? "a number" : value;
  if (typeof value !== "string") return value as Json;
  if (["message", "hint", "notice"].includes(key)) return "a text";
  return value
    .replaceAll(cli.sandbox.folder, "PLACE")
    .replaceAll(REPOSITORY, "REPOSITORY")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "a time")
    .replaceAll(/\d{4}\/\d\d\/\d\d\/rollout-[\dT-]+-/g, "DAY/rollout-")
    .replaceAll(/\b\d{8}-\d{6}-[0-9a-f]{8}\b/g, "a turn")
    .replaceAll(/\b(?!beefbeef)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "an id")
    .replaceAll(/\b[0-9a-f]{32,64}\b/g, "a digest")
    .replaceAll(/as-[A-Za-z0-9]{6}\b/g, "PLACE");
}

/** What a machine's doctor finds depends on the machine; which checks there are does not. */
function findings(doctor: object & { checks?: { check: string }[] }): Json {
  const checks = [...new Set(doctor.checks?.map((finding) => `${finding.check} ${Object.keys(finding)}`))];
  return { keys: Object.keys(doctor), checks };
}
