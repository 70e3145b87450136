import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { cannotMount, NAMESPACE } from "../support/namespace.ts";
import { run } from "../support/run.ts";
import { workerArgv } from "../support/worker.ts";

interface Step {
  code: number;
  /** The last line of its stdout as JSON. */
  json: Record<string, unknown> & {
    error?: { code: string; message: string; hint: string | null; errno?: string };
  };
}

/** `$cli` runs the command line, `$agent` makes it take the fake, `step` does a command and says what came of it. */
const PRELUDE = `
cli="'${process.execPath}' '${CLI}'"; agent="--agent-cmd '${FAKE_AGENT}'"
step() { out=$(eval "$cli $*" 2>/dev/null); code=$?; printf '%s\\t%s\\n' "$code" "$(printf %s "$out" | tail -n 1)"; }
`;

/** Runs a script where it may mount what it likes, and gives what its steps came to. */
async function inNamespace(cli: FakeCli, script: string): Promise<Step[]> {
  const { workspace, env } = cli.sandbox;
  const { stdout, stderr, code } = await run(
    [...NAMESPACE, "sh", "-euc", PRELUDE.replace("\n", "\nset +e\n") + script],
    {
      cwd: workspace,
      env,
    },
  );
  assert.equal(code, 0, stderr);
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [exit, json = ""] = line.split("\t");
      return { code: Number(exit), json: json.startsWith("{") ? JSON.parse(json) : {} };
    });
}

function stateOf(cli: FakeCli): string {
  return cli.sandbox.env.AGENT_SESSIONS_HOME ?? "";
}

function namesIn(step: Step | undefined): string[] {
  const names = (step?.json.names ?? []) as { name: string }[];
  return names.map(({ name }) => name).sort();
}

test("a full disk: what was acknowledged is there, the rest says so, and nothing stays broken", {
  skip: cannotMount,
}, async (t) => {
  const cli = openFakeCli(t);
  const home = stateOf(cli);
  mkdirSync(home, { mode: 0o700 });
  // Leaves so many pages free. What is written in one page each fails at another step each time.
  const fill = `fill() { dd if=/dev/zero of='${home}/fill' bs=4k count=500 2>/dev/null; truncate -s -$(($1 * 4096)) '${home}/fill'; }`;
  const pages = [0, 2, 3, 5, 8, 10];
  const steps = await inNamespace(
    cli,
    `mount -t tmpfs -o size=1m,mode=700 none '${home}'
${fill}
step create keep --json $agent hi
for pages in ${pages.join(" ")}; do
  fill $pages; step create n$pages --json $agent hi; rm '${home}/fill'
  fill $pages; step send keep --json $agent again; rm '${home}/fill'
  fill $pages; step remove n$pages --json; step list --json; rm '${home}/fill'
  step list --json
done
step send keep --json $agent last
step doctor --json
`,
  );
  const [first, ...rest] = steps;
  assert.equal(first?.code, 0);
  for (const [index, free] of pages.entries()) {
    const name = `n${free}`;
    const [created, sent, removed, , listed] = rest.slice(index * 5, index * 5 + 5);
    for (const step of [created, sent, removed]) {
      if (step?.code === 0 || step?.json.error?.code === "no_such_name") continue;
      // A turn that has run may have failed for the agent, which could not write its answer.
      if (step?.json.type === "agent_sessions.result") continue;
      assert.equal(step?.code, 8, JSON.stringify(step));
      assert.equal(step?.json.error?.errno, "ENOSPC");
      assert.match(step?.json.error?.message ?? "", new RegExp(`${home}/.*: ENOSPC\\.`));
      assert.match(step?.json.error?.hint ?? "", /Free some space/);
    }
    assert.equal(listed?.code, 0, JSON.stringify(listed));
    const names = namesIn(listed);
    assert.ok(names.includes("keep"), String(free));
    if (removed?.code === 0) assert.ok(!names.includes(name), "what was removed stays removed");
    else if (created?.code === 0) assert.ok(names.includes(name), "what was created is there");
  }
  const [last, doctor] = rest.slice(-2);
  assert.deepEqual([last?.code, last?.json.outcome], [0, "succeeded"]);
  const checks = doctor?.json.checks as { check: string; status: string; message: string }[];
  const broken = checks.filter(
    ({ check, status }) => status === "problem" && check !== "agents" && check !== "space",
  );
  assert.deepEqual(broken, []);
});

test("a full disk can be cleared with gc", { skip: cannotMount }, async (t) => {
  const cli = openFakeCli(t);
  const home = stateOf(cli);
  mkdirSync(home, { mode: 0o700 });
  const steps = await inNamespace(
    cli,
    `mount -t tmpfs -o size=1m,mode=700 none '${home}'
step create gone --json $agent hi
step send gone --detach --json $agent hi
step wait gone --json
step remove gone --json
dd if=/dev/zero of='${home}/fill' bs=4k count=500 2>/dev/null
step gc --turns-older-than 0s --sessions-older-than 0s --json
step doctor --json
`,
  );
  const [collected] = steps.slice(-2);
  assert.equal(collected?.code, 0);
  assert.deepEqual(
    [collected?.json.turns, collected?.json.conversations, collected?.json.skipped],
    [2, 1, []],
    JSON.stringify(collected?.json),
  );
});

test("a read-only state home: asked for, an error with the way out; the usual one, a place in temp with a notice", {
  skip: cannotMount,
}, async (t) => {
  const cli = openFakeCli(t);
  const home = stateOf(cli);
  assert.equal((await cli.run(["create", "x"])).code, 0);
  const steps = await inNamespace(
    cli,
    `mount --bind '${home}' '${home}'; mount -o remount,ro,bind '${home}'
step list --json
step send x --json $agent hi
step doctor --json
`,
  );
  for (const step of steps.slice(0, 2)) {
    assert.deepEqual([step.code, step.json.error?.code], [8, "state_unwritable"], JSON.stringify(step));
    assert.match(step.json.error?.message ?? "", new RegExp(`Could not write ${home}: EROFS`));
    assert.match(step.json.error?.hint ?? "", /AGENT_SESSIONS_HOME/);
  }
  assert.equal(steps[2]?.code, 8);

  const usual = join(cli.sandbox.home, ".local/state");
  mkdirSync(usual, { recursive: true });
  const fallback = await inNamespace(
    cli,
    `unset AGENT_SESSIONS_HOME; mount --bind '${usual}' '${usual}'; mount -o remount,ro,bind '${usual}'
step create y --json $agent hi
step list --json
`,
  );
  assert.deepEqual(
    fallback.map(({ code }) => code),
    [0, 0],
  );
  assert.deepEqual(namesIn(fallback[1]), ["x", "y"], "the mapping file brings the other names along");
  const temp = readdirSync(cli.sandbox.env.TMPDIR ?? "");
  assert.ok(temp.some((name) => name.startsWith("agent-sessions-state-")));
  const names = (await cli.run(["list", "--json"])).json.names as { name: string }[];
  assert.deepEqual(
    names.map(({ name }) => name).sort(),
    ["x", "y"],
    "and takes what was made meanwhile back",
  );
});

test("a state home on another file system: transcripts are copied, kept up to date and put back", {
  skip: cannotMount,
}, async (t) => {
  const cli = openFakeCli(t);
  const home = stateOf(cli);
  mkdirSync(home, { mode: 0o700 });
  const projects = join(cli.sandbox.home, ".claude/projects");
  const steps = await inNamespace(
    cli,
    `mount -t tmpfs -o size=4m,mode=700 none '${home}'
step create x --json $agent one
step send x --json $agent two
rm -r '${projects}'
step send x --json $agent three
step send x --json $agent four
find '${home}' -name '*.jsonl' -path '*transcript*' -exec cp {} '${cli.sandbox.folder}/kept' ';'
rm -r '${projects}'
step send x --json $agent five
`,
  );
  assert.deepEqual(
    steps.map(({ code, json }) => [code, json.continuity]),
    [
      [0, "new"],
      [0, "native"],
      [0, "restored"],
      [0, "native"],
      [0, "restored"],
    ],
    JSON.stringify(steps),
  );
  assert.match(String(steps[2]?.json.text), /prompts: 3\]/);
  assert.match(String(steps[4]?.json.text), /prompts: 5\]/);
  assert.ok(existsSync(join(cli.sandbox.folder, "kept")));
});

test("where no copy of a transcript can be kept, what our own turn has said is still nobody else's", async (t) => {
  const cli = openFakeCli(t);
  const { session_id: id } = (await cli.run(["create", "x", "--json", "hi"])).json;
  const [kept = ""] = readdirSync(stateOf(cli), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("/transcript"),
  );
  const folder = join(stateOf(cli), kept);
  rmSync(folder, { recursive: true });
  // As on a full disk, and for root as well: no file can be made here.
  writeFileSync(folder, "");
  const sent = await cli.run(["send", "x", "--json", "one"]);
  assert.equal(sent.code, 0, sent.stdout);
  assert.match(sent.stderr, /No copy of the transcript could be kept \(ENOTDIR\)/);
  const next = await cli.run(["send", "x", "--json", "two"]);
  assert.deepEqual([next.code, next.json.foreign_bytes], [0, 0], next.stdout);
  assert.doesNotMatch(next.stderr, /outside agent-sessions/);

  // A copy that lacks the end of the conversation is no conversation that goes on, unless it is said to do.
  rmSync(folder);
  const [transcript = ""] = readdirSync(join(cli.sandbox.home, ".claude/projects"), {
    recursive: true,
    encoding: "utf8",
  }).filter((path) => path.endsWith(`${id}.jsonl`));
  const path = join(cli.sandbox.home, ".claude/projects", transcript);
  mkdirSync(folder);
  writeFileSync(join(folder, `${id}.jsonl`), readFileSync(path, "utf8").split("\n").slice(0, 3).join("\n"));
  rmSync(path);
  const refused = await cli.run(["send", "x", "--json", "three"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [3, "conversation_changed"], refused.stdout);
  const trusted = await cli.run(["send", "x", "--trust-transcript", "--json", "three"]);
  assert.deepEqual(
    [trusted.json.outcome, trusted.json.continuity],
    ["succeeded", "restored"],
    trusted.stdout,
  );
});

test("a state home that was copied to another file system goes on", { skip: cannotMount }, async (t) => {
  const cli = openFakeCli(t);
  assert.equal((await cli.run(["create", "x", "hi"])).code, 0);
  const moved = join(cli.sandbox.folder, "moved");
  cpSync(stateOf(cli), moved, { recursive: true });
  rmSync(stateOf(cli), { recursive: true });
  const sent = await cli.run(["send", "x", "--json", "again"], { env: { AGENT_SESSIONS_HOME: moved } });
  assert.match(String(sent.json.text), /prompts: 2\]/);
});

test("no inode left at a turn's end, in a program that lives on: with room again, others go on in the conversation", {
  skip: cannotMount,
}, async (t) => {
  const cli = openFakeCli(t);
  const { workspace, env } = cli.sandbox;
  const home = stateOf(cli);
  mkdirSync(home, { mode: 0o700 });
  const [node, worker] = workerArgv("full");
  const script = `mount -t tmpfs -o nr_inodes=400,mode=700 none '${home}'
'${node}' '${worker}' '${CLI}' '${FAKE_AGENT}'`;
  const { stdout, stderr, code } = await run([...NAMESPACE, "sh", "-euc", script], { cwd: workspace, env });
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { failure: "state_unwritable", next: "succeeded" });
});

test("a full disk: codex is given no server, and its file is as it was", { skip: cannotMount }, async (t) => {
  const cli = openFakeCli(t);
  const codex = join(cli.sandbox.home, ".codex");
  mkdirSync(codex, { recursive: true });
  const text = `model = "x"\n${"# a long comment of mine\n".repeat(200)}`;
  // Room for none of both, and for the copy but not for the file.
  const steps = await inNamespace(
    cli,
    `mount -t tmpfs -o size=64k,mode=700 none '${codex}'
printf %s '${text}' > '${codex}/config.toml'
for pages in 0 2; do
  dd if=/dev/zero of='${codex}/fill' bs=4k count=50 2>/dev/null
  truncate -s -$((pages * 4096)) '${codex}/fill'
  step mcp install --agent codex --json
  rm '${codex}/fill'
  printf '%s\\t{"bytes": %s, "files": %s}\\n' 0 "$(wc -c < '${codex}/config.toml')" "$(ls -A '${codex}' | wc -l)"
done
step mcp install --agent codex --json
`,
  );
  const before = { bytes: text.length, files: 1 };
  for (const [failed, left] of [steps.slice(0, 2), steps.slice(2, 4)]) {
    assert.deepEqual([failed?.code, failed?.json.error?.errno], [8, "ENOSPC"], JSON.stringify(failed));
    assert.match(failed?.json.error?.hint ?? "", /Free some space/);
    assert.deepEqual(left?.json, before);
  }
  assert.equal(steps[4]?.json.state, "installed", JSON.stringify(steps[4]));
});
