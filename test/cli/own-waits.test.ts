import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLI, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT, type ToolResult } from "../support/fake-agent/script.ts";
import { until } from "../support/run.ts";

/** The machine may be busy; a wait that would never end takes longer. */
const AT_ONCE_MS = 5_000;

interface Tool extends ToolResult {
  error: string | undefined;
}

/** A command of ours as an agent's tool, and what came of it. */
function toolOf(cli: FakeCli, file: string, [verb = "", ...args]: string[]) {
  const resultTo = join(cli.sandbox.folder, file);
  const fake = verb === "send" || verb === "fork" ? ["--agent-cmd", FAKE_AGENT] : [];
  return {
    step: { argv: [process.execPath, CLI, verb, ...fake, ...args, "--json"], resultTo },
    result: async (): Promise<Tool> => {
      const text = await until(() => existsSync(resultTo) && readFileSync(resultTo, "utf8"), {
        what: file,
        timeoutMs: 30_000,
      });
      const result: ToolResult = JSON.parse(text);
      const { error } = JSON.parse(result.stdout.trimEnd().split("\n").at(-1) ?? "{}");
      return { ...result, error: error?.code };
    },
  };
}

for (const args of [
  ["wait", "x"],
  ["wait", "x", "--events"],
  ["attach", "x"],
  ["send", "y", "ask"],
]) {
  test(`an agent whose tool would wait for its own turn is told at once: ${args.join(" ")}`, async (t) => {
    const cli = openFakeCli(t);
    await cli.here(["create", "x"]);
    await cli.here(["create", "y"]);
    const inner = toolOf(cli, "inner", ["wait", "x"]);
    // What x asks of y has y wait for x.
    const words = args.map((word) => (word === "ask" ? cli.say({ run: [inner.step] }, "ask") : word));
    const outer = toolOf(cli, "outer", words);
    const sending = cli.start(["send", "x", "--json", cli.say({ run: [outer.step] }, "one")]);
    const told = await (args[0] === "send" ? inner : outer).result();
    assert.deepEqual([told.code, told.error], [5, "own_conversation"], told.stdout);
    assert.ok(told.ms < AT_ONCE_MS, `${told.ms}`);
    assert.equal(told.stdout.trimEnd().split("\n").length, 1, "it is not told its own output");
    assert.equal((await sending.result).code, 0);
  });
}

/** Names whose agents each do something to the next one, all in the same moment. */
async function ring(cli: FakeCli, names: string[], toolsOf: (next: string, at: number) => string[][]) {
  for (const name of names) assert.equal((await cli.here(["create", name])).code, 0);
  const gate = join(cli.sandbox.folder, "all run");
  const tools = names.map((name, at) =>
    toolsOf(names[(at + 1) % names.length] ?? "", at).map((args, nth) => toolOf(cli, `${name}-${nth}`, args)),
  );
  const turns = names.map((name, at) => {
    const run = (tools[at] ?? []).map(({ step }) => step);
    return cli.start(["send", name, "--json", cli.say({ waitForFile: gate, run }, "one")]);
  });
  await until(() => cli.records().length === names.length, { what: "all agents to run" });
  writeFileSync(gate, "");
  const last = await Promise.all(tools.map((steps) => steps.at(-1)?.result()));
  for (const turn of turns) {
    const { code, stdout, stderr } = await turn.result;
    assert.equal(code, 0, stdout + stderr);
  }
  return last.map((one) => one ?? assert.fail("there is no tool"));
}

function assertOneGaveWay(told: Tool[]): void {
  const refused = told.filter(({ code }) => code !== 0);
  assert.deepEqual(
    refused.map(({ code, error }) => [code, error]),
    [[5, "own_conversation"]],
    JSON.stringify(told),
  );
  assert.ok((refused[0]?.ms ?? 0) < AT_ONCE_MS, `${refused[0]?.ms}`);
}

for (const names of [
  ["a", "b"],
  ["a", "b", "c"],
]) {
  test(`of ${names.length} agents that ask each other at once, one is told and the others are answered`, async (t) => {
    const cli = openFakeCli(t);
    assertOneGaveWay(await ring(cli, names, (next) => [["send", next, cli.say({}, "and you?")]]));
  });
}

test("agents that leave a turn to each other and wait for it: one is told, and no turn is lost", async (t) => {
  const cli = openFakeCli(t);
  const told = await ring(cli, ["a", "b"], (next) => [
    ["send", next, "--detach", cli.say({}, "and you?")],
    ["wait", next],
  ]);
  assertOneGaveWay(told);
  for (const name of ["a", "b"]) assert.match((await cli.here(["wait", name])).stdout, /and you\?/);
});

test("who was asked in the background may ask somebody who waits for who asked him", async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["a", "b", "c"]) await cli.here(["create", name]);
  const gate = join(cli.sandbox.folder, "a ends");
  const first = cli.start(["send", "a", "--json", cli.say({ waitForFile: gate }, "one")]);
  await until(() => cli.records().length === 1, { what: "a" });
  const waits = toolOf(cli, "c waits", ["wait", "a"]);
  const third = cli.start(["send", "c", "--json", cli.say({ run: [waits.step] }, "zero")]);
  await until(() => cli.records().length === 2, { what: "c" });
  const asks = toolOf(cli, "b asks", ["send", "c", cli.say({}, "three")]);
  // As a tool of a does: nobody but c waits for its turn.
  const env = { AGENT_SESSIONS_CHAIN: cli.records()[0]?.env.AGENT_SESSIONS_TURN };
  const left = await cli.here(["send", "b", "--detach", cli.say({ run: [asks.step] }, "two")], { env });
  assert.equal(left.code, 0, left.stderr);
  await until(async () => (await cli.here(["status", "c", "--json"])).json.count === 2, {
    what: "b in c's line",
  });
  writeFileSync(gate, "");
  assert.equal((await asks.result()).code, 0);
  for (const one of [first, third]) assert.equal((await one.result).code, 0);
});
