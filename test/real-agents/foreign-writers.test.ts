// Others who write in a conversation of ours: a window of Claude Code, `claude -p`, `codex exec`, a Codex that stays.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import {
  openClaudeWindow,
  passFirstRun,
  transcriptOf,
  windowEnvironment,
} from "../support/cli/claude-window.ts";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { run, start } from "../support/run.ts";
import { until } from "../support/until.ts";

const needsTerminal = { skip: process.platform !== "linux" && "script(1) of util-linux makes the terminal" };
const needsLocks = { skip: process.platform !== "linux" && "only Linux tells who holds a lock" };

async function create(cli: RealCli, agent: string): Promise<string> {
  const { json } = await cli.run(["create", "x", "-a", agent, "--json", "first"]);
  return json.session_id as string;
}

async function windowsOf(cli: RealCli): Promise<{ pid: number; kind: string; status: string | null }[]> {
  const { json } = await cli.run(["status", "x", "--json"]);
  return json.windows as { pid: number; kind: string; status: string | null }[];
}

/** The words that run a turn past us. */
function foreignTurn(agent: string, sessionId: string): string[] {
  return agent === "claude"
    ? ["claude", "-p", "--resume", sessionId]
    : ["codex", "exec", "--json", "resume", sessionId, "-"];
}

test("claude: a process that another program keeps warm is named, and not waited for", async (t) => {
  const cli = await openRealCli(t);
  const id = await create(cli, "claude");
  const words = ["-p", "--input-format", "stream-json", "--output-format", "stream-json", "--verbose"];
  const kept = start(["claude", ...words, "--resume", id], {
    cwd: cli.workspace,
    env: cli.env,
    keepStdin: true,
  });
  const message = { type: "user", message: { role: "user", content: "from elsewhere" } };
  kept.write(`${JSON.stringify(message)}\n`);
  await kept.waitFor((stdout) => stdout.includes('"subtype":"success"'), { what: "its first turn" });
  const refused = await cli.run(["send", "x", "--json", "kept out"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"], refused.stdout);
  assert.match(refused.json.error?.message ?? "", new RegExp(`keeps Claude Code open.*process ${kept.pid}`));
  kept.endInput();
  await kept.exited;
  assert.equal((await cli.run(["send", "x", "--json", "after"])).json.outcome, "succeeded");
  assert.deepEqual(cli.lastPrompts(), ["first", "from elsewhere", "after"]);
});

test("claude: what `claude --bg` holds is left alone, from the start on; stopped, the conversation goes on with it", async (t) => {
  const cli = await openRealCli(t);
  const id = await create(cli, "claude");
  const env = windowEnvironment(cli);
  passFirstRun(join(cli.sandbox.home, ".claude.json"), cli.workspace);
  const claude = (...args: string[]) => run(["claude", ...args], { cwd: cli.workspace, env });
  const begun = await claude("--bg", "--resume", id, "in-the-background");
  assert.equal(begun.code, 0, begun.stderr);
  const refused = async (...options: string[]) => {
    const { code, json } = await cli.run(["send", "x", "--json", ...options, "kept out"]);
    const { code: why, hint = "" } = (json.error ?? {}) as { code?: string; hint?: string };
    assert.deepEqual([code, why], [5, "busy"]);
    return /`(claude stop \w+)`/.exec(hint)?.[1] ?? "";
  };
  await refused();
  await cli.model.received("in-the-background");
  await until(async () => ((await windowsOf(cli))[0]?.status === "idle" ? true : undefined), {
    what: "an idle job",
  });
  const stop = await refused("--with-open-window");
  assert.equal((await windowsOf(cli))[0]?.kind, "background");
  assert.equal((await claude(...stop.split(" ").slice(1))).code, 0, stop);
  const { json } = await cli.run(["send", "x", "--json", "after"]);
  assert.equal(json.outcome, "succeeded", JSON.stringify(json.error));
  assert.deepEqual(cli.lastPrompts(), ["first", "in-the-background", "after"]);
  assert.deepEqual(cli.model.strays(), []);
});

test(
  "claude: an open window keeps sends out, idle or busy; after it they go on from there",
  needsTerminal,
  async (t) => {
    const cli = await openRealCli(t);
    const window = await openClaudeWindow(cli, await create(cli, "claude"));
    const refusals = async (status: string) => {
      const refused = await cli.run(["send", "x", "--json", "kept out"]);
      const { code, pid, status: said } = refused.json.error as unknown as Record<string, unknown>;
      assert.deepEqual([refused.code, code, pid, said], [5, "busy", window.pid, status]);
      const detached = await cli.run(["send", "x", "--detach", "kept out"]);
      assert.deepEqual([detached.code, detached.stdout], [5, ""]);
      assert.match(detached.stderr, /open in a window \(process \d+\)/);
      const [shown] = await windowsOf(cli);
      assert.deepEqual([shown?.pid, shown?.kind, shown?.status], [window.pid, "window", status]);
    };
    await refusals("idle");
    const letGo = hold(cli, "held");
    await window.say("held");
    await until(() => window.status() === "busy", { what: "a busy window" });
    await refusals("busy");
    letGo("at-last");
    await window.showed("at-last");
    await window.close();
    assert.equal(window.status(), undefined, "a window that is closed takes its record away");
    const { json } = await cli.run(["send", "x", "--json", "after"]);
    assert.deepEqual([json.outcome, cli.lastPrompts()], ["succeeded", ["first", "held", "after"]]);
    assert.ok((json.foreign_bytes as number) > 0);
    const usage = json.usage as { input_tokens: number; cost_usd: number | null };
    // The window's own turn is none of ours.
    assert.deepEqual([usage.input_tokens, usage.cost_usd], [103, 0.000812]);
    const sum = (await cli.run(["show", "x", "--json"])).json.usage as { is_lower_bound: boolean };
    assert.equal(sum.is_lower_bound, false);
    const next = await cli.run(["send", "x", "--json", "next"]);
    const { input_tokens, cost_usd } = next.json.usage as { input_tokens: number; cost_usd: number };
    assert.deepEqual([input_tokens, cost_usd > 0, next.json.foreign_bytes], [104, true, 0]);
  },
);

test(
  "claude: a turn sent past a window is lost once the window goes on, and one killed blocks nobody",
  needsTerminal,
  async (t) => {
    const cli = await openRealCli(t);
    const sessionId = await create(cli, "claude");
    const idle = await openClaudeWindow(cli, sessionId);
    const past = ["send", "x", "--json", "--with-open-window"];
    await cli.run([...past, "ours"]);
    await idle.close();
    await cli.run(["send", "x", "second"]);
    assert.deepEqual(
      cli.lastPrompts(),
      ["first", "ours", "second"],
      "a window that says no more changes nothing",
    );

    const window = await openClaudeWindow(cli, sessionId);
    const sent = await cli.run([...past, "lost"]);
    assert.deepEqual(
      [sent.json.outcome, cli.lastPrompts()],
      ["succeeded", ["first", "ours", "second", "lost"]],
    );
    cli.model.when("on", "its-answer");
    await window.say("on");
    assert.deepEqual(cli.lastPrompts(), ["first", "ours", "second", "on"], "the window has not read it");
    await window.showed("its-answer");
    await until(() => transcriptOf(cli, sessionId).includes('"lastPrompt":"on"'), {
      what: "the window's mark",
    });
    await window.kill();
    assert.equal(window.status(), "idle", "a window that is killed leaves its record behind");
    assert.deepEqual(await windowsOf(cli), []);
    const after = await cli.run(["send", "x", "--json", "after"]);
    assert.deepEqual(
      [after.json.outcome, cli.lastPrompts()],
      ["succeeded", ["first", "ours", "second", "on", "after"]],
    );
    assert.ok(
      transcriptOf(cli, sessionId).includes("You said: lost"),
      "it is on a side branch of the transcript",
    );
  },
);

for (const agent of ["claude", "codex"]) {
  const options = agent === "codex" ? needsLocks : {};
  test(`${agent}: a turn that somebody else runs is waited for, or not, as asked`, options, async (t) => {
    const cli = await openRealCli(t);
    const sessionId = await create(cli, agent);
    const letGo = hold(cli, "held");
    const foreign = start(foreignTurn(agent, sessionId), { cwd: cli.workspace, env: cli.env, input: "held" });
    await cli.model.received("held");
    const [shown] = await windowsOf(cli);
    assert.equal(shown?.kind, "turn");
    const failed = await cli.run(["send", "x", "--if-busy", "fail", "--json", "kept out"]);
    assert.deepEqual([failed.code, failed.json.error?.code], [5, "busy"], failed.stdout);
    const late = await cli.run(["send", "x", "--deadline", "1s", "--json", "too late"]);
    assert.deepEqual([late.code, late.json.error?.code], [6, "deadline"], late.stdout);
    const sending = cli.start(["send", "x", "--json", "second"]);
    await sending.waitFor((_, stderr) => stderr.includes("waiting for its end"), {
      what: "a word of the wait",
    });
    letGo("done");
    const sent = await sending.result;
    const result = JSON.parse(sent.stdout);
    assert.deepEqual(
      [sent.code, result.outcome, result.text],
      [0, "succeeded", "You said: second"],
      sent.stderr,
    );
    assert.deepEqual(cli.lastPrompts(), ["first", "held", "second"]);
    assert.equal((await foreign.result).code, 0);
    // What was kept out never began: it is in no journal.
    assert.equal((await cli.run(["show", "x", "--json"])).json.turns, 2);
    assert.equal(result.usage?.input_tokens, 103);
  });

  test(
    `${agent}: once somebody else has gone on, a retry is refused and nothing is lost`,
    options,
    async (t) => {
      const cli = await openRealCli(t);
      const sessionId = await create(cli, agent);
      cli.model.when("ours", { status: 400, message: "not now" });
      const failed = await cli.run(["send", "x", "--json", "ours"]);
      assert.deepEqual([failed.code, failed.json.prompt_kept], [3, true], failed.stdout);
      assert.equal(
        (await start(foreignTurn(agent, sessionId), { ...cli, cwd: cli.workspace, input: "theirs" }).result)
          .code,
        0,
      );
      const asked = cli.model.requests().length;
      const refused = await cli.run(["send", "--retry", "x", "--json"]);
      assert.deepEqual([refused.code, refused.json.error?.code], [2, "usage"], refused.stdout);
      assert.match(refused.json.error?.message ?? "", /Others have continued/);
      assert.equal(cli.model.requests().length, asked, "the model was not asked");
      assert.equal((await cli.run(["send", "x", "--json", "after"])).json.outcome, "succeeded");
      assert.deepEqual(cli.lastPrompts(), ["first", "ours", "theirs", "after"]);
    },
  );

  test(`${agent}: a turn of our own is no foreign writer`, options, async (t) => {
    const cli = await openRealCli(t);
    await create(cli, agent);
    const letGo = hold(cli, "held");
    const sending = cli.start(["send", "x", "held"]);
    await cli.model.received("held");
    assert.deepEqual(await windowsOf(cli), []);
    const detached = await cli.run(["send", "x", "--detach", "second"]);
    assert.equal(detached.code, 0, detached.stderr);
    letGo("done");
    assert.equal((await sending.result).code, 0);
    const waited = await cli.run(["wait", "x", "--turn", detached.stdout.trim()]);
    assert.deepEqual([waited.code, cli.lastPrompts()], [0, ["first", "held", "second"]], waited.stderr);
  });
}

test(
  "codex: one that stays is refused at once, whatever was asked, and one killed blocks nobody",
  needsLocks,
  async (t) => {
    const cli = await openRealCli(t);
    const threadId = await create(cli, "codex");
    // What a window's daemon is too: a program that opens conversations for others.
    const server = start(["codex", "app-server"], { cwd: cli.workspace, env: cli.env, keepStdin: true });
    const ask = (id: number, method: string, params: object) => {
      server.write(`${JSON.stringify({ id, method, params })}\n`);
      return server.waitFor((stdout) => stdout.includes(`{"id":${id},`), { what: `an answer to ${method}` });
    };
    await ask(1, "initialize", { clientInfo: { name: "test", version: "0" } });
    await ask(2, "thread/resume", { threadId });
    const lock = join(cli.sandbox.home, ".codex/thread-writer-locks", `${threadId}.lock`);
    assert.ok(existsSync(lock));
    const [shown] = await windowsOf(cli);
    assert.deepEqual([shown?.kind, shown?.status], ["window", null]);
    for (const options of [[], ["--with-open-window"], ["--detach"]]) {
      const refused = await cli.run(["send", "x", "--json", ...options, "kept out"]);
      const { code, pid, hint } = refused.json.error as unknown as Record<string, unknown>;
      assert.deepEqual([refused.code, code, pid], [5, "busy", shown?.pid], refused.stdout);
      assert.match(String(hint), /codex app-server daemon stop/);
    }
    process.kill(shown?.pid ?? Number.NaN, "SIGKILL");
    await server.exited;
    assert.ok(existsSync(lock), "the file of a process that was killed stays");
    assert.deepEqual(await windowsOf(cli), []);
    const sent = await cli.run(["send", "x", "--json", "second"]);
    assert.deepEqual([sent.code, cli.lastPrompts()], [0, ["first", "second"]], sent.stdout);
    assert.equal((await cli.run(["show", "x", "--json"])).json.turns, 2);
  },
);

test("codex: what somebody has queued is taken before our prompt, told and not charged; queued in mid-turn it changes nothing of ours", async (t) => {
  const cli = await openRealCli(t);
  const id = await create(cli, "codex");
  const queue = async (message: string) => {
    const queued = await run(["codex", "queue", "--thread", id, "--message", message], {
      cwd: cli.workspace,
      env: cli.sandbox.env,
    });
    assert.equal(queued.code, 0, queued.stderr);
  };
  await queue("stranger");
  const mine = await cli.run(["send", "x", "--json", "mine"]);
  assert.deepEqual([mine.json.outcome, mine.json.text], ["succeeded", "You said: mine"]);
  assert.deepEqual(cli.lastPrompts(), ["first", "stranger", "mine"]);
  assert.equal(mine.json.foreign_prompts, 1);
  // What the model has served for the one request in which our prompt was.
  assert.equal((mine.json.usage as { input_tokens: number }).input_tokens, 103);

  const letGo = hold(cli, "held");
  const held = cli.start(["send", "x", "--json", "held"]);
  await cli.model.received("held");
  await queue("too late");
  letGo("at-last");
  const { stdout } = await held.result;
  const own = JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  assert.deepEqual([own.outcome, own.text, own.foreign_prompts], ["succeeded", "at-last", 0]);
  const next = await cli.run(["send", "x", "--json", "next"]);
  assert.deepEqual([next.json.outcome, next.json.text], ["succeeded", "You said: next"]);
  const { turns } = (await cli.run(["history", "x", "--json"])).json as unknown as {
    turns: { prompt: string }[];
  };
  assert.deepEqual(turns.map(({ prompt }) => prompt).sort(), ["first", "held", "mine", "next"]);
});
