import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { StreamEvent } from "../../src/index.ts";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { all, fake, library, openLibrary, say } from "../support/cli/open-library.ts";
import { runHere } from "../support/cli/run-here.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run, until } from "../support/run.ts";

const PIECES = 2000;

function isRunning(pidFile: string): boolean {
  return identifyProcess(Number(readFileSync(pidFile, "utf8"))) !== undefined;
}

test("a turn is awaited, looped over, or both, as often as one likes", async (t) => {
  const { sessions } = await openLibrary(t);
  const created = sessions.create("x", { ...fake, prompt: "first" });
  const first = await all(created);
  const x = await created;
  assert.deepEqual(first.at(-1), { type: "result", result: x.firstTurn });
  assert.deepEqual([x.name, x.agent, x.firstTurn?.continuity], ["x", "claude", "new"]);

  const turn = x.send("second", fake);
  const [events, again, lines, result] = await Promise.all([all(turn), all(turn), all(turn.lines()), turn]);
  assert.deepEqual(events, again, "each loop gets all");
  assert.deepEqual(
    events.map(({ type }) => type),
    ["started", "session", "text", "end", "result"],
  );
  const [started, , text, end, last] = events;
  assert.deepEqual(started, { type: "started", turnId: result.turnId, agent: "claude", name: "x" });
  assert.deepEqual(
    [text, end?.type === "end" && end.text],
    [{ type: "text", text: result.text }, result.text],
  );
  assert.equal(result.text, "You said: second [prompts: 2]");
  assert.equal(last?.type === "result" && last.result, result, "the result is what the events add up to");
  assert.equal(await turn, result, "awaited twice");
  const types = lines.map((line) => JSON.parse(line).type);
  assert.deepEqual(types, ["system", "assistant", "result"], "the agent's own lines");
});

test("the lines of a turn's events are those of the command line, while it runs and after it", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const turn = x.send("second", fake);
  const lines = await all(turn.eventLines());
  const views = lines.map((line) => JSON.parse(line));
  const { turnId } = await turn;
  assert.deepEqual(
    views.map(({ v, type, turn_id }) => [v, type, turn_id]),
    ["started", "session", "text", "end", "agent_sessions.result"].map((type) => [1, type, turnId]),
  );
  assert.deepEqual(await all(x.attach({ turnId }).eventLines()), lines);
  const { env, workspace: cwd, home: userHome } = sandbox;
  const told = await runHere(["attach", "x", "--events"], { cwd, env, userHome });
  assert.deepEqual(told.stdout.trimEnd().split("\n"), lines, told.stderr);
});

test("who begins to loop when the turn is over is told that he is late, and how it ended", async (t) => {
  const { sessions } = await openLibrary(t);
  const turn = sessions.once("hi", fake);
  const result = await turn;
  const events = await all(turn);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["started", "warning", "result"],
  );
  assert.deepEqual(events.at(-1), { type: "result", result });
  assert.deepEqual(await all(turn.lines()), []);
});

test("a slow loop loses nothing and holds nobody up", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const turn = x.send(say({ stdoutLines: PIECES, stdoutLineBytes: 1000 }), { ...fake, partials: true });
  const pieces: string[] = [];
  let result: unknown;
  for await (const event of turn) {
    if (event.type === "started") {
      result = await turn;
      assert.deepEqual(
        readdirSync(join(sandbox.env.AGENT_SESSIONS_HOME ?? "", "turns")),
        [],
        "its folder is gone",
      );
      const next = await x.send("next", { ...fake, ifBusy: "fail" });
      assert.equal(next.outcome, "succeeded", "the conversation is free");
    } else if (event.type === "text-delta") pieces.push(event.text.trimEnd().replace(/x+$/, "").trim());
  }
  assert.deepEqual(
    pieces,
    Array.from({ length: PIECES }, (_, at) => `piece ${at + 1}`),
  );
  assert.ok(result);
});

test("leaving the loop leaves the turn running", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const letGo = join(sandbox.folder, "let-go");
  const turn = x.send(say({ waitForFile: letGo }, "wait"), fake);
  for await (const event of turn) if (event.type === "session") break;
  const { turns } = await x.status();
  assert.deepEqual(
    turns.map(({ reason }) => reason),
    ["running"],
  );
  writeFileSync(letGo, "");
  assert.equal((await turn).outcome, "succeeded");
});

test("a signal ends the turn with all that it has started, and the turn is a result", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const [pidTo, childTo] = ["agent", "child"].map((name) => join(sandbox.folder, name)) as [string, string];
  const ending = new AbortController();
  const script = {
    ignoreSigint: true,
    ignoreSigterm: true,
    pidTo,
    grandchild: { setsid: true, ignoreSigterm: true, holdStdout: true, pidTo: childTo },
    sleepMs: 60_000,
  };
  const turn = x.send(say(script), { ...fake, signal: ending.signal });
  const events: StreamEvent[] = [];
  const looping = (async () => {
    for await (const event of turn) events.push(event);
  })();
  await until(() => [pidTo, childTo].every((path) => existsSync(path) && readFileSync(path).length > 0), {
    what: "the agent and its child",
  });
  assert.deepEqual([isRunning(pidTo), isRunning(childTo)], [true, true]);
  ending.abort(new Error("that is enough"));
  const result = await turn;
  assert.deepEqual([result.outcome, result.failure?.code], ["cancelled", "cancelled"]);
  assert.deepEqual([isRunning(pidTo), isRunning(childTo)], [false, false], "nobody is left");
  await looping;
  assert.deepEqual(events.at(-1), { type: "result", result });
  assert.equal((await x.send("next", { ...fake, ifBusy: "fail" })).outcome, "succeeded");
});

test("a signal that comes before the turn begins throws, and nothing is sent", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const never = { code: "cancelled", message: 'The turn was cancelled. Nothing was sent to "x".' };
  await assert.rejects(x.send("never", { ...fake, signal: AbortSignal.abort() }), never);

  const letGo = join(sandbox.folder, "let-go");
  const running = x.send(say({ waitForFile: letGo }, "wait"), fake);
  for await (const event of running) if (event.type === "session") break;
  const ending = new AbortController();
  const waiting = x.send("never", { ...fake, signal: ending.signal });
  await until(async () => (await x.status()).turns.some(({ reason }) => reason === "waiting"), {
    what: "it to stand in line",
  });
  ending.abort();
  await assert.rejects(waiting, never);
  await assert.rejects(all(waiting), never, "a loop says so too");
  writeFileSync(letGo, "");
  await running;
  assert.deepEqual(
    (await x.history()).map(({ prompt }) => prompt.split("\n").at(-1)),
    [`This opens a conversation named "x". Reply with OK and nothing else.`, "wait"],
  );
});

test("one signal may be for any number of turns", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  const { signal } = new AbortController();
  await Promise.allSettled(Array.from({ length: 12 }, () => x.wait({ turnId: "none", signal })));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test("a conversation that its agent finds lost begins afresh, in the same loop", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", { ...fake, prompt: say({ transcript: false }) });
  const turn = x.send("two", { ...fake, fresh: true });
  const [events, lines] = await Promise.all([all(turn), all(turn.lines())]);
  assert.deepEqual(
    events.map(({ type }) => type),
    ["started", "end", "started", "session", "text", "end", "result"],
  );
  const { turnId, continuity } = await turn;
  const started = events.flatMap((event) => (event.type === "started" ? [event.turnId] : []));
  assert.deepEqual([started.at(-1), continuity, lines.length], [turnId, "fresh", 4]);
});

test("a notify that throws costs no turn, and its program hears of it", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  await sessions.create("x", fake);
  const program = `
    import { openSessions } from ${JSON.stringify(join(REPOSITORY, "dist/index.js"))};
    process.on("uncaughtException", ({ message }) => console.log(message));
    const sessions = await openSessions({ notify: () => { throw new Error("told nobody"); } });
    const x = await sessions.get("x");
    const options = { agentCommand: ${JSON.stringify(fake.agentCommand)} };
    const turns = await Promise.all([x.send("a", options), x.send("b", options)]);
    console.log(...turns.map(({ outcome }) => outcome));`;
  const argv = [process.execPath, "--input-type=module", "--eval", program];
  const { stdout, stderr } = await run(argv, { cwd: sandbox.workspace, env: sandbox.env });
  assert.equal(stdout, "told nobody\nsucceeded succeeded\n", stderr);
});

test("an error goes to whoever looks, and ends no process where nobody does", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  await x.remove();
  const lost = { code: "no_such_name" };
  // The runner fails a test with an unhandled rejection.
  const [unseen, looped, awaited] = [x.send("a", fake), x.send("b", fake), x.send("c", fake)];
  await assert.rejects(all(looped), lost);
  await assert.rejects(awaited, lost);
  await assert.rejects(awaited, lost);
  await assert.rejects(all(unseen.lines()), lost);
  assert.equal(await awaited.catch(({ code }: { code: string }) => code), "no_such_name");
  void sessions.create("y", { agentCommand: "/nowhere" });
  void x.detach("d").catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a create whose first turn fails at once throws its failure, and leaves no name", async (t) => {
  const { sessions } = await openLibrary(t);
  const turn = sessions.create("x", {
    ...fake,
    prompt: say({ noAnswer: true, noTerminalEvent: true, exitCode: 1 }),
  });
  const events: StreamEvent[] = [];
  const failed = (error: unknown) => error instanceof library.AppError && error.code === "agent_failed";
  await assert.rejects(async () => {
    for await (const event of turn) events.push(event);
  }, failed);
  const last = events.at(-1);
  assert.equal(last?.type === "result" && last.result.outcome, "failed", "the loop got the result first");
  await assert.rejects(turn, failed);
  await assert.rejects(sessions.get("x"), { code: "no_such_name" });

  const partly = await sessions.create("x", { ...fake, prompt: say({ writeRaw: [TOOL], isError: true }) });
  assert.equal(partly.firstTurn?.outcome, "failed", "what can be continued is a conversation");
  const kept = sessions.create("x", { ...fake, ifExists: "keep" });
  assert.deepEqual([await all(kept), (await kept).firstTurn], [[], undefined]);
  await assert.rejects(sessions.create("x", fake), { code: "name_exists" });
});

const TOOL = JSON.stringify({
  type: "assistant",
  message: { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "Bash", input: {} }] },
});

test("turns that are asked for at once in one process run one after the other, in that order", async (t) => {
  const { sessions, notes } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const prompts = ["a", "b", "c", "d", "e"];
  // With a request id it takes longer to come to the line.
  const results = await Promise.all(
    prompts.map((prompt, at) => x.send(prompt, at === 0 ? { ...fake, requestId: "1" } : fake)),
  );
  assert.deepEqual(
    results.map(({ text }) => text),
    prompts.map((prompt, at) => `You said: ${prompt} [prompts: ${at + 2}]`),
  );
  assert.ok(
    notes.some((note) => /waiting/.test(note)),
    notes.join("\n"),
  );
});
