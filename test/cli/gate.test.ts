import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { library } from "../support/cli/open-library.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { until } from "../support/until.ts";

interface Opened {
  cli: FakeCli;
  /** Runs `gate` in this process, where a plan can be written to a file. */
  gate(...args: string[]): Promise<CliResult>;
  write(text: string): void;
  ask(): Promise<CliResult>;
  /** The files of the gates. */
  files(): string[];
}

function open(t: TestContext): Opened {
  const cli = openFakeCli(t);
  const { workspace, env } = cli.sandbox;
  const gate = (...args: string[]) => cli.here(["gate", ...args]);
  const gates = join(env.AGENT_SESSIONS_HOME ?? "", "gates");
  return {
    cli,
    gate,
    write: (text) => writeFileSync(join(workspace, "plan"), text),
    ask: () => gate("r/plan", "--shows", "plan"),
    files: () =>
      readdirSync(gates)
        .filter((name) => name.endsWith(".json"))
        .map((name) => join(gates, name)),
  };
}

test("a gate waits, opens with a note, and asks anew when its text has changed", async (t) => {
  const { cli, gate, write, ask, files } = open(t);
  write("step 1\nstep 2\n");
  const first = await ask();
  assert.deepEqual([first.code, first.stdout], [20, ""]);
  assert.match(first.stderr, /^The gate "r\/plan" waits for a person; it was asked just now\.\n/);
  assert.match(first.stderr, /^Approve it: agent-sessions gate approve r\/plan$/m);
  const read = await gate("r/plan");
  assert.deepEqual([read.code, read.stdout], [20, ""]);
  assert.match(read.stderr, /^step 1\nstep 2\n\nThe gate /);
  const [, hash = ""] = /--sha256 ([0-9a-f]{16})$/m.exec(read.stderr) ?? [];
  const sha256 = createHash("sha256").update("step 1\nstep 2\n").digest("hex");
  assert.ok(sha256.startsWith(hash), "what sha256sum says of the file");

  const approved = await gate("approve", "r/plan", "but slowly", "--sha256", hash, "--json");
  assert.deepEqual([approved.code, approved.json.state, approved.json.sha256], [0, "approved", sha256]);
  const { user, host, pid, terminal } = approved.json.answered_by as Record<string, unknown>;
  assert.deepEqual([typeof user, typeof host, pid, terminal], ["string", "string", process.pid, null]);
  const open1 = await ask();
  assert.deepEqual([open1.code, open1.stdout], [0, "but slowly\n"]);
  assert.match(open1.stderr, /was approved by /);

  write("step 1\n");
  const changed = await gate("r/plan", "--shows", "plan", "--json");
  assert.deepEqual([changed.code, changed.json.state, changed.json.note], [20, "waiting", null]);
  assert.deepEqual(
    (changed.json.earlier as { state: string; sha256: string }[]).map((one) => [one.state, one.sha256]),
    [["approved", sha256]],
  );
  const outdated = await gate("approve", "r/plan", "--sha256", hash, "--json");
  assert.deepEqual([outdated.code, outdated.json.error?.code], [2, "usage"]);
  assert.equal((await ask()).code, 20, "who has read the old one approves nothing");
  assert.equal((await gate("refuse", "r/plan", "it drops a table")).code, 0);
  const refused = await ask();
  assert.deepEqual([refused.code, refused.stdout], [21, ""]);
  assert.match(refused.stderr, /was refused by .*: it drops a table\n/);
  const [file = ""] = files();
  assert.deepEqual([files().length, statSync(file).mode & 0o777], [1, 0o600]);

  const mind = await gate("approve", "r/plan");
  assert.match(mind.stderr, /^ {2}step 1\nApproved "r\/plan" .* Before, it was refused by /);
  const again = await gate("approve", "r/plan", "a note too late");
  assert.deepEqual(
    [again.code, /already: .* That answer stays\.\n$/.test(again.stderr)],
    [0, true],
    again.stderr,
  );
  const open2 = await ask();
  assert.deepEqual([open2.code, open2.stdout], [0, ""], "no note, nothing printed");
  await cli.here(["gate", "other", "--shows", "plan"]);
  const listed = await gate("list");
  assert.match(listed.stdout, /^GATE +STATE .*\nother +waiting .*\nr\/plan +approved /);
  const json = (await gate("list", "--json")).json as { count: number; gates: { id: string }[] };
  assert.deepEqual([json.count, json.gates.map(({ id }) => id)], [2, ["other", "r/plan"]]);
});

test("what is shown is shown as it is, whatever it would do to a terminal, and its first lines with the answer", async (t) => {
  const { gate, write, ask } = open(t);
  write(`\u001b[2Jline\n\u202egnihton\n${"more\n".repeat(20)}`);
  await ask();
  const { stderr: read } = await gate("r/plan");
  assert.match(read, /^\\u001b\[2Jline\n\\u202egnihton\nmore\n/);
  const { stderr } = await gate("approve", "r/plan");
  assert.match(stderr, /^ {2}\\u001b\[2Jline\n(?: {2}.*\n){9} {2}\.\.\. and 12 lines more\nApproved /);
});

test("gates are found from below in a repository, and a new one belongs to the folder itself", async (t) => {
  const { cli, write, ask } = open(t);
  const { workspace } = cli.sandbox;
  const below = join(workspace, "packages/core");
  mkdirSync(below, { recursive: true });
  mkdirSync(join(workspace, ".git/refs"), { recursive: true });
  writeFileSync(join(workspace, ".git/HEAD"), "ref: refs/heads/main\n");
  write("above");
  await ask();
  const inBelow = (...args: string[]) => cli.here(["gate", ...args], { cwd: below });
  const shown = await inBelow("r/plan", "--shows", "../../plan");
  assert.deepEqual([shown.code, shown.stderr.split("\n")[0]], [20, `"r/plan" belongs to ${workspace}.`]);
  assert.equal((await inBelow("approve", "r/plan")).code, 0);
  assert.equal((await ask()).code, 0);
  const own = await inBelow("own", "--shows", "../../plan", "--json");
  assert.equal(own.json.workspace, below);
  const unseen = await cli.here(["gate", "approve", "own"]);
  assert.equal(unseen.code, 4);
  assert.match(unseen.stderr, new RegExp(`another folder: agent-sessions gate own --workspace ${below}\n`));
  assert.equal((await inBelow("r/plan", "--here", "--json")).json.error?.code, "no_such_gate");
  const seen = await inBelow("list", "--json");
  assert.deepEqual((seen.json.gates as { id: string }[]).map(({ id }) => id).toSorted(), ["own", "r/plan"]);
  assert.equal((await cli.here(["gate", "list", "--all", "--json"])).json.count, 2);
  assert.equal((await cli.here(["gate", "list", "--json"])).json.count, 1);
});

test("what another version has written into a gate survives, and what a newer one has written is left alone", async (t) => {
  const { gate, write, ask, files } = open(t);
  write("plan");
  await ask();
  const [file = ""] = files();
  const record = JSON.parse(readFileSync(file, "utf8"));
  writeFileSync(file, JSON.stringify({ ...record, watchers: ["eve"] }));
  await gate("approve", "r/plan");
  assert.deepEqual(JSON.parse(readFileSync(file, "utf8")).watchers, ["eve"]);
  writeFileSync(file, JSON.stringify({ ...record, v: 2 }));
  assert.equal((await gate("approve", "r/plan", "--json")).json.error?.code, "state_newer");
  const listed = await gate("list");
  assert.match(listed.stderr, /is a gate of a newer version/);
  writeFileSync(file, "{}");
  assert.equal((await gate("r/plan", "--shows", "plan", "--json")).json.error?.code, "state_unreadable");
  // As a power failure may leave it: nobody was told that it is there.
  writeFileSync(file, "");
  assert.equal((await ask()).code, 20);
});

test("an agent in a turn can ask and see, and answers nothing, whatever it clears from its environment", async (t) => {
  const { cli, gate, write, ask } = open(t);
  const { sandbox, say } = cli;
  write("plan");
  await ask();
  const bare = `env -i PATH="$PATH" AGENT_SESSIONS_HOME="$AGENT_SESSIONS_HOME"`;
  const result = (name: string) => join(sandbox.folder, name);
  const tool = (name: string, script: string, ...args: string[]) => ({
    argv: ["sh", "-c", script, "sh", ...cli.argv(args)],
    resultTo: result(name),
  });
  const later = `(until [ -e go ]; do sleep 0.05; done; ${bare} "$@" > later 2>&1; echo "=$?" >> later) > /dev/null 2>&1 &`;
  const tools = [
    tool("asks", '"$@"', "gate", "by-agent", "--shows", "plan", "--json"),
    tool("sees", '"$@"', "gate", "r/plan", "--json"),
    tool("approves", '"$@"', "gate", "approve", "r/plan", "--json"),
    tool("approves without marks", `${bare} "$@"`, "gate", "approve", "r/plan", "--json"),
    tool("allows", `${bare} "$@"`, "config", "allow", "--json"),
    tool("leaves somebody", `setsid sh -c '${later}' sh "$@"`, "gate", "approve", "r/plan"),
  ];
  assert.equal((await cli.run(["create", "x", say({ run: tools }, "go")])).code, 0);
  // Nor does it help if the agent itself bears no mark, as where its environment can't be read.
  const unmarked = ["env", "-u", "AGENT_SESSIONS_TURN_FOLDER", "-u", "AGENT_SESSIONS_TURN", "-u"];
  const wrapper = [...unmarked, "AGENT_SESSIONS_CHAIN", FAKE_AGENT].join(" ");
  const run = [tool("approves unmarked", `${bare} "$@"`, "gate", "approve", "r/plan", "--json")];
  assert.equal(
    (await cli.run(["send", "x", "--agent-cmd", wrapper, say({ run }, "go")], { plain: true })).code,
    0,
  );
  const said = [...tools.slice(0, -1), ...run].map(({ resultTo }) =>
    JSON.parse(readFileSync(resultTo, "utf8")),
  );
  assert.deepEqual(
    said.map(({ code }) => code),
    [20, 20, 2, 2, 2, 2],
    JSON.stringify(said, null, 1),
  );
  for (const { stdout } of said.slice(2))
    assert.match(stdout, /"An agent has called (gate approve|config allow), and only a person can /);
  writeFileSync(join(sandbox.workspace, "go"), "");
  const left = join(sandbox.workspace, "later");
  const late = await until(() => existsSync(left) && /=\d+/.exec(readFileSync(left, "utf8"))?.[0], {
    what: "its answer",
  });
  assert.equal(late, "=2", readFileSync(left, "utf8"));

  for (const env of [
    { AGENT_SESSIONS_TURN: "t" },
    { AGENT_SESSIONS_CHAIN: "t" },
    { CLAUDE_CODE_SESSION_ID: "s" },
  ])
    assert.equal((await cli.here(["gate", "approve", "r/plan"], { env })).code, 2);
  assert.equal((await ask()).code, 20);
  assert.equal((await gate("approve", "r/plan")).code, 0, "whoever is here now is no agent");
});

test("the library asks, lists and answers", async (t) => {
  const { sandbox } = openFakeCli(t);
  const { workspace, env } = sandbox;
  const sessions = await library.openSessions({ workspace, env });
  await assert.rejects(sessions.gate("r/plan"), {
    code: "no_such_gate",
    hint: /sessions\.gates\(\{ everywhere: true \}\)/,
  });
  const { state, sha256 } = await sessions.gate("r/plan", { shows: "plan" });
  assert.equal(state, "waiting");
  await assert.rejects(sessions.approveGate("r/plan", { sha256: "0".repeat(64) }), { code: "usage" });
  const approved = await sessions.approveGate("r/plan", { note: "go", sha256 });
  assert.deepEqual([approved.state, approved.note, approved.earlier], ["approved", "go", []]);
  assert.equal((await sessions.gate("r/plan", { shows: "plan" })).state, "approved");
  assert.equal((await sessions.refuseGate("r/plan")).state, "refused");
  assert.deepEqual(
    (await sessions.gates()).map(({ id }) => id),
    ["r/plan"],
  );
  assert.equal((await sessions.gates({ everywhere: true })).length, 1);
  const inTurn = await library.openSessions({ workspace, env: { ...env, AGENT_SESSIONS_TURN: "t" } });
  assert.equal((await inTurn.gate("r/plan")).state, "refused");
  await assert.rejects(inTurn.approveGate("r/plan"), { code: "usage", message: /An agent has called/ });
  await assert.rejects(sessions.gate("r/plan", { shows: "" }), { code: "usage" });
});
