// The agents' own windows, opened by us.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { passFirstRun } from "../support/cli/claude-window.ts";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { hasTmux, openScreen, type Screen } from "../support/cli/tmux-screen.ts";
import { whyNoCopilot } from "../support/loopback/real-agents.ts";
import { until } from "../support/until.ts";

const needsLocks = { skip: process.platform !== "linux" && "only Linux tells who holds a lock" };

interface Shown {
  pid: number;
  kind: string;
  status: string | null;
  opened_at: string | null;
  went_on_in: string | null;
}

async function windows(cli: RealCli): Promise<Shown[]> {
  return (await cli.run(["status", "x", "--json"])).json.windows as Shown[];
}

async function create(cli: RealCli, agent: string): Promise<string> {
  const role = join(cli.sandbox.folder, "role.md");
  writeFileSync(role, "You answer like a pirate.\n");
  const { json } = await cli.run(["create", "x", "-a", agent, "--role", role, "--json", "first"]);
  return json.session_id as string;
}

/** Types a prompt of one word and returns once the model has it and its answer is shown. */
async function say(cli: RealCli, screen: Screen, word: string): Promise<void> {
  const has = () => cli.model.requests().some(({ userMessages }) => userMessages.at(-1)?.trim() === word);
  await screen.enter(word, has);
  await screen.see(new RegExp(`You said: ${word}`));
}

function systemOf(cli: RealCli, prompt: string): string {
  return (
    cli.model.requests().find(({ userMessages }) => userMessages.at(-1)?.trim() === prompt)?.system ?? ""
  );
}

/** The command of ours that a window's process was started by. */
function parentOf(pid: number): number {
  return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

test("claude: a window of ours holds the conversation, and the next turn goes on from there", async (t) => {
  const cli = await openRealCli(t);
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  const sessionId = await create(cli, "claude");
  passFirstRun(join(cli.sandbox.home, ".claude.json"), cli.workspace);
  const open = async () => {
    const screen = await openScreen(cli, ["open", "x"]);
    const idle = async () => (await windows(cli)).find(({ status }) => status === "idle");
    const window = await until(idle, { what: "an idle window", everyMs: 50 });
    return { screen, window };
  };
  const first = await open();
  assert.deepEqual([first.window.kind, (await windows(cli)).length], ["window", 1]);
  assert.ok(first.window.opened_at !== null);
  await say(cli, first.screen, "word");
  assert.match(systemOf(cli, "word"), /like a pirate/);
  const refused = await cli.run(["send", "x", "--if-busy", "fail", "--json", "no"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
  const detached = await cli.run(["send", "x", "--detach", "second"]);
  assert.equal(detached.code, 0, detached.stderr);
  // Once is not enough for claude: the window is still there, and so is our command.
  await first.screen.press("C-c");
  await first.screen.see(/Press Ctrl-C again to exit/i);
  assert.equal((await windows(cli)).length, 1);
  await first.screen.press("C-c", "C-c");
  assert.equal(await first.screen.ended(), 0);
  const second = (await cli.run(["wait", "x", "--turn", detached.stdout.trim(), "--json"])).json;
  assert.deepEqual([second.outcome, cli.lastPrompts()], ["succeeded", ["first", "word", "second"]]);
  const usage = second.usage as { input_tokens: number; cost_usd: number };
  assert.deepEqual([second.foreign_bytes, usage.input_tokens, usage.cost_usd], [0, 103, 0.000812]);

  // A window that goes on in another conversation does not take the name along. It has the role that is set now.
  const judge = join(cli.sandbox.folder, "judge.md");
  writeFileSync(judge, "You answer like a judge.\n");
  assert.equal((await cli.run(["role", "set", "x", judge])).code, 0);
  const cleared = await open();
  await say(cli, cleared.screen, "role");
  assert.match(systemOf(cli, "role"), /like a judge/);
  const record = () =>
    JSON.parse(
      readFileSync(join(cli.sandbox.home, `.claude/sessions/${cleared.window.pid}.json`), "utf8"),
    ) as {
      sessionId: string;
    };
  await cleared.screen.enter("/clear", () => record().sessionId !== sessionId);
  const other = record().sessionId;
  await say(cli, cleared.screen, "afresh");
  await until(async () => (await windows(cli))[0]?.went_on_in === other, { what: "the window's other id" });
  await cleared.screen.press("C-c", "C-c");
  await cleared.screen.see(/continued in another conversation/);
  const told = (await cleared.screen.text()).replace(/\n/g, "");
  assert.ok(told.includes(`agent-sessions adopt x ${other} --replace`), told);
  assert.equal(await cleared.screen.ended(), 0);
  assert.equal((await cli.run(["show", "x", "--json"])).json.session_id, sessionId);

  // Our command is killed: claude's window lives on as anybody's, and keeps sends out itself.
  const orphan = await open();
  const command = parentOf(orphan.window.pid);
  process.kill(command, "SIGKILL");
  await until(() => identifyProcess(command) === undefined, { what: "the end of our command" });
  const [left] = await windows(cli);
  assert.deepEqual([left?.pid, left?.opened_at], [orphan.window.pid, null]);
  assert.equal((await cli.run(["send", "x", "no"])).code, 5);
  process.kill(orphan.window.pid, "SIGKILL");
  await orphan.screen.close();
  const after = await cli.run(["send", "x", "--json", "third"]);
  assert.deepEqual(
    [after.json.outcome, cli.lastPrompts()],
    ["succeeded", ["first", "word", "second", "role", "third"]],
  );

  // Its terminal is closed: claude ends, and so do we.
  const hung = await open();
  await hung.screen.close();
  const sent = await cli.run(["send", "x", "--json", "fourth"]);
  assert.deepEqual([sent.json.outcome, sent.json.foreign_bytes], ["succeeded", 0], sent.stdout + sent.stderr);
});

test("claude: open on a conversation whose agent is warm, and nothing of either is lost", async (t) => {
  const cli = await openRealCli(t);
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  const send = async (word: string) => {
    const { code, json, stderr } = await cli.run(["send", "x", "--json", "--keep-warm", "5m", word]);
    assert.equal(code, 0, stderr);
    return json.process;
  };
  await create(cli, "claude");
  passFirstRun(join(cli.sandbox.home, ".claude.json"), cli.workspace);
  await send("cold");
  assert.equal(await send("warm"), "warm");
  const screen = await openScreen(cli, ["open", "x"]);
  await say(cli, screen, "typed");
  await screen.press("C-c", "C-c");
  assert.equal(await screen.ended(), 0);
  // The process that stayed has not read what was typed: it is not asked.
  assert.equal(await send("next"), "cold");
  assert.equal(await send("again"), "warm");
  assert.deepEqual(cli.lastPrompts(), ["first", "cold", "warm", "typed", "next", "again"]);
});

function trustForCodex(cli: RealCli): void {
  appendFileSync(
    join(cli.sandbox.home, ".codex/config.toml"),
    `\n[projects."${cli.workspace}"]\ntrust_level = "trusted"\n`,
  );
}

test("codex: a window of ours holds the conversation, and lets go at once", async (t) => {
  const cli = await openRealCli(t);
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  trustForCodex(cli);
  await create(cli, "codex");
  const screen = await openScreen(cli, ["open", "x"]);
  await screen.see(/› Ask Codex/);
  const [shown, ...others] = await windows(cli);
  assert.deepEqual([shown?.kind, others], ["window", []]);
  await say(cli, screen, "word");
  assert.match(systemOf(cli, "word"), /like a pirate/);
  const refused = await cli.run(["send", "x", "--if-busy", "fail", "--json", "no"]);
  assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);
  const sending = cli.start(["send", "x", "--json", "second"]);
  await sending.waitFor((_, stderr) => stderr.includes("is open in a window (opened"), {
    what: "a word of the wait",
  });
  await screen.enter("/quit", async () => /^code=/m.test(await screen.text()));
  assert.equal(await screen.ended(), 0);
  const second = JSON.parse((await sending.result).stdout);
  assert.deepEqual([second.outcome, cli.lastPrompts()], ["succeeded", ["first", "word", "second"]]);
  assert.deepEqual([second.foreign_bytes, second.usage.input_tokens], [0, 103]);
  assert.deepEqual(await windows(cli), []);
});

test(
  "codex: what was said in a window in other conversations is told when it is closed",
  needsLocks,
  async (t) => {
    const cli = await openRealCli(t);
    if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
    trustForCodex(cli);
    const sessionId = await create(cli, "codex");
    const { json } = await cli.run(["create", "y", "-a", "codex", "--json", "another"]);
    const rollouts = () =>
      readdirSync(join(cli.sandbox.home, ".codex/sessions"), { recursive: true, encoding: "utf8" }).filter(
        (name) => name.endsWith(".jsonl"),
      );
    const before = rollouts();
    // A line that is too long is broken at a space as elsewhere.
    const squeezed = (text: string) => text.replace(/\s/g, "");
    const close = (screen: Screen) => screen.enter("/quit", async () => /^code=/m.test(await screen.text()));
    const goTo = async (screen: Screen, prompt: string) => {
      const press = (key: string, what: RegExp) =>
        until(
          async () => {
            if (what.test(await screen.text())) return true;
            await screen.press(key);
            return undefined;
          },
          { what: `${what} after ${key}`, everyMs: 1_000 },
        );
      await screen.see(/› Ask Codex/);
      await press("Left", /Agent command center/);
      await press("Down", new RegExp(`^ *› .*${prompt} `, "m"));
      await press("Enter", new RegExp(`You said: ${prompt}[\\s\\S]*› Ask Codex`));
    };

    // It looks at the other one, and says a word in its own alone.
    const looking = await openScreen(cli, ["open", "x"]);
    await goTo(looking, "another");
    await goTo(looking, "first");
    await say(cli, looking, "word");
    await close(looking);
    assert.doesNotMatch(await looking.text(), /In this window/);
    assert.equal(await looking.ended(), 0);

    const screen = await openScreen(cli, ["open", "x"]);
    await goTo(screen, "another");
    await say(cli, screen, "astray");
    await screen.enter("/new", async () => /Where should the new/.test(await screen.text()));
    await screen.press("Enter");
    await screen.see(/^› Ask Codex/m);
    await say(cli, screen, "afresh");
    const begun = rollouts()
      .find((name) => !before.includes(name))
      ?.slice(-"0123abcd-0123-0123-0123-0123456789ab.jsonl".length, -".jsonl".length);
    await close(screen);
    const told = squeezed(await screen.text());
    for (const words of [
      'Nothing was said in "x" in this window.',
      `messages went to "y" (${json.session_id}); they are not part of "x". Go on there with: agent-sessions open y --agent codex`,
      `messages went to another conversation (${begun}); they are not part of "x".`,
      `Point "x" there with: agent-sessions adopt x ${begun} --replace`,
    ])
      assert.ok(told.includes(squeezed(words)), `${words}\n${told}`);
    assert.equal(await screen.ended(), 0);
    assert.equal((await cli.run(["show", "x", "--json"])).json.session_id, sessionId);
  },
);

test("copilot: a window that goes on in another conversation is told, and leaves the name where it was", {
  skip: needsLocks.skip || whyNoCopilot(),
}, async (t) => {
  const cli = await openRealCli(t);
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  const { session_id: sessionId } = (await cli.run(["create", "x", "-a", "copilot", "--json", "first"])).json;
  const screen = await openScreen(cli, ["open", "x"]);
  await screen.see(/Do you trust the files/);
  await screen.press("Enter");
  await screen.see(/^❯\s*$/m);
  await say(cli, screen, "word");
  await screen.enter("/clear", async () => /Started a fresh session/.test(await screen.text()));
  await say(cli, screen, "astray");
  const conversations = join(cli.sandbox.home, ".copilot/session-state");
  const other = readdirSync(conversations).find((id) => {
    const transcript = join(conversations, id, "events.jsonl");
    return existsSync(transcript) && readFileSync(transcript, "utf8").includes("astray");
  });
  await until(async () => (await windows(cli))[0]?.went_on_in === other, { what: "the window's other id" });
  await screen.enter("/exit", async () => /^code=/m.test(await screen.text()));
  const told = (await screen.text()).replace(/\s/g, "");
  assert.ok(told.includes(`Thewindowcontinuedinanotherconversation(${other})`), told);
  assert.equal(await screen.ended(), 0);
  const sent = await cli.run(["send", "x", "--json", "second"]);
  assert.deepEqual([sent.json.session_id, cli.lastPrompts()], [sessionId, ["first", "word", "second"]]);
});
