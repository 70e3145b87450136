// Windows in a terminal of their own, with a scripted agent; the real ones are in test/real-agents.
import assert from "node:assert/strict";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { CLI, type CliResult, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { fakeEnvironment } from "../support/fake-agent/script.ts";
import { type Running, start } from "../support/run.ts";
import { until } from "../support/until.ts";

const needsTerminal = { skip: process.platform !== "linux" && "script(1) of util-linux makes the terminal" };

/** A window that says what it was started with, and stays until it is told otherwise. */
const WINDOW = `#!/bin/sh
printf '%s\\n' "$@" > args
env > env
trap 'echo ctrl-c >> keys' INT
echo $$ > pid.new
mv pid.new pid
while [ ! -e leave ]; do sleep 0.02; done
exit "$(cat leave)"
`;

interface Window {
  terminal: Running;
  /** What the agent was started with, one word each. */
  args(): string[];
  env(): Record<string, string>;
  pid(): number;
  /** The process of our own command. */
  command(): number;
  press(keys: string): void;
  keys(): string;
  leave(code: number): void;
}

interface Place {
  cli: FakeCli;
  must(...args: string[]): Promise<CliResult["json"]>;
  fails(...args: string[]): Promise<[number | null, string | undefined, string]>;
  /** Opens a name in a terminal and returns once the agent runs. */
  open(...args: string[]): Promise<Window>;
  windows(): Promise<{ name: string; pid: number; opened_at: string | null; kind: string }[]>;
}

function openPlace(t: TestContext): Place {
  const cli = openFakeCli(t);
  const { workspace, folder, env } = cli.sandbox;
  const file = join(folder, "window.sh");
  writeFileSync(file, WINDOW);
  chmodSync(file, 0o700);
  const read = (name: string) => readFileSync(join(workspace, name), "utf8");
  const must: Place["must"] = async (...args) => {
    const result = await cli.run([...args, "--json"]);
    assert.equal(result.code, 0, result.stdout + result.stderr);
    return result.json;
  };
  return {
    cli,
    must,
    fails: async (...args) => {
      const { code, json } = await cli.run([...args, "--json"]);
      return [code, json.error?.code, `${json.error?.message} ${json.error?.hint}`];
    },
    open: async (...args) => {
      const words = quoteWords([process.execPath, CLI, "open", ...args, "--agent-cmd", file]);
      const terminal = start(["script", "-qefc", `exec ${words}`, "/dev/null"], {
        cwd: workspace,
        env: { ...env, TERM: "xterm" },
        keepStdin: true,
      });
      await terminal.waitFor(() => existsSync(join(workspace, "pid")), { what: "a window" });
      return {
        terminal,
        args: () => read("args").trimEnd().split("\n"),
        env: () =>
          Object.fromEntries(
            read("env")
              .split("\n")
              .map((line) => line.split(/=(.*)/s).slice(0, 2)),
          ),
        pid: () => Number(read("pid")),
        command: () =>
          Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${Number(read("pid"))}/status`, "utf8"))?.[1]),
        press: (keys) => terminal.write(keys),
        keys: () => (existsSync(join(workspace, "keys")) ? read("keys") : ""),
        leave: (code) => {
          writeFileSync(join(workspace, "leaving"), String(code));
          renameSync(join(workspace, "leaving"), join(workspace, "leave"));
        },
      };
    },
    windows: async () => (await must("status", "x")).windows as never,
  };
}

test(
  "a window has what the conversation has, and nobody else sends until it is closed",
  needsTerminal,
  async (t) => {
    const { cli, must, fails, open, windows } = openPlace(t);
    const role = join(cli.sandbox.folder, "role.md");
    writeFileSync(role, "You review.\n");
    const created = await must(
      "create",
      "x",
      "-m",
      "big",
      "-e",
      "low",
      "--access",
      "edit",
      "--role",
      role,
      cli.say({}, "one"),
    );
    const refused = await fails("open", "x");
    assert.deepEqual(refused.slice(0, 2), [2, "usage"]);
    assert.match(refused[2], /needs a terminal.*agent-sessions send x/);

    const window = await open("x");
    const [mode, edit, ...rest] = window.args().slice(-2);
    assert.deepEqual([mode, edit, rest], ["--permission-mode", "acceptEdits", []]);
    assert.deepEqual(window.args().slice(0, 6), [
      "--resume",
      created.session_id,
      "--model",
      "big",
      "--effort",
      "low",
    ]);
    assert.equal(window.args()[6], "--append-system-prompt-file");
    assert.equal(readFileSync(window.args()[7] ?? "", "utf8"), "You review.\n");
    const id = window.env().AGENT_SESSIONS_WINDOW ?? "";
    assert.deepEqual([window.env().AGENT_SESSIONS_CHAIN, window.env().AGENT_SESSIONS_TURN], [id, undefined]);

    const [shown, ...others] = await windows();
    assert.deepEqual([shown?.name, shown?.kind, others], ["x", "window", []]);
    assert.ok(Date.parse(shown?.opened_at ?? "") <= Date.now());
    assert.match(
      (await cli.run(["status"])).stdout,
      /^NAME .*\nx +open in a window \(pid \d+\) +claude +\S+/,
    );
    assert.deepEqual((await must("status", "--all")).windows, [{ ...shown, name: "x" }]);
    const [exit, code, text] = await fails("send", "x", "--if-busy", "fail", "no");
    assert.deepEqual([exit, code], [5, "busy"]);
    assert.match(text, /"x" is open in a window \(opened .*, pid \d+\)\. Close the window/);
    assert.equal((await fails("send", "x", "--detach", "--if-busy", "fail", "no"))[1], "busy");
    for (const words of [
      ["send", "x", "me?"],
      ["send", "x", "-d", "me?"],
      ["fork", "x", "y", "me?"],
    ]) {
      const env = { AGENT_SESSIONS_CHAIN: id };
      const own = await cli.run([...words, "--json"], { env });
      assert.deepEqual([own.code, own.json.error?.code], [5, "own_conversation"], words.join(" "));
    }
    const detached = await must("send", "x", "--detach", cli.say({}, "three"));
    const waiting = cli.start(["send", "x", "--json", cli.say({}, "four")]);
    await waiting.waitFor(
      (_, stderr) => /open in a window .*; waiting \(1 turn ahead of you\)/.test(stderr),
      {
        what: "a word of the wait",
      },
    );
    assert.equal(cli.records().length, 1, "nobody has asked the agent yet");
    const { turns } = (await must("status", "x")) as { turns: { reason: string; pid: number }[] };
    assert.deepEqual(
      turns.map(({ reason, pid }) => [reason, pid]),
      [
        ["queued", null],
        ["waiting", waiting.pid],
      ],
    );
    const { opened_at: since, pid } = shown ?? {};
    const busy = {
      turn_id: null,
      state: "window",
      waits_because: null,
      since,
      prompt: null,
      caller_is_gone: false,
    };
    const open1 = { pid, kind: "window", status: null, opened_at: since, went_on_in: null };
    assert.deepEqual((await must("show", "x")).busy, { ...busy, window: open1 });
    const [listed] = (await must("list")).names as { busy_since: string; window: object }[];
    assert.deepEqual([listed?.busy_since, listed?.window], [since, open1]);
    assert.match((await cli.run(["show", "x"])).stdout, /open in a window \(pid \d+\)/);
    assert.match((await cli.run(["list"])).stdout, /^x +window +claude /m);

    // What is said in the window is in the transcript, and is news to nobody.
    const { transcript } = (await must("show", "x")) as { transcript: string };
    const said = { type: "user", message: { role: "user", content: "two" }, isSidechain: false };
    appendFileSync(transcript, `${JSON.stringify(said)}\n`);
    window.leave(0);
    assert.equal((await window.terminal.exited).code, 0);
    const third = await must("wait", "x", "--turn", String(detached.turn_id));
    assert.deepEqual([third.outcome, third.foreign_bytes], ["succeeded", 0]);
    assert.match(String(third.text), /prompts: 3/);
    assert.equal((third.usage as { input_tokens: number }).input_tokens, 103);
    assert.match(JSON.parse((await waiting.result).stdout).text, /prompts: 4/);
    assert.deepEqual(await windows(), []);
    assert.deepEqual(readdirSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "windows")), []);
    assert.equal((await must("show", "x")).turns, 3);
    assert.equal((await must("continue", cli.say({}, "five"))).name, "x", "a window is a use");
  },
);

test("Ctrl-C is the window's, and an agent that fails is told of", needsTerminal, async (t) => {
  const { must, open, windows } = openPlace(t);
  await must("create", "x");
  const window = await open("x", "--json", "-m", "small", "--agent-arg", "--flag");
  assert.deepEqual(window.args().slice(2), ["--model", "small", "--flag"]);
  window.press("\u0003");
  await until(() => window.keys() === "ctrl-c\n", { what: "Ctrl-C in the window" });
  assert.equal((await windows()).length, 1);
  window.leave(7);
  const failed = await window.terminal.result;
  assert.equal(failed.code, 3, failed.stdout);
  assert.match(failed.stdout, /"code":"agent_failed","message":"Claude Code ended with exit code 7\."/);
  assert.deepEqual(await windows(), []);
});

for (const [what, end] of [
  ["our command gets SIGTERM", (window: Window) => process.kill(window.command(), "SIGTERM")],
  ["its terminal is closed", (window: Window) => window.terminal.kill("SIGKILL")],
  ["our command is killed", (window: Window) => process.kill(window.command(), "SIGKILL")],
] as const) {
  test(`nothing is blocked once a window is gone: ${what}`, needsTerminal, async (t) => {
    const { cli, must, open, windows } = openPlace(t);
    await must("create", "x", cli.say({}, "one"));
    const window = await open("x");
    const [pid, command] = [window.pid(), window.command()];
    const isAlive = (one: number) => identifyProcess(one) !== undefined;
    end(window);
    await until(() => !isAlive(command), { what: "the end of our command" });
    if (what === "our command gets SIGTERM") {
      assert.equal((await window.terminal.exited).code, 143);
      assert.match(window.terminal.stdout(), /The window was closed: this command got SIGTERM/);
    }
    const sent = await must("send", "x", "--if-busy", "fail", cli.say({}, "two"));
    assert.deepEqual([sent.outcome, sent.foreign_bytes], ["succeeded", 0]);
    assert.deepEqual(await windows(), []);
    assert.deepEqual(readdirSync(join(cli.sandbox.env.AGENT_SESSIONS_HOME ?? "", "windows")), []);
    if (isAlive(pid)) process.kill(pid, "SIGKILL");
  });
}

test("a window waits for its turn, or not, as asked", needsTerminal, async (t) => {
  const { cli, must, open } = openPlace(t);
  await must("create", "x");
  const gate = join(cli.sandbox.folder, "go");
  const sending = cli.start(["send", "x", "--json", cli.say({ waitForFile: gate }, "on")]);
  await until(() => cli.records().length === 1, { what: "the start of the agent" });
  await assert.rejects(open("x", "--if-busy", "fail"), /"x" is busy: turn /);
  const window = open("x");
  writeFileSync(gate, "");
  assert.equal(JSON.parse((await sending.result).stdout).outcome, "succeeded");
  (await window).leave(0);
  assert.equal((await (await window).terminal.exited).code, 0);
});

test(
  "a window has the arguments that the name remembers, and others for itself",
  needsTerminal,
  async (t) => {
    const { cli, must, open } = openPlace(t);
    await must("create", "x", "--agent-arg", "--kept", cli.say({}, "one"));
    for (const [args, last] of [
      [["x"], "--kept"],
      [["x", "--agent-arg", "--other"], "--other"],
    ] as const) {
      const window = await open(...args);
      assert.equal(window.args().at(-1), last);
      window.leave(0);
      assert.equal((await window.terminal.result).code, 0);
      for (const file of ["pid", "leave"]) rmSync(join(cli.sandbox.workspace, file));
    }
    assert.deepEqual((await must("show", "x")).agent_args, ["--kept"]);
  },
);

test(
  "a turn is tried again after a window in which nothing was said, and not after one with words",
  needsTerminal,
  async (t) => {
    const { cli, must, fails, open } = openPlace(t);
    await must("create", "x", "one");
    const { transcript } = (await must("show", "x")) as { transcript: string };
    const look = async (line: object) => {
      const window = await open("x");
      appendFileSync(transcript, `${JSON.stringify(line)}\n`);
      window.leave(0);
      assert.equal((await window.terminal.result).code, 0);
      for (const file of ["pid", "leave"]) rmSync(join(cli.sandbox.workspace, file));
    };
    const said = { type: "user", message: { role: "user", content: "from the window" }, isSidechain: false };
    const env = fakeEnvironment({ isError: true });
    assert.equal((await cli.run(["send", "x", "two"], { env })).code, 3);
    await look({ type: "custom-title", customTitle: "mine" });
    // The same failing agent, so that there is something to try again.
    const again = await cli.run(["send", "--retry", "x", "--json"], { env });
    assert.deepEqual([again.json.outcome, again.json.retry], ["failed", "rewound"], again.stdout);
    await look(said);
    const [code, error, message] = await fails("send", "--retry", "x");
    assert.deepEqual([code, error], [2, "usage"], message);
    assert.match(message, /Others have continued "x" since its last turn/);
  },
);
