// At a real terminal, made by script(1) of util-linux: what is drawn on the way, and what is left of it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { screenOf } from "../support/cli/screen.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { until } from "../support/run.ts";

const options = { skip: process.platform !== "linux" };
const ESCAPE = "\u001b";
const ERASE = `\r${ESCAPE}[2K`;

const streamed = (event: object) =>
  JSON.stringify({ type: "stream_event", event, parent_tool_use_id: null, api_message_id: "msg_1" });
const CALLS_BASH = JSON.stringify({
  type: "assistant",
  message: { id: "msg_1", content: [{ type: "tool_use", id: "toolu_1", name: "Bash", input: {} }] },
  parent_tool_use_id: null,
});
const USES_BASH = [
  streamed({ type: "message_start", message: { id: "msg_1", usage: { input_tokens: 9, output_tokens: 1 } } }),
  CALLS_BASH,
  streamed({ type: "message_delta", delta: {}, usage: { input_tokens: 9, output_tokens: 345 } }),
];

const HALF_A_LINE = streamed({
  type: "content_block_delta",
  delta: { type: "text_delta", text: "half a li" },
});

/** The words of a command with the fake agent. */
/** What a turn has taken, and which one it was. */
const END = /^\d+\.\d s {2}.* {2}20\d{6}-\d{6}-[0-9a-f]{8}$/;

function sendWords(args: readonly string[]): string {
  return quoteWords([process.execPath, CLI, "send", "--agent-cmd", FAKE_AGENT, ...args]);
}

test("the line shows clock, tool and tokens, and only the answer stays", options, async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const prompt = cli.say({ writeRaw: USES_BASH, waitForFile: gate, text: "the answer" }, "hi");
  const sending = atTerminal(cli, sendWords(["x", prompt]));
  const bytes = await sending.waitFor((out) => /0:01 .*0:02 /s.test(out));
  assert.match(screenOf(bytes).at(-1) ?? "", /^0:0\d {2}Bash {2}· {2}345 tokens out$/);
  assert.ok(bytes.includes(`${ESCAPE}[2m0:01`), bytes);
  writeFileSync(gate, "");
  const { code, stdout } = await end(sending);
  assert.equal(code, 0, stdout);
  const [answer, after, ...rest] = screenOf(stdout);
  assert.deepEqual([answer, rest], ["the answer", []]);
  assert.match(after ?? "", END);
  assert.ok(stdout.includes(`${ERASE}the answer`), stdout);
});

test("a turn under way tells the tokens that its answers have used so far", async (t) => {
  const cli = openFakeCli(t);
  const gate = join(cli.sandbox.folder, "gate");
  const prompt = cli.say({ writeRaw: USES_BASH, waitForFile: gate, text: "the answer" }, "hi");
  await cli.here(["create", "x", "Hello."]);
  await cli.here(["send", "x", "--detach", "--partials", prompt]);
  const turns = async () => (await cli.here(["status", "--json"])).json.turns as { tokens: number | null }[];
  await until(async () => (await turns())[0]?.tokens === 354, { what: "the tokens" });
  writeFileSync(gate, "");
  await cli.here(["wait", "x"]);
});

test("an empty answer leaves nothing", options, async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const prompt = cli.say({ writeRaw: USES_BASH, waitForFile: gate, text: "" }, "hi");
  const sending = atTerminal(cli, sendWords(["x", prompt]));
  await sending.waitFor((out) => out.includes("Bash"));
  writeFileSync(gate, "");
  const { code, stdout } = await end(sending);
  const [last, ...rest] = screenOf(stdout);
  assert.deepEqual([code, rest], [0, []]);
  assert.match(last ?? "", END);
});

test("a retry begins a line of its own, and an error takes the progress away", options, async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const retry = JSON.stringify({
    type: "system",
    subtype: "api_retry",
    attempt: 3,
    max_retries: 10,
    error_status: 401,
    error: "authentication_failed",
  });
  const prompt = cli.say(
    { writeRaw: [HALF_A_LINE, retry], waitForFile: gate, isError: true, text: "no" },
    "hi",
  );
  const sending = atTerminal(cli, sendWords(["x", prompt]), { NO_COLOR: "1" });
  const bytes = await sending.waitFor((out) => out.includes("retry 3 of 10 after 401"));
  assert.equal(screenOf(bytes)[0], "half a li");
  writeFileSync(gate, "");
  const { code, stdout } = await end(sending);
  assert.equal(code, 3, stdout);
  assert.deepEqual(screenOf(stdout).slice(0, 2), ["half a li", "error: Claude Code failed: no."]);
  assert.ok(!stdout.replaceAll(ERASE, "").includes(ESCAPE), "no colour");
});

test("with the answer captured, the line is all that the terminal sees", options, async (t) => {
  const cli = openFakeCli(t);
  await cli.here(["create", "x"]);
  const gate = join(cli.sandbox.folder, "go");
  const captured = join(cli.sandbox.folder, "captured");
  const prompt = cli.say({ writeRaw: USES_BASH, waitForFile: gate, text: "the answer" }, "hi");
  const sending = atTerminal(cli, `${sendWords(["x", prompt])} > ${captured}`);
  await sending.waitFor((out) => out.includes("Bash"));
  writeFileSync(gate, "");
  const { stdout } = await end(sending);
  assert.deepEqual(screenOf(stdout), []);
  assert.equal(readFileSync(captured, "utf8"), "the answer\n");
  assert.ok(cli.records().at(-1)?.argv.includes("--include-partial-messages"), "tokens need the pieces");
});

interface Unseen {
  flags?: string[];
  env?: Record<string, string>;
  told?: string;
  command?: (send: string) => string;
}
const UNSEEN: Record<string, Unseen> = {
  "--quiet": { flags: ["--quiet"] },
  "TERM=dumb": { env: { TERM: "dumb" } },
  "--stream, whose reader may print too": { flags: ["--stream"], command: (send) => `${send} > /dev/null` },
  "a command in the background": { command: (send) => `set -m; ${send} & wait` },
  "text stands before it": { told: HALF_A_LINE },
};
for (const [title, unseen] of Object.entries(UNSEEN)) {
  test(`no line: ${title}`, options, async (t) => {
    const cli = openFakeCli(t);
    await cli.here(["create", "x"]);
    const { flags = [], env = {}, told = CALLS_BASH, command = (send: string) => send } = unseen;
    const send = sendWords(["x", ...flags, cli.say({ writeRaw: [told], sleepMs: 1500 }, "hi")]);
    const { code, stdout } = await end(atTerminal(cli, command(send), { NO_COLOR: "1", ...env }));
    assert.equal(code, 0, stdout);
    assert.ok(!stdout.includes(ESCAPE) && !stdout.includes("0:01"), stdout);
  });
}

test("without a terminal nothing is drawn, and retries are told; --quiet leaves errors alone", async (t) => {
  const cli = openFakeCli(t);
  const writeRaw = [
    ...USES_BASH,
    JSON.stringify({ type: "system", subtype: "api_retry", attempt: 3, max_retries: 10, error_status: 401 }),
  ];
  await cli.here(["create", "x"]);
  const slow = cli.say({ writeRaw, sleepMs: 1500, text: "the answer" }, "hi");
  const told = await cli.here(["send", "x", slow]);
  assert.deepEqual([told.stdout, told.stderr], ["the answer\n", "The agent retries (3 of 10): 401\n"]);
  const failing = cli.say({ writeRaw, isError: true, text: "no" }, "hi");
  const quiet = await cli.here(["send", "x", "-q", failing]);
  assert.deepEqual([quiet.code, quiet.stderr.split("\n")[0]], [3, "error: Claude Code failed: no."]);
});

test("--quiet: neither a hint after create nor a word about waiting", options, async (t) => {
  const cli = openFakeCli(t);
  const gate = join(cli.sandbox.folder, "go");
  const create = (args: string[]) =>
    quoteWords([process.execPath, CLI, "create", "--agent-cmd", FAKE_AGENT, ...args]);
  const loud = await end(atTerminal(cli, create(["a", cli.say({ text: "one" }, "hi")])));
  assert.match(screenOf(loud.stdout).join("\n"), /^one\n\d\.\d s .*\nCreated\. Continue with/);
  const silent = await end(atTerminal(cli, create(["x", "-q", cli.say({ text: "one" }, "hi")])));
  assert.deepEqual(screenOf(silent.stdout), ["one"]);
  const again = await cli.here(["create", "x", "-q", "--if-missing"]);
  assert.deepEqual([again.code, again.stderr], [0, ""]);

  const first = cli.start(["send", "x", cli.say({ waitForFile: gate }, "first")]);
  await until(() => cli.records().length === 3, { what: "the first turn" });
  const waiting = cli.start(["send", "x", cli.say({}, "second")]);
  const quiet = cli.start(["send", "x", "--quiet", cli.say({ text: "third" }, "third")]);
  await waiting.waitFor((_, stderr) => stderr.includes("is busy"));
  writeFileSync(gate, "");
  await first.result;
  await waiting.result;
  const { stdout, stderr } = await quiet.result;
  assert.deepEqual([stdout, stderr], ["third\n", ""]);
});
