// The lines of `--events`, whoever watches and from when on. That they are the same for every agent is in
// test/agents/events.test.ts.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { type EventLine, eventLinesOf } from "../support/event-lines.ts";

const message = (role: string, ...content: object[]) =>
  JSON.stringify({ type: role, message: { role, content }, parent_tool_use_id: null });
const piece = (text: string) =>
  JSON.stringify({
    type: "stream_event",
    event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
    parent_tool_use_id: null,
  });

const INPUT = { command: "npm test", camelCase: [null] };
/** What an agent says in a turn: also what has no line. */
const SAID = [
  piece("I "),
  piece("look."),
  message("assistant", { type: "text", text: "I look.\u001b[2J\u009b1m" }),
  message("assistant", { type: "tool_use", id: "t1", name: "Bash", input: INPUT }),
  "not JSON \u001b[2J",
  JSON.stringify({ type: "of_this_agent_alone" }),
  message("user", { type: "tool_result", tool_use_id: "t1", is_error: true, content: "no" }),
];

const typesOf = (lines: EventLine[]) => lines.map(({ type }) => type);

test("whoever watches a turn gets the same lines: who waits, who attaches, and who comes when it is over", async (t) => {
  const cli = openFakeCli(t);
  const gate = join(cli.sandbox.folder, "gate");
  assert.equal((await cli.here(["create", "x"])).code, 0);
  const prompt = cli.say({ writeRaw: SAID, waitForFile: gate, text: "Done." }, "go");
  const { stdout } = await cli.here(["send", "x", "--detach", prompt]);
  const turnId = stdout.trim();

  const waiting = cli.start(["wait", "x", "--events"]);
  const attached = cli.start(["attach", "x", "--events", "--partials"]);
  for (const one of [waiting, attached])
    await one.waitFor((out) => out.includes('"phase":"end"'), {
      what: "the end of the tool, before the turn ends",
    });
  const early = await cli.here(["wait", "x", "--events", "--timeout", "0s"]);
  writeFileSync(gate, "");
  const [waited, followed] = await Promise.all([waiting.result, attached.result]);
  const lines = eventLinesOf(waited.stdout);
  assert.deepEqual(
    typesOf(lines),
    ["started", "session", "text", "tool", "tool", "text", "end", "agent_sessions.result"],
    waited.stderr,
  );
  assert.deepEqual(
    lines.map(({ v, turn_id }) => [v, turn_id]),
    lines.map(() => [1, turnId]),
  );
  const [, , text, begun, ended] = lines;
  assert.equal(text?.text, "I look.\u001b[2J\u009b1m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(waited.stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.deepEqual([begun?.name, begun?.about, begun?.input], ["Bash", "npm test", INPUT]);
  assert.deepEqual([ended?.name, ended?.id, ended?.failed], ["Bash", "t1", true]);

  const all = eventLinesOf(followed.stdout);
  assert.deepEqual(
    all.flatMap(({ type, text }) => (type === "text-delta" ? text : [])),
    ["I ", "look."],
  );
  assert.deepEqual(
    all.filter(({ type }) => type !== "text-delta"),
    lines,
  );
  assert.deepEqual(eventLinesOf((await cli.here(["attach", "x", "--events"])).stdout), lines);
  assert.deepEqual(eventLinesOf((await cli.here(["wait", "x", "--events", "--json"])).stdout), lines);

  const soFar = eventLinesOf(early.stdout);
  assert.deepEqual(soFar.slice(0, -1), lines.slice(0, 5));
  assert.deepEqual([early.code, soFar.at(-1)?.v, soFar.at(-1)?.error.code], [5, 1, "still_running"]);

  assert.equal((await cli.here(["gc", "--turns-older-than", "0s"])).code, 0);
  const [started, warning, result] = eventLinesOf((await cli.here(["attach", "x", "--events"])).stdout);
  assert.deepEqual([started?.type, warning?.type, result?.text], ["started", "warning", "Done."]);
  assert.match(warning?.message, /has been deleted/);
});

test("the lines of several turns bear the turn that they are of; with --any, the first result is the last line", async (t) => {
  const cli = openFakeCli(t);
  const gate = (name: string) => join(cli.sandbox.folder, name);
  const turns: string[] = [];
  for (const name of ["a", "b"]) {
    assert.equal((await cli.here(["create", name])).code, 0);
    const prompt = cli.say({ waitForFile: gate(name), text: `answer ${name}`, isError: name === "b" }, "go");
    turns.push((await cli.here(["send", name, "--detach", prompt])).stdout.trim());
  }
  const any = cli.start(["wait", "--any", "a", "b", "--events"]);
  await any.waitFor((out) => out.split('"session"').length === 3, { what: "the beginning of both" });
  const both = cli.start(["wait", "a", "b", "nobody", "--events"]);
  writeFileSync(gate("b"), "");
  const first = await any.result;
  const last = eventLinesOf(first.stdout).at(-1);
  assert.deepEqual(
    [first.code, last?.type, last?.name, last?.error.code],
    [3, "agent_sessions.result", "b", "agent_failed"],
  );
  writeFileSync(gate("a"), "");
  const { code, stdout } = await both.result;
  const lines = eventLinesOf(stdout);
  for (const [at, turnId] of turns.entries()) {
    const own = lines.filter((line) => line.turn_id === turnId);
    const texts = at === 0 ? ["text"] : [];
    assert.deepEqual(typesOf(own), ["started", "session", ...texts, "end", "agent_sessions.result"]);
    assert.deepEqual(
      [own[0]?.name, own.at(-1)?.outcome],
      [at === 0 ? "a" : "b", at === 0 ? "succeeded" : "failed"],
    );
  }
  assert.deepEqual(
    [code, lines.find(({ error }) => error?.code === "no_such_name")?.v],
    [3, 1],
    "that of the first name without an answer",
  );
});

test("a command with --events prints nothing but its lines, also where there is no turn", async (t) => {
  const cli = openFakeCli(t);
  const linesOf = async (...args: string[]) => eventLinesOf((await cli.here([...args, "--events"])).stdout);
  const begun = await linesOf("create", "x", cli.say({}, "one"));
  assert.deepEqual(typesOf(begun), ["started", "session", "text", "end", "agent_sessions.result"]);
  const [existing] = await linesOf("create", "x", "--if-missing");
  assert.deepEqual([existing?.v, existing?.type], [1, "agent_sessions.existing"]);
  const [none, ...more] = await linesOf("send", "nope", "hi");
  assert.deepEqual(
    [none?.v, none?.type, none?.error.code, more],
    [1, "agent_sessions.error", "no_such_name", []],
  );
  // Without a prompt, a fork would run no turn, and there would be nothing to tell.
  assert.equal((await linesOf("fork", "x", "f")).at(-1)?.continuity, "forked");
  const once = await linesOf("once", cli.say({ exitSignal: "SIGKILL", noTerminalEvent: true }, "two"));
  assert.deepEqual([typesOf(once).at(-2), once.at(-1)?.outcome], ["text", "failed"]);
  assert.equal(once[0]?.name, null);
});
