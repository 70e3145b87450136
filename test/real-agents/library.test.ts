import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { transform } from "esbuild";
import type { StreamEvent } from "../../src/index.ts";
import { writeForeignProgram } from "../support/cli/foreign-program.ts";
import { library } from "../support/cli/open-library.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { REPOSITORY } from "../support/environment.ts";
import { openLoopback } from "../support/loopback/loopback.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { markedProcesses } from "../support/marked-processes.ts";
import { run, until } from "../support/run.ts";

realAgents();

for (const agent of ["claude", "codex"]) {
  test(`${agent}: events in order, the result they add up to, and a signal that leaves nobody behind`, async (t) => {
    const { model, env, workspace, close } = await openLoopback();
    t.after(close);
    const sessions = await library.openSessions({ workspace, env });
    const x = await sessions.create("x", { agent, prompt: "first" });
    model.when("second", "the answer");
    const turn = x.send("second", { partials: true });
    const events: StreamEvent[] = [];
    for await (const event of turn) events.push(event);
    const result = await turn;
    assert.deepEqual([result.outcome, result.text, result.continuity], ["succeeded", "the answer", "native"]);
    const at = (type: StreamEvent["type"]) => events.findIndex((event) => event.type === type);
    const order = [at("started"), at("session"), at("text"), at("end"), at("result")];
    assert.deepEqual([order[0], order.at(-1)], [0, events.length - 1]);
    assert.deepEqual(
      order,
      order.toSorted((left, right) => left - right),
    );
    const text = events.flatMap((event) => (event.type === "text" ? [event.text] : [])).at(-1);
    const pieces = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
    assert.deepEqual([text, events.at(-1)], [result.text, { type: "result", result }]);
    if (agent === "claude") assert.equal(pieces.join(""), result.text);
    assert.deepEqual(model.requests().at(-1)?.userMessages, ["first", "second"]);

    const command = "tail -f /dev/null";
    const call =
      agent === "claude"
        ? { name: "Bash", args: { command, description: "wait" } }
        : { name: "exec_command", args: { cmd: command } };
    model.when("third", { toolCalls: [call], next: "never said" });
    const ending = new AbortController();
    const agentArgs = agent === "claude" ? ["--allowedTools", "Bash"] : [];
    const third = x.send("third", { agentArgs, signal: ending.signal });
    let turnId = "";
    for await (const event of third) {
      if (event.type === "started") turnId = event.turnId;
      if (event.type === "tool") break;
    }
    await until(() => markedProcesses(turnId).some((args) => args.startsWith("tail -f")), {
      what: "the command to run",
    });
    ending.abort();
    const cancelled = await third;
    assert.deepEqual(markedProcesses(turnId), [], "no process is left");
    assert.deepEqual(
      [cancelled.turnId, cancelled.outcome, cancelled.isPromptKept],
      [turnId, "cancelled", true],
    );
    assert.equal((await x.send("fourth")).outcome, "succeeded");
    assert.ok(model.requests().at(-1)?.userMessages.includes("second"));
  });
}

test("claude: the example does what it says, by the package's own name, and again", async (t) => {
  const { model, env, workspace, sandbox, close } = await openLoopback();
  t.after(close);
  writeFileSync(join(workspace, "cents.ts"), "export const toCents = (euros: number) => euros * 100;\n");
  const read = { name: "Read", args: { file_path: join(workspace, "cents.ts") } };
  model.when(/^Read what is here/, { toolCalls: [read], next: "I have read it." });
  model.when(/^Which file/, "cents.ts: it does not round.");
  model.when(/^Argue against/, "It need not.");
  const source = readFileSync(join(REPOSITORY, "examples/review.ts"), "utf8");
  const { code: javascript } = await transform(source, { loader: "ts" });
  const example = [process.execPath, writeForeignProgram(sandbox, javascript)];
  const first = await run(example, { cwd: workspace, env });
  assert.deepEqual(
    [first.code, first.stdout],
    [0, "cents.ts: it does not round.\nIt need not.\n"],
    first.stderr,
  );
  assert.match(first.stderr, /The second opinion took 20 tokens\./);
  const told = () =>
    model
      .requests()
      .at(-1)
      ?.userMessages.map((text) => text.slice(0, 14));
  assert.deepEqual(told(), ["Read what is h", "Which file wou", "Argue against "]);
  const second = await run(example, { cwd: workspace, env });
  assert.deepEqual([second.code, second.stdout], [0, first.stdout], second.stderr);
  assert.deepEqual(told()?.length, 4, "the second opinion goes on, it is not forked anew");
  assert.equal(
    model.requests().filter(({ userMessages }) => userMessages.length === 1).length,
    2,
    "read once",
  );
});

test("claude: the README's use of the library runs as it stands", async (t) => {
  const { model, env, workspace, sandbox, close } = await openLoopback();
  t.after(close);
  model.when("What did you find?", "A bug.");
  const found = codeBlocks("README.md").filter(({ language }) => language === "ts");
  assert.equal(found.length, 1);
  const program = writeForeignProgram(
    sandbox,
    `${found[0]?.text}\nconsole.log(outcome, text, later.text, later.turnId === turnId);\n`,
  );
  const ran = await run([process.execPath, program], { cwd: workspace, env });
  const [prompt, next] = ["And the worst of it?", "Now read the tests."];
  assert.deepEqual(
    [ran.code, ran.stdout],
    [0, `A bug.\nsucceeded You said: ${prompt} You said: ${next} true\n`],
    ran.stderr,
  );
  assert.deepEqual(model.requests().at(-1)?.userMessages, ["Read src/.", "What did you find?", prompt, next]);
});
