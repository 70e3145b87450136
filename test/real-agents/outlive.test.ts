import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { markedProcesses } from "../support/marked-processes.ts";
import { start, until } from "../support/run.ts";

const CLI = join(REPOSITORY, "dist/cli.cjs");
const BIG = 300_000;

for (const agent of ["claude", "codex"]) {
  test(`${agent}: detached, the shell's whole group killed, and waited for from elsewhere`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    const letGo = hold(cli, "second");
    const script = `'${process.execPath}' '${CLI}' send x --detach second; sleep 300`;
    const shell = start(["sh", "-c", script], { cwd: cli.workspace, env: cli.env, ownGroup: true });
    const turn = (await shell.waitFor((stdout) => stdout.includes("\n"), { what: "the turn's id" })).trim();
    await cli.model.received("second");
    shell.killGroup("SIGKILL");
    await shell.exited;
    const waiting = cli.start(["wait", "x"]);
    letGo("the whole answer");
    const waited = await waiting.result;
    assert.deepEqual([waited.code, waited.stdout], [0, "the whole answer\n"], waited.stderr);
    const told = await cli.run(["wait", "x", "--turn", turn, "--json"]);
    assert.deepEqual([told.json.outcome, told.json.turn_id], ["succeeded", turn]);
    assert.notEqual(told.json.usage, null);
    await cli.run(["send", "x", "third"]);
    assert.deepEqual(cli.lastPrompts(), ["first", "second", "third"]);
  });

  test(`${agent}: the terminal is closed during a plain send, and the answer is there for whoever waits`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    const letGo = hold(cli, "second");
    // `script` holds the terminal of its command: with it, the terminal is gone, and the kernel hangs up.
    const command = `'${process.execPath}' '${CLI}' send x second`;
    const terminal = start(["script", "-qefc", command, "/dev/null"], {
      cwd: cli.workspace,
      env: cli.env,
      keepStdin: true,
    });
    await cli.model.received("second");
    const [caller = 0] = childrenOf(terminal.pid);
    terminal.kill("SIGKILL");
    await terminal.exited;
    await until(() => !isAlive(caller), { what: "the command to leave with its terminal" });
    assert.equal((await turnsOf(cli))[0]?.reason, "unattended");
    const waiting = cli.start(["wait", "x"]);
    letGo("the whole answer");
    const waited = await waiting.result;
    assert.deepEqual([waited.code, waited.stdout], [0, "the whole answer\n"], waited.stderr);
  });

  test(`${agent}: cancelled in the middle of a command, nothing is left of it, and the next send works`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    const command = "tail -f /dev/null";
    const call =
      agent === "claude"
        ? { name: "Bash", args: { command, description: "wait" } }
        : { name: "exec_command", args: { cmd: command } };
    cli.model.when("second", { toolCalls: [call], next: "never said" });
    const allowed = agent === "claude" ? ["--agent-arg=--allowedTools", "--agent-arg=Bash"] : [];
    const sending = cli.start(["send", "x", ...allowed, "--json", "second"]);
    const turn = await until(async () => (await turnsOf(cli))[0], { what: "the turn" });
    await until(() => markedProcesses(turn.turn_id).some((args) => args.startsWith("tail -f")), {
      what: "the command to run",
    });
    await until(async () => (await turnsOf(cli))[0]?.doing?.what === "tool", {
      what: "a word about the command",
    });
    const cancelled = await cli.run(["cancel", "x", "--json"]);
    assert.equal(cancelled.json.cancelled, true, cancelled.stdout);
    assert.deepEqual(markedProcesses(turn.turn_id), [], "no process is left");
    const sent = await sending.result;
    const result = JSON.parse(sent.stdout);
    assert.deepEqual([sent.code, result.outcome, result.prompt_kept], [130, "cancelled", true]);
    assert.match(sent.stderr, /already has this prompt/);
    const next = await cli.run(["send", "x", "--json", "third"]);
    assert.equal(next.json.outcome, "succeeded", next.stdout);
    assert.ok(cli.lastPrompts().includes("second") && cli.lastPrompts().includes("third"));
  });

  test(`${agent}: what was cut off is tried again without its prompt being said twice`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    const none = await cli.run(["send", "--retry", "x", "--json"]);
    assert.deepEqual([none.code, none.json.error?.code], [2, "usage"]);
    cli.model.when("second", { status: 400, message: "not now" });
    cli.model.when(/cut off before/, { status: 400, message: "not now" });
    const failed = await cli.run(["send", "x", "--json", "second"]);
    assert.deepEqual([failed.code, failed.json.prompt_kept], [3, true], failed.stdout);
    const again = await cli.run(["send", "--retry", "x", "--json"]);
    assert.equal(again.code, 3, "and fails again");
    cli.model.when("second", "answered at last");
    cli.model.when(/cut off before/, "answered at last");
    const retried = await cli.run(["send", "--retry", "x", "--json"]);
    assert.equal(retried.json.outcome, "succeeded", retried.stdout);
    const prompts = cli.lastPrompts();
    assert.deepEqual(
      prompts.filter((prompt) => prompt === "second"),
      ["second"],
      "said once",
    );
    if (agent === "claude") {
      assert.deepEqual([retried.json.retry, retried.json.text], ["rewound", "answered at last"]);
      assert.deepEqual(prompts, ["first", "second"]);
    } else {
      assert.equal(retried.json.retry, "asked_again");
      assert.match(retried.stderr, /Codex can't go back to the point before the prompt/);
      assert.deepEqual(prompts.slice(0, 2), ["first", "second"]);
      assert.match(prompts.at(-1) ?? "", /cut off before you had answered/);
    }
    await cli.run(["send", "x", "third"]);
    assert.deepEqual(cli.lastPrompts(), [...prompts, "third"]);
  });

  test(`${agent}: the disk is full while it writes its answer`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    const answer = "word ".repeat(BIG / 5);
    cli.model.when("second", answer);
    const turns = join(cli.env.AGENT_SESSIONS_HOME ?? "", "turns");
    const send = `mount -t tmpfs -o size=128k none '${turns}' && '${process.execPath}' '${CLI}' send x --json second`;
    const sent = await start([...namespace(), "sh", "-c", send], { cwd: cli.workspace, env: cli.env }).result;
    const result = JSON.parse(sent.stdout);
    if (agent === "claude") {
      assert.deepEqual(
        [sent.code, result.outcome, result.text.trim()],
        [0, "succeeded", answer.trim()],
        sent.stderr,
      );
    } else {
      assert.ok(["succeeded", "failed"].includes(result.outcome), sent.stdout);
      if (result.outcome === "succeeded") assert.equal(result.text.trim(), answer.trim());
      else assert.deepEqual([sent.code, result.prompt_kept], [3, true]);
    }
    await cli.run(["send", "x", "third"]);
    assert.deepEqual(cli.lastPrompts(), ["first", "second", "third"]);
  });
}

for (const [agent, count, killed] of [
  ["claude", 4, []],
  ["codex", 20, [5, 6, 20]],
] as [string, number, number[]][]) {
  const what = killed.length === 0 ? "" : ", and miss nobody of three that are killed in line";
  test(`${agent}: ${count} sends at once go in order of arrival${what}`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "prompt 0"]);
    const letGo = hold(cli, "prompt 1");
    const sends = [cli.start(["send", "x", "--json", "prompt 1"])];
    await cli.model.received("prompt 1");
    for (let at = 2; at <= count; at += 1) {
      const send = cli.start(["send", "x", "--json", `prompt ${at}`]);
      sends.push(send);
      await send.waitFor((_, stderr) => stderr.includes("waiting"), { what: `send ${at} to stand in line` });
    }
    for (const at of killed) sends[at - 1]?.kill("SIGKILL");
    letGo("one");
    const prompts = Array.from({ length: count + 1 }, (_, at) => at).filter((at) => !killed.includes(at));
    for (const at of prompts.slice(1)) {
      const { code, stdout } = (await sends[at - 1]?.result) ?? {};
      assert.equal(code, 0, `${at}: ${stdout}`);
    }
    assert.deepEqual(
      cli.lastPrompts(),
      prompts.map((at) => `prompt ${at}`),
    );
    assert.equal((await cli.run(["show", "x", "--json"])).json.turns, prompts.length);
  });
}

interface ShownTurn {
  turn_id: string;
  reason: string;
  doing: { what: string } | null;
}

async function turnsOf(cli: RealCli): Promise<ShownTurn[]> {
  return (await cli.run(["status", "--json"])).json.turns as ShownTurn[];
}

/** A mount namespace of one's own; without being root, in a user namespace. */
function namespace(): string[] {
  return process.getuid?.() === 0 ? ["unshare", "-m"] : ["unshare", "-rm"];
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
