// The contract of a turn, from one table: what a turn in a process of its own gives, a turn in a process that stays gives too.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { CLI } from "../support/cli/fake-cli.ts";
import { library } from "../support/cli/open-library.ts";
import { type Loopback, openLoopback } from "../support/loopback/loopback.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { run } from "../support/run.ts";

realAgents();

type Sessions = Awaited<ReturnType<typeof library.openSessions>>;
type Conversation = Awaited<ReturnType<Sessions["get"]>>;
type Turn = ReturnType<Conversation["send"]>;
type Result = Awaited<Turn>;

interface Place extends Loopback {
  sessions: Sessions;
  x: Conversation;
}

const bash = (command: string) => ({ name: "Bash", args: { command, description: "d" } });

/** Without what differs between any two turns. */
function contentOf(result: Result): object {
  const { turnId, sessionId, workspace, startedAt, endedAt, durationMs, process, ...content } = result;
  return content;
}

/** What a caller may see of a turn. */
async function contentsOf(turn: Turn): Promise<object> {
  const events: unknown[] = [];
  for await (const event of turn) {
    if (event.type === "started" || event.type === "result") events.push(event.type);
    else if (event.type === "session") events.push({ type: "session", model: event.model });
    else if (event.type === "tool") events.push({ ...event, id: "" });
    else if (event.type === "end") events.push({ type: "end", isError: event.isError, text: event.text });
    else events.push(event);
  }
  return { events, result: contentOf(await turn) };
}

/** Each case is run in a new place, and returns what must not depend on the process. */
const CASES: Record<string, (place: Place) => Promise<unknown>> = {
  "an answer, its events and its cost": ({ x }) => contentsOf(x.send("hello")),
  "text piece by piece": async ({ x, model }) => {
    model.when("long", { slowMs: 300 });
    const turn = x.send("long", { partials: true });
    let pieces = "";
    for await (const event of turn) if (event.type === "text-delta") pieces += event.text;
    const result = await turn;
    return { isWhole: pieces === result.text, result: contentOf(result) };
  },
  "a prompt with all kinds of characters, and a long one": async ({ x, model }) => {
    const odd = 'line one\n"two" \\ three\t\u2028 é 漢 🙂 {"type":"user"}\n';
    const long = `${"word ".repeat(60_000)}end`;
    const results = [await x.send(odd), await x.send(long)].map(contentOf);
    return { results, said: model.requests().at(-1)?.userMessages };
  },
  "a tool that fails, and one that is not allowed": async ({ x, model, workspace }) => {
    model.when("fail", { toolCalls: [bash("echo out; echo err >&2; exit 3")], next: "seen" });
    const failed = await contentsOf(x.send("fail", { agentArgs: ["--allowedTools", "Bash"] }));
    const write = { name: "Write", args: { file_path: join(workspace, "no.txt"), content: "x" } };
    model.when("write", { toolCalls: [write], next: "denied" });
    const denied = await contentsOf(x.send("write", { access: "read-only" }));
    return { failed, denied, isWritten: existsSync(join(workspace, "no.txt")) };
  },
  "an error of the model": async ({ x, model }) => {
    model.when("bad", { status: 400, message: "no" });
    const bad = contentOf(await x.send("bad"));
    return { bad, next: contentOf(await x.send("good")), said: model.requests().at(-1)?.userMessages };
  },
  "a cancel in the middle of a command": async ({ x, model, workspace }) => {
    const file = join(workspace, "late");
    model.when("hang", { toolCalls: [bash(`sleep 1.5; touch ${file}`)], next: "never said" });
    const ending = new AbortController();
    const turn = x.send("hang", { agentArgs: ["--allowedTools", "Bash"], signal: ending.signal });
    for await (const event of turn) if (event.type === "tool") break;
    await new Promise((resolve) => setTimeout(resolve, 400));
    ending.abort();
    const { outcome, failure, isPromptKept } = await turn;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    // How much of its own end Claude still writes down is a matter of time, and part of the next prompt's price.
    const { text } = await x.send("next");
    return { outcome, failure, isPromptKept, isDone: existsSync(file), text };
  },
  "a cancel by another command": async ({ x, model, env, workspace: cwd }) => {
    model.when("hang", "never");
    const turn = x.send("hang");
    await model.received("hang");
    const cancelled = await run([process.execPath, CLI, "cancel", "x", "--json"], { cwd, env });
    const { outcome, failure, isPromptKept } = await turn;
    const message = failure?.message.replace(/\d+/g, "N");
    return { code: cancelled.code, outcome, message, isPromptKept, text: (await x.send("next")).text };
  },
  "a deadline, and an output that is too long": async ({ x, model }) => {
    model.when("slow", "never");
    const late = await x.send("slow", { deadlineMs: 4_000 });
    model.when("much", { slowMs: 8_000, text: "words ".repeat(20_000) });
    const much = await x.send("much", { maxOutputBytes: 60_000, partials: true });
    // On a busy machine a claude that has to be started may not have come to its prompt.
    return [late, much].map(({ outcome, failure }) => ({ outcome, code: failure?.code }));
  },
  "a request id": async ({ x, model }) => {
    const once = await x.send("once", { requestId: "r1" });
    const again = await x.send("once", { requestId: "r1" });
    const asked = model.requests().filter(({ userMessages }) => userMessages.at(-1) === "once").length;
    return {
      isSame: once.turnId === again.turnId,
      asked,
      next: contentOf(await x.send("next", { requestId: "r2" })),
    };
  },
  "a name that is moved while its turn runs": async ({ x, model, sessions, env, workspace: cwd }) => {
    model.when("slow", { slowMs: 1_000, text: "done" });
    const turn = x.send("slow");
    await model.received("slow");
    const renamed = await run([process.execPath, CLI, "rename", "x", "y"], { cwd, env });
    const { outcome, text } = await turn;
    const y = await sessions.get("y");
    return { code: renamed.code, outcome, text, next: contentOf(await y.send("next")) };
  },
  "words of others in between": async ({ x, model, env, workspace: cwd }) => {
    const { sessionId = "" } = await x.send("ours");
    await run(["claude", "-p", "--resume", sessionId], { cwd, env, input: "theirs" });
    const { foreignBytes = 0, usage, text } = await x.send("ours again");
    return { isForeign: foreignBytes > 0, usage, text, said: model.requests().at(-1)?.userMessages };
  },
  "slash commands": async ({ x, model }) => {
    const compacted = contentOf(await x.send("/compact"));
    const after = contentOf(await x.send("after"));
    const before = (await x.show()).sessionId;
    const cleared = contentOf(await x.send("/clear"));
    const last = contentOf(await x.send("last"));
    const hasMoved = (await x.show()).sessionId !== before;
    return { compacted, after, cleared, last, hasMoved, said: model.requests().at(-1)?.userMessages.at(-1) };
  },
  "a retry and a schema between turns": async ({ x, model }) => {
    model.when("once more", { status: 400, message: "no" }, { times: 6 });
    const failed = contentOf(await x.send("once more"));
    const retried = contentOf(await x.retry());
    const schema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };
    model.when("count", { toolCalls: [{ name: "StructuredOutput", args: { n: 3 } }], next: "ok" });
    const counted = contentOf(await x.send("count", { schema }));
    return {
      failed,
      retried,
      counted,
      next: contentOf(await x.send("next")),
      said: model.requests().at(-1)?.userMessages,
    };
  },
  "a command of ours inside of a turn": async ({ x, model, workspace }) => {
    const out = join(workspace, "out");
    const inner = `${process.execPath} ${CLI} send x inner --json > ${out}`;
    model.when("ask yourself", { toolCalls: [bash(inner)], next: "done" });
    const { outcome } = await x.send("ask yourself", { agentArgs: ["--allowedTools", "Bash"] });
    return { outcome, inner: JSON.parse(readFileSync(out, "utf8")).error?.code };
  },
};

async function runCase(t: TestContext, run: (place: Place) => Promise<unknown>, isWarm: boolean) {
  const loopback = await openLoopback();
  const { env, workspace } = loopback;
  const sessions = await library.openSessions({ workspace, env, ...(isWarm ? { keepWarm: "5m" } : {}) });
  t.after(async () => {
    await sessions.close();
    await loopback.close();
  });
  const x = await sessions.create("x", { agent: "claude", prompt: "first" });
  await x.send("start");
  const given = await run({ ...loopback, sessions, x });
  // Places have names of their own.
  return JSON.parse(JSON.stringify(given).replaceAll(loopback.sandbox.folder, "PLACE"));
}

for (const [what, run] of Object.entries(CASES))
  test(`${what}: the same from a process of its own and from one that stays`, async (t) => {
    const cold = await runCase(t, run, false);
    const warm = await runCase(t, run, true);
    assert.deepEqual(warm, cold);
  });
