import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import type { StreamEvent } from "../../src/index.ts";
import { all, fake, library, openLibrary, say } from "../support/cli/open-library.ts";
import { removeCopies } from "../support/cli/remove-copies.ts";
import { REPOSITORY } from "../support/environment.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { run, until } from "../support/run.ts";
import { workerArgv } from "../support/worker.ts";

const GREETING = `This opens a conversation named "x". Reply with OK and nothing else.`;

test("a handle tells all about its name, follows it, and gives it up", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const created = await sessions.create("x", {
    ...fake,
    model: "big",
    role: "You are brief.",
    access: "read-only",
  });
  assert.deepEqual([created.name, created.agent, created.workspace], ["x", "claude", sandbox.workspace]);
  const x = await sessions.get("x");
  const answer = await x.send("hi", { ...fake, schema: { type: "object" } });
  assert.deepEqual([answer.outcome, answer.failure?.code, answer.model], ["failed", "schema_not_met", "big"]);
  const shown = await x.show();
  const { sessionId } = shown;
  assert.deepEqual(
    shown.lineage.map((one) => [one.sessionId, one.began]),
    [[sessionId, "new"]],
  );
  const { role, previousRole } = await x.setRole(undefined);
  assert.deepEqual([role, previousRole], [undefined, "You are brief."]);
  assert.equal((await x.show()).role, undefined);
  const history = await x.history();
  assert.deepEqual(
    history.map(({ prompt, outcome }) => [prompt, outcome]),
    [
      [GREETING, "succeeded"],
      ["hi", "failed"],
    ],
  );
  assert.deepEqual(await x.history({ last: 1 }), history.slice(1));
  const { exit: _, prompt, ...past } = history[1] ?? assert.fail();
  assert.deepEqual(
    { ...answer, exit: undefined },
    { ...past, exit: undefined },
    "the result of a turn, kept",
  );
  assert.deepEqual(
    [shown.model, shown.role, shown.access, shown.turns, shown.lastTurn, prompt],
    ["big", "You are brief.", "read-only", 2, history[1], "hi"],
  );
  assert.ok(!("counters" in past || "transcript" in past), "nothing of ours gets out");
  const { total } = await x.cost({ by: "day" });
  assert.deepEqual([total.turns, total.usage], [2, shown.usage]);
  assert.deepEqual((await sessions.cost({ everywhere: true })).total, total);
  assert.deepEqual((await sessions.list()).names[0]?.sessionId, sessionId);
  assert.equal((await sessions.lastUsed()).name, "x");

  assert.equal((await x.rename("y")).previousName, "x");
  assert.equal(x.name, "y");
  assert.equal((await x.show()).sessionId, sessionId, "the handle goes along");
  await assert.rejects(created.show(), { code: "no_such_name", hint: /renamed to "y"/ });
  await x.remove();
  await assert.rejects(sessions.get("y"), { code: "no_such_name", hint: /restore\("y"\)/ });
  const restored = await sessions.restore("y");
  assert.deepEqual([restored.name, (await restored.show()).sessionId], ["y", sessionId]);
  assert.deepEqual(
    (await sessions.moves("y")).map(({ reason, sessionId: id, isKept }) => [reason, id, isKept]),
    [
      ["restore", sessionId, true],
      ["remove", undefined, undefined],
      ["rename", sessionId, true],
    ],
  );
  await assert.rejects(sessions.restore("y", { movesAgo: 5 }), { code: "usage" });
});

test("forks, also for the first message of a name, and what failed is tried again", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", { ...fake, model: "big", agent: "codex" });
  const fork = await x.fork("fork", fake);
  assert.deepEqual(
    [fork.agent, fork.firstTurn?.continuity, fork.firstTurn?.model],
    ["codex", "forked", "big"],
  );

  const late = await sessions.get("late", { forkFrom: "x" });
  await assert.rejects(late.show(), { code: "no_such_name" });
  await assert.rejects(late.send("hi", { ...fake, fresh: true }), { code: "usage" });
  const turns = await Promise.all([late.send("one", fake), late.send("two", fake)]);
  assert.deepEqual(
    turns.map(({ continuity, text }) => [continuity, text]),
    [
      ["forked", "You said: one [prompts: 2]"],
      ["native", "You said: two [prompts: 3]"],
    ],
  );
  await assert.rejects(sessions.get("later", { forkFrom: "nowhere" }), { code: "no_such_name" });
  const spelt = await sessions.get(" cafe\u0301", { forkFrom: "x" });
  assert.equal((await spelt.send("one", fake)).continuity, "forked");
  assert.equal((await spelt.send("two", fake)).continuity, "native", "in whatever normal form it was typed");

  assert.equal((await late.send(say({ isError: true, text: "no" }), fake)).outcome, "failed");
  assert.equal((await late.retry(fake)).retry, "asked_again");
  await assert.rejects(late.retry(fake), { code: "usage" });

  const once = await sessions.once("one", { ...fake, resumable: true });
  const { sessionId = "" } = once;
  assert.equal((await sessions.resume(sessionId, "two", fake)).text, "You said: two [prompts: 2]");
  await assert.rejects(sessions.resume("no id", "two", fake), { code: "conversation_lost" });

  rmSync((await late.show()).transcriptPath ?? "");
  removeCopies(sandbox);
  await assert.rejects(late.send("three", fake), { code: "conversation_lost" });
  const plain = await sessions.get("late");
  assert.equal((await plain.send("three", { ...fake, fresh: true })).continuity, "fresh");
  await assert.rejects(late.send("four", { ...fake, fresh: true }), { code: "usage" });

  const [first, second] = await Promise.all(
    ["same", "same"].map((prompt) => x.send(prompt, { ...fake, requestId: "once" })),
  );
  assert.equal(first?.turnId, second?.turnId, "asked once");
});

test("a conversation is found by its name before its agent has begun it, by another program too", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const letGo = join(sandbox.folder, "let-go");
  const late = [
    "sh",
    "-c",
    'until [ -e "$0" ]; do sleep 0.05; done; exec "$@"',
    letGo,
    ...FAKE_AGENT.split(" "),
  ];
  const { turnId } = await sessions.createDetached("x", { agentCommand: quoteWords(late) });
  const { workspace, env } = sandbox;
  const x = await (await library.openSessions({ workspace, env })).get("x");
  assert.deepEqual([x.name, x.agent], ["x", "claude"]);
  await assert.rejects(x.wait({ timeoutMs: 1 }), { code: "still_running" });
  await assert.rejects(x.show(), { code: "no_such_name" });
  await assert.rejects(sessions.get("y"), { code: "no_such_name" });
  writeFileSync(letGo, "");
  const { turnId: ended, outcome } = await x.wait();
  assert.deepEqual([ended, outcome], [turnId, "succeeded"]);
});

// What a left loop keeps running would never end.
test("a turn in the background is waited for, followed and cancelled", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const letGo = join(sandbox.folder, "let-go");
  const wait = say({ waitForFile: letGo }, "wait");
  const { conversation: x, turnId } = await sessions.createDetached("x", { ...fake, prompt: wait });
  // The name is kept once the agent has told its id, and refused until then; no other turn begins.
  const kept = await sessions.createDetached("x", { ...fake, ifExists: "keep" }).catch(({ code }) => code);
  assert.ok(kept === "busy" || (kept.conversation.name === "x" && kept.turnId === undefined), String(kept));
  const events: StreamEvent[] = [];
  const following = (async () => {
    for await (const event of x.attach()) events.push(event);
  })();
  await until(() => events.some(({ type }) => type === "session"), { what: "an event" });
  await assert.rejects(x.wait({ timeoutMs: 1 }), { code: "still_running" });
  const stopping = AbortSignal.timeout(50);
  const stopped = { code: "cancelled", message: /the turn continues/ };
  await assert.rejects(all(x.attach({ signal: stopping, fromNow: true })), stopped);
  await assert.rejects(x.wait({ signal: stopping }), stopped);

  const worker = workerArgv("left-loop");
  const argv = [...worker, sandbox.workspace, "x"];
  const left = await run(argv, { cwd: REPOSITORY, env: sandbox.env });
  assert.deepEqual([left.code, left.stdout], [0, "started\n"], left.stderr);

  writeFileSync(letGo, "");
  const result = await x.wait({ turnId });
  assert.equal(result.turnId, turnId);
  await following;
  assert.deepEqual(events.at(-1), { type: "result", result });
  assert.deepEqual(
    events.map(({ type }) => type),
    ["started", "session", "text", "end", "result"],
  );
  assert.deepEqual(await all(x.attach({ turnId })), events, "as long as it is kept, from the beginning");
  assert.equal((await all(x.attach().lines())).length, 3);

  const forked = await x.forkDetached("fork", { ...fake, prompt: say({ sleepMs: 60_000 }) });
  const queued = await x.detach(say({ sleepMs: 60_000 }), fake);
  const { cancelled, turn } = await x.cancel({ turnId: queued.turnId });
  assert.deepEqual([cancelled, turn?.outcome], [true, "cancelled"]);
  assert.equal((await forked.conversation.cancel()).turn?.turnId, forked.turnId);
  assert.deepEqual((await sessions.status()).turns, []);
});

test("bad input is told from JavaScript too", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const wrong = async (work: () => unknown, message: RegExp, hint?: RegExp) =>
    assert.rejects(async () => work(), { code: "usage", message, ...(hint === undefined ? {} : { hint }) });
  // biome-ignore lint/suspicious/noExplicitAny: what the types forbid is what is tried here
  const any = (value: unknown) => value as any;
  await wrong(() => x.send("hi", any({ deadline: 5000 })), /^send takes no option "deadline"/, /deadlineMs/);
  await wrong(() => x.send("hi", any({ acess: "read-only" })), /no option "acess"/, /access/);
  await wrong(
    () => x.send("hi", any({ access: "readonly" })),
    /access is "readonly"; it takes "read-only" or/,
  );
  await wrong(() => x.send("hi", { deadlineMs: Number.NaN }), /deadlineMs is NaN/);
  await wrong(() => x.send("hi", { deadlineMs: -1 }), /deadlineMs is -1/);
  await wrong(
    () => x.send("hi", any({ schema: "{}" })),
    /schema is "{}"; it takes a JSON Schema, as an object/,
  );
  await wrong(() => x.send("hi", any({ signal: {} })), /signal is an object; it takes an AbortSignal/);
  await wrong(() => x.send("hi", any({ draft: () => undefined })), /no option "draft"/);
  await wrong(() => x.send("hi", any("now")), /options are "now"/);
  await wrong(() => x.send(any(undefined)), /prompt is undefined/);
  await wrong(() => x.detach("hi", any({ signal: {} })), /^detach takes no option "signal"/);
  await wrong(() => x.retry(any({ fresh: true })), /^retry takes no option "fresh"/);
  await wrong(() => x.send("hi", { tree: "--all" }), /tree is "--all"; it takes "here", "carry" or a commit/);
  await wrong(() => sessions.create(any(7)), /name is 7/);
  await wrong(() => sessions.get("x", { agent: "gpt" }), /Unknown agent "gpt"/);
  await wrong(() => library.openSessions({ workspace: "" }), /workspace is ""/);
  await assert.rejects(x.send(" ", fake), { code: "prompt_empty" });
  assert.equal((await x.history()).length, 1, "none of it was sent");
});

test("no option talks a handle into another conversation, and no method passes over one that it does not know", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  const other = await sessions.create("other", fake);
  const { turnId } = other.firstTurn ?? assert.fail();
  // biome-ignore lint/suspicious/noExplicitAny: what the types forbid is what is tried here
  const elsewhere: any = { name: "other" };
  const handed: [string, () => PromiseLike<unknown>][] = [
    ["send", () => x.send("hi", { ...fake, ...elsewhere })],
    ["retry", () => x.retry({ ...fake, ...elsewhere })],
    ["detach", () => x.detach("hi", { ...fake, ...elsewhere })],
    ["fork", () => x.fork("y", { ...fake, ...elsewhere })],
    ["forkDetached", () => x.forkDetached("y", { ...fake, ...elsewhere })],
    ["attach", async () => all(x.attach(elsewhere))],
    ["wait", () => x.wait(elsewhere)],
    ["cancel", () => x.cancel({ turnId, ...elsewhere })],
    ["history", () => x.history(elsewhere)],
    ["cost", () => x.cost(elsewhere)],
  ];
  for (const [method, work] of handed) {
    const refused = { code: "usage", message: `${method} takes no option "name".`, hint: /./ };
    await assert.rejects(async () => work(), refused, method);
  }
  for (const agent of ["codex", undefined]) {
    // biome-ignore lint/suspicious/noExplicitAny: a name that is there and undefined is one that JavaScript writes
    const blank: any = { name: undefined, workspace: undefined, agent: undefined };
    if (agent === undefined) assert.equal((await x.history(blank)).length, 1);
    else
      await assert.rejects(x.history({ ...blank, agent }), { message: 'history takes no option "agent".' });
  }
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const any = (value: unknown) => value as any;
  const passedOver: [string, string, () => PromiseLike<unknown>][] = [
    ["create", "fresh", () => sessions.create("z", { ...fake, ...any({ fresh: true }) })],
    ["createDetached", "signal", () => sessions.createDetached("z", any({ signal: AbortSignal.abort() }))],
    ["list", "access", () => sessions.list(any({ access: "read-only" }))],
    ["wait", "prompt", () => x.wait(any({ prompt: "hi" }))],
    ["once", "ifBusy", () => sessions.once("hi", any({ ifBusy: "fail" }))],
    ["resume", "requestId", () => sessions.resume("id", "hi", any({ requestId: "1" }))],
    ["status", "since", () => sessions.status(any({ since: new Date() }))],
    ["openSessions", "agent", () => library.openSessions(any({ agent: "codex" }))],
    ["doctor", "workspace", () => library.doctor(any({ workspace: "." }))],
  ];
  for (const [method, option, work] of passedOver) {
    const refused = { code: "usage", message: `${method} takes no option "${option}".`, hint: /./ };
    await assert.rejects(async () => work(), refused, method);
  }
  await assert.rejects(sessions.adopt("z", any({ ifExists: "keep" })), {
    message: 'ifExists is "keep"; it takes "fail" or "replace".',
  });
  assert.equal((await other.history()).length, 1, "nothing was sent there");
  assert.deepEqual((await sessions.list()).total, 2, "and nothing came to be");
});

test("the house can be kept in order", async (t) => {
  const { sessions, sandbox } = await openLibrary(t);
  const x = await sessions.create("x", fake);
  await x.remove();
  const collected = await sessions.gc({ keepSessionsMs: 0, keepTurnsMs: 0, dryRun: true });
  assert.equal(collected.sessions.length, 1);
  assert.deepEqual(await sessions.breakLock(), { locks: [], turns: [] });
  assert.deepEqual(await sessions.checkpoints(), { checkpoints: [], problems: [] });
  await assert.rejects(sessions.resumeNext(), { code: "no_such_checkpoint" });
  await assert.rejects(sessions.removeCheckpoint("x"), { code: "no_such_checkpoint" });
  const checked = await library.doctor({ env: { ...sandbox.env, AGENT_SESSIONS_HOME: "/dev/null" } });
  assert.ok(checked.some(({ check, status }) => check === "state_home" && status === "problem"));
});

test("a handle sets, tells and takes off the budget of its name", async (t) => {
  const { sessions } = await openLibrary(t);
  const x = await sessions.create("x", { ...fake, budget: "200ktok" });
  const { amount, unit, limit, used, left, isOver, from } = (await x.budget()) ?? assert.fail();
  assert.deepEqual(
    [amount, unit, limit, used + left, isOver, from],
    ["200ktok", "tokens", 200_000, 200_000, false, "name"],
  );
  assert.deepEqual((await x.show()).budget, await x.budget());
  assert.deepEqual((await x.cost()).budget, await x.budget());
  assert.deepEqual((await sessions.list()).names[0]?.budget, await x.budget());
  assert.equal((await x.setBudget("1tok"))?.isOver, true);
  await assert.rejects(x.send("hi", fake), { code: "over_budget", exitCode: 2, retryable: false });
  await assert.rejects(x.detach("hi", fake), { code: "over_budget" });
  await assert.rejects(x.send("hi", fake), ({ hint }: { hint: string }) =>
    hint.includes('(await sessions.get("x")).setBudget("AMOUNT")'),
  );
  assert.equal((await x.send("hi", { ...fake, overBudget: true })).outcome, "succeeded");
  await assert.rejects(x.setBudget("much"), {
    code: "usage",
    message: /The budget is "much"; it takes an amount/,
  });
  await assert.rejects(async () => sessions.create("y", { ...fake, budget: "5" }), { code: "usage" });
  assert.equal(await x.setBudget(undefined), undefined);
  assert.equal(await x.budget(), undefined);
  assert.equal((await x.send("hi", fake)).outcome, "succeeded");
});
