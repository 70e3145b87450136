// The program that speaks with codex, where codex does what the real one can't be made to do. What it does with the real
// one is in test/real-agents/warm-codex.test.ts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/until.ts";

const BRIDGE = join(REPOSITORY, "dist/codex-bridge.cjs");
const SERVER = join(REPOSITORY, "test/support/fake-agent/app-server.mjs");

/** A wrapper that hands nothing on when it is killed, as codex's own script does not. */
const WRAPPER = [
  process.execPath,
  "-e",
  `require("node:child_process").spawn(process.argv[1], process.argv.slice(2), { stdio: "inherit" });`,
];

/** A bridge to a server that does `what`. */
function openBridge(what: string, wrapper: readonly string[] = []) {
  const settings = JSON.stringify({ threadId: "thread", needsRepository: false, sandbox: "read-only" });
  const server = [...wrapper, process.execPath, SERVER, what];
  const bridge = spawn(process.execPath, [BRIDGE, settings, ...server], {
    cwd: REPOSITORY,
    detached: true,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines: { type: string; [key: string]: unknown }[] = [];
  let text = "";
  bridge.stdout.on("data", (chunk: Buffer) => {
    text += chunk;
    const whole = text.split("\n");
    text = whole.pop() ?? "";
    lines.push(...whole.map((line) => JSON.parse(line)));
  });
  const tell = (told: object) => bridge.stdin.write(`${JSON.stringify(told)}\n`);
  const said = (type: string) =>
    until(() => lines.find((line) => line.type === type), {
      what: `${type}; there is ${JSON.stringify(lines)}`,
    });
  return {
    bridge,
    lines,
    tell,
    said,
    exited: once(bridge, "exit"),
    resume: async () => {
      tell({ do: "resume", request: "r1", prompt: "p1", variables: { A: "b" } });
      return said("bridge.answer");
    },
  };
}

test("a turn without usage has zeros, and the thread is let go of", async (t) => {
  const { resume, tell, said, lines, bridge, exited } = openBridge("ends");
  t.after(() => bridge.kill("SIGKILL"));
  assert.equal((await resume()).done, true);
  tell({ do: "prompt", prompt: "p1", text: "hi" });
  await said("bridge.idle");
  assert.deepEqual(
    lines.map(({ type }) => type),
    [
      ...["bridge.turn", "bridge.able", "thread.started", "bridge.answer", "bridge.busy"],
      ...["turn.started", "turn.completed", "bridge.over", "bridge.idle"],
    ],
  );
  assert.equal(lines[1]?.servers, true);
  assert.deepEqual(Object.values(lines[6]?.usage ?? {}), [0, 0, 0, 0, 0]);
  bridge.stdin.end();
  assert.deepEqual(await exited, [0, null]);
});

test("a thread that would not run as asked is not used", async (t) => {
  const { resume, bridge } = openBridge("other-model");
  t.after(() => bridge.kill("SIGKILL"));
  const { done, never } = await resume();
  assert.deepEqual([done, never], [false, undefined]);
});

test("a turn that codex refuses is over, and the next one can begin", async (t) => {
  const { resume, tell, said, bridge } = openBridge("refuses");
  t.after(() => bridge.kill("SIGKILL"));
  await resume();
  tell({ do: "prompt", prompt: "p1", text: "hi" });
  await said("bridge.over");
  await said("bridge.idle");
});

test("a thread that is closed in the middle of its turn, and words for another turn, end the process with a failure", async (t) => {
  for (const [what, prompt] of [
    ["closes", "p1"],
    ["ends", "p2"],
  ] as const) {
    const { resume, tell, bridge, exited, lines } = openBridge(what);
    t.after(() => bridge.kill("SIGKILL"));
    await resume();
    tell({ do: "prompt", prompt, text: "hi" });
    const [code] = await exited;
    assert.equal(
      lines.some(({ type }) => type === "bridge.over" || type === "turn.started"),
      false,
    );
    if (what === "closes") assert.equal(code, 1);
  }
});

test("at the end of its input it leaves nothing, whatever codex does and whoever stands in between", async (t) => {
  const { resume, tell, said, bridge, exited } = openBridge("wedged", WRAPPER);
  t.after(() => bridge.kill("SIGKILL"));
  await resume();
  tell({ do: "prompt", prompt: "p1", text: "hi" });
  await said("bridge.busy");
  const group = bridge.pid ?? 0;
  bridge.stdin.end();
  // The turn runs: nobody has asked for its end.
  await new Promise((resolve) => setTimeout(resolve, 500));
  process.kill(group, 0);
  process.kill(group, "SIGKILL");
  await exited;
  process.kill(-group, "SIGKILL");

  const idle = openBridge("wedged", WRAPPER);
  t.after(() => idle.bridge.kill("SIGKILL"));
  await idle.resume();
  idle.bridge.stdin.end();
  await idle.exited;
  await until(
    () => {
      try {
        process.kill(-(idle.bridge.pid ?? 0), 0);
        return false;
      } catch {
        return true;
      }
    },
    { what: "the end of its group" },
  );
});
