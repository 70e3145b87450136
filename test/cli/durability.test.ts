import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import {
  lostByPowerFailure,
  readTrace,
  type SystemCall,
  traced,
  whyNotTraced,
} from "../support/cli/system-calls.ts";
import { FAST_AGENT } from "../support/fake-agent/script.ts";
import { run } from "../support/run.ts";
import { addUses } from "../support/stores/add-uses.ts";

const whyNot = whyNotTraced();
const options = {
  skip: whyNot === undefined ? false : `${whyNot}; the order of system calls is not checked`,
};

/** What may be lost: it means nothing after a restart, or is a cache, or the agent's own output. */
const MAY_BE_LOST = [
  /\/lock(?:\/|$)/,
  /\/seen-\w+\.json$/,
  // Only the times at which names were used last: a turn does not wait for them.
  /\/used\.jsonl$/,
  /\/gc\.stamp$/,
  /\/\.agent-sessions-probe-/,
  /\/queue(?:\/|$)/,
  /\/callers(?:\/|$)/,
  /\/trash(?:\/|$)/,
  // A turn whose end is in the journal: one that lies in turns/ again is moved once more.
  /\/told(?:\/|$)/,
  // A restart of the machine ends all keepers.
  /\/keepers(?:\/|$)/,
  /\/attendant\.log$/,
  /\/\.cache(?:\/|$)/,
];

/** A place where commands run under strace, with an agent that answers at once. */
function openTraced(t: TestContext) {
  const { sandbox } = openFakeCli(t);
  const transcripts = join(sandbox.home, ".claude/projects/fast");
  mkdirSync(transcripts, { recursive: true });
  const env = sandbox.with({ FAST_AGENT_TRANSCRIPTS: transcripts, AGENT_SESSIONS_NO_CACHE: "1" });
  const traceFile = join(sandbox.folder, "trace");
  const trace = async (...args: string[]): Promise<Trace> => {
    const before = new Set(readdirSync(sandbox.home, { recursive: true, encoding: "utf8" }));
    const isTurn = args[0] === "create" || args[0] === "send";
    const argv = [process.execPath, CLI, ...args, ...(isTurn ? ["--agent-cmd", FAST_AGENT] : [])];
    const result = await run(traced(argv, traceFile), { cwd: sandbox.workspace, env });
    assert.equal(result.code, 0, result.stderr);
    assert.ok(existsSync(traceFile));
    const calls = readTrace(readFileSync(traceFile, "utf8"));
    return new Trace(calls, (path) => before.has(path.slice(sandbox.home.length + 1)));
  };
  return { trace, sandbox };
}

/** What a command did up to a moment, with the questions that a test asks. */
class Trace {
  constructor(
    private readonly calls: readonly SystemCall[],
    private readonly isOld: (path: string) => boolean,
  ) {}

  until(op: "print" | "open gate"): Trace {
    const at = this.calls.findIndex((call) => call.op === op);
    assert.notEqual(at, -1, `the command came to: ${op}`);
    return new Trace(this.calls.slice(0, at), this.isOld);
  }

  /** Nothing of what was done could be taken by a power failure, and the files that matter are part of it. */
  keeps(...files: RegExp[]): void {
    for (const file of files) {
      const isWritten = this.calls.some(({ op, path }) => op !== "fsync" && file.test(path));
      assert.ok(isWritten, `${file} was written`);
    }
    const lost = lostByPowerFailure(this.calls, this.isOld);
    assert.deepEqual(
      lost.filter((what) => !MAY_BE_LOST.some((pattern) => pattern.test(what.split(",")[0] ?? ""))),
      [],
    );
  }

  /** What another program has written is on the disk. */
  forces(file: RegExp): void {
    assert.ok(
      this.calls.some(({ op, path }) => op === "fsync" && file.test(path)),
      `${file} was forced to disk`,
    );
  }

  /** What was done to a file and its folder, in order and without repetition, such as `write fsync`. */
  orderOf(file: RegExp): string {
    const own = this.calls.findLast(({ op, path }) => op !== "fsync" && file.test(path));
    const names = new Set([own?.path, own?.from]);
    const folder = own?.path.slice(0, own.path.lastIndexOf("/"));
    return this.calls
      .flatMap(({ op, path }) => {
        if (names.has(path)) return [op];
        return op === "fsync" && path === folder ? ["fsync folder"] : [];
      })
      .filter((op, index, all) => op !== all[index - 1])
      .join(", ");
  }
}

const PROMPT = /\/turns\/[^/]+\/prompt$/;
const PLAN = /\/turns\/[^/]+\/turn\.json$/;
const AGENT = /\/turns\/[^/]+\/agent\.json$/;
const REQUEST = /\/turns\/[^/]+\/request\.json$/;
const ATTENDANT = /\/turns\/[^/]+\/attendant\.json$/;
const CLAIM = /\/requests\/[0-9a-f]+\/1$/;
const KEY = /\/agent-sessions-state\/key$/;
const JOURNAL = /\/journal\.jsonl$/;
const RECORD = /\/record\.json$/;
const NAME_LOG = /\/names\/[^/]+\/log\.jsonl$/;
const USES = /\/names\/[^/]+\/used\.jsonl$/;
const MAPPING = /\/claude-code-alias-mapping\.json$/;
const GATE = /\/gates\/[0-9a-f]+\.json$/;
const TRANSCRIPT = /\/transcript\/[^/]+\.jsonl$/;

test(
  "strace: what a create, a send, a replace and a remove acknowledge is on the disk before",
  options,
  async (t) => {
    const { trace, sandbox } = openTraced(t);

    const created = await trace("create", "x", "hello");
    const beforeAgent = created.until("open gate");
    beforeAgent.keeps(PROMPT, PLAN, AGENT, NAME_LOG);
    assert.equal(beforeAgent.orderOf(PROMPT), "create, write, fsync, fsync folder");
    assert.equal(beforeAgent.orderOf(PLAN), "create, write, fsync, rename, fsync folder");
    assert.equal(beforeAgent.orderOf(AGENT), "create, fsync folder, write, fsync");
    const beforeName = created.until("print");
    beforeName.keeps(RECORD, NAME_LOG, MAPPING, JOURNAL, TRANSCRIPT);
    assert.equal(beforeName.orderOf(MAPPING), "create, write, fsync, rename, fsync folder");
    assert.match(beforeName.orderOf(RECORD), /create, write, fsync, rename, fsync folder$/);
    assert.equal(beforeName.orderOf(TRANSCRIPT), "link, rename, fsync folder");

    const sent = await trace("send", "x", "more");
    sent.until("open gate").keeps(PROMPT, PLAN, AGENT);
    sent.until("print").keeps(JOURNAL);
    sent.until("print").forces(/\/projects\/fast\/[^/]+\.jsonl$/);
    assert.equal(sent.until("print").orderOf(JOURNAL), "write, fsync");

    addUses(join(sandbox.home, "agent-sessions-state"), "x");
    const rewritten = (await trace("send", "x", "once more")).until("print");
    rewritten.keeps(JOURNAL, USES);
    assert.match(rewritten.orderOf(USES), /write, rename$/);
    assert.equal(rewritten.orderOf(NAME_LOG), "", "the log has moves alone");

    const replaced = await trace("create", "--replace", "x", "anew");
    replaced.until("open gate").keeps(PROMPT, PLAN, AGENT, NAME_LOG);
    replaced.until("print").keeps(RECORD, NAME_LOG, MAPPING, JOURNAL);
    assert.equal(replaced.until("print").orderOf(MAPPING), "create, write, fsync, rename, fsync folder");

    const removed = (await trace("remove", "x", "--json")).until("print");
    removed.keeps(NAME_LOG, MAPPING);
    assert.equal(removed.orderOf(NAME_LOG), "write, fsync");
  },
);

test("strace: a detached turn is on the disk before it is acknowledged", options, async (t) => {
  const { trace } = openTraced(t);
  await trace("create", "x", "hello");
  const accepted = (await trace("send", "--detach", "--request-id", "r1", "x", "later")).until("print");
  accepted.keeps(PROMPT, REQUEST, ATTENDANT, CLAIM, KEY);
  assert.equal(accepted.orderOf(PROMPT), "create, write, fsync, fsync folder");
  assert.equal(accepted.orderOf(REQUEST), "create, write, fsync, rename, fsync folder");
});

test("strace: an answer to a gate is on the disk before it is acknowledged", options, async (t) => {
  const { trace, sandbox } = openTraced(t);
  const ask = [process.execPath, CLI, "gate", "r/plan", "--shows", "/etc/passwd"];
  assert.equal((await run(ask, { cwd: sandbox.workspace, env: sandbox.env })).code, 20);
  const answered = (await trace("gate", "approve", "r/plan", "--json")).until("print");
  answered.keeps(GATE);
  assert.equal(answered.orderOf(GATE), "create, write, fsync, rename, fsync folder");
});

test(
  "strace: a log that somebody made and died gets its name onto the disk by the next writer",
  options,
  async (t) => {
    const { trace, sandbox } = openTraced(t);
    await trace("create", "x", "hello");
    const names = join(sandbox.env.AGENT_SESSIONS_HOME ?? "", "names");
    const [scope = ""] = readdirSync(names);
    truncateSync(join(names, scope, "log.jsonl"));
    const removed = (await trace("remove", "x", "--json")).until("print");
    assert.match(removed.orderOf(NAME_LOG), /^fsync folder, write, fsync/);
  },
);
