import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { askClient, CLIENTS } from "../support/cli/mcp-clients.ts";
import { hold, openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { until } from "../support/until.ts";

type ClientName = keyof typeof CLIENTS;

const requestsOf = (cli: RealCli, agent: string) => cli.model.requests().filter((one) => one.agent === agent);
const resultsOf = (cli: RealCli, agent: string) =>
  (requestsOf(cli, agent).at(-1)?.messages ?? []).flatMap(({ role, text }) =>
    role === "tool" ? [text] : [],
  );

const LIMITS: readonly [ClientName, other: string, limitMs: number][] = [
  ["claude", "codex", 8_000],
  ["codex", "claude", 8_000],
  // Each report of progress begins its time anew, and the first comes after five seconds.
  ["copilot", "claude", 4_000],
];

for (const [client, other, limitMs] of LIMITS) {
  test(`${client} gives a call up, and a further wait has the answer; the same request twice is asked once`, async (t) => {
    const cli = await openRealCli(t);
    const { tool } = CLIENTS[client];
    const asked = { name: "buddy", agent: other, prompt: "Take long.", request_id: "r1" };
    const waited = { name: tool("wait"), args: { name: "buddy" } };
    cli.model.when("Ask it.", {
      toolCalls: [{ name: tool("send"), args: asked }],
      next: {
        toolCalls: [{ name: tool("send"), args: asked }],
        next: { toolCalls: [waited], next: { toolCalls: [waited], next: "told" } },
      },
    });
    cli.model.when("Take long.", async () => {
      await until(() => requestsOf(cli, client).length >= 4, { what: "a call that was given up" });
      return "It took long.";
    });
    const { code, stderr, stdout } = await askClient(cli, client, "Ask it.", { limitMs });
    assert.equal(code, 0, stderr + stdout);
    const results = resultsOf(cli, client);
    assert.equal(results.length, 4);
    assert.match(results[2] ?? "", /time[d ]*out/i);
    assert.match(results[3] ?? "", /"outcome":"succeeded".*words of another agent.*It took long\./);
    assert.deepEqual(
      requestsOf(cli, other).map(({ userMessages }) => userMessages),
      [["Take long."]],
    );
  });
}

test("claude is killed with its whole group in the middle of a wait: the turn ends by itself, and wait has the answer", async (t) => {
  const cli = await openRealCli(t);
  const { tool, argv } = CLIENTS.claude;
  cli.model.when("Ask it.", {
    toolCalls: [
      { name: tool("send"), args: { name: "buddy", agent: "codex", prompt: "Take long.", request_id: "r1" } },
    ],
    next: { toolCalls: [{ name: tool("wait"), args: { name: "buddy" } }], next: "told" },
  });
  const letGo = hold(cli, "Take long.");
  const [command = "", ...args] = argv(cli, {});
  const client = spawn(command, args, { cwd: cli.workspace, env: cli.env, detached: true });
  client.stdin.end("Ask it.");
  await cli.model.received("Take long.");
  await until(() => requestsOf(cli, "claude").length >= 2, { what: "the wait" });
  const gone = new Promise((resolve) => client.once("close", resolve));
  process.kill(-(client.pid ?? assert.fail("it runs")), "SIGKILL");
  await gone;
  letGo("It took long.");
  const { json } = await cli.run(["wait", "buddy", "--json"]);
  assert.deepEqual([json.outcome, json.text], ["succeeded", "It took long."]);
  assert.equal(requestsOf(cli, "codex").length, 1);
});

test("claude asks two agents in one go: both work at the same time", async (t) => {
  const cli = await openRealCli(t);
  const { tool } = CLIENTS.claude;
  const both = [
    ["a", "codex"],
    ["b", "copilot"],
  ] as const;
  const sends = both.map(([name, agent]) => ({
    name: tool("send"),
    args: { name, agent, prompt: `Work, ${name}.` },
  }));
  const waits = both.map(([name]) => ({ name: tool("wait"), args: { name } }));
  // Two results in one request are two rounds.
  const then = (next: "told" | { toolCalls: typeof waits; next: object }) => ({ toolCalls: [], next });
  cli.model.when("Ask both.", {
    toolCalls: sends,
    next: then({ toolCalls: waits, next: then("told") }),
  } as never);
  const inFlight = () => both.every(([, agent]) => requestsOf(cli, agent).length > 0);
  for (const [name] of both)
    cli.model.when(`Work, ${name}.`, async () => {
      await until(inFlight, { what: "both requests in flight together" });
      return `Done, ${name}.`;
    });
  const { code, stderr, stdout } = await askClient(cli, "claude", "Ask both.");
  assert.equal(code, 0, stderr + stdout);
  const results = resultsOf(cli, "claude").join("\n");
  for (const [name] of both) assert.match(results, new RegExp(`Done, ${name}\\.`));
});

test("a codex that may only read can't have a file written by another agent", async (t) => {
  const cli = await openRealCli(t);
  const { tool } = CLIENTS.codex;
  const file = join(cli.workspace, "written");
  cli.model.when("Write it.", {
    toolCalls: [{ name: "Write", args: { file_path: file, content: "x" } }],
    next: "tried",
  });
  const send = (more: object) => ({
    name: tool("send"),
    args: { name: "hand", agent: "claude", prompt: "Write it.", ...more },
  });
  cli.model.when("Find a way.", {
    toolCalls: [send({ access: "full" })],
    next: {
      toolCalls: [send({ access: "edit" })],
      next: {
        toolCalls: [send({})],
        next: { toolCalls: [{ name: tool("wait"), args: { name: "hand" } }], next: "told" },
      },
    },
  });
  const { code, stderr, stdout } = await askClient(cli, "codex", "Find a way.", {
    flags: ["--max-access", "read-only"],
    args: ["-s", "read-only"],
  });
  assert.equal(code, 0, stderr + stdout);
  const [full, edit, , waited] = resultsOf(cli, "codex");
  assert.match(full ?? "", /"?full.* is above what this server allows/);
  assert.match(edit ?? "", /"?edit.* is above what this server allows/);
  assert.match(waited ?? "", /tried/);
  assert.equal(existsSync(file), false);
  // The same agent writes it where it may.
  await cli.run(["once", "-a", "claude", "--access", "edit", "Write it."]);
  assert.equal(existsSync(file), true);
});
