// Agents are hostile: what they say, and what they quote, must not act on the terminal.
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { openScript, SCRIPTS } from "../support/cli/script-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { until } from "../support/run.ts";

const options = { skip: process.platform !== "linux" };
const HOSTILE =
  "red \u001b[31mRED\u001b[0m title \u001b]0;pwned\u0007 clip \u001b]52;c;cHduZWQ=\u001b\\ c1 \u009b2J over\rwritten\tend\u001b[2J";
const SHOWN = "red RED title  clip  c1  overwritten\tend";
// biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may arrive
const ACTING = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\r(?!\n)/;

test(
  "at a terminal the escape sequences of an agent act on nothing; a pipe gets each of them",
  options,
  async (t) => {
    const cli = openFakeCli(t);
    const prompt = `${cli.say({ text: HOSTILE }, "")}\nasked \u001b[2J\u009b2Jso`;
    const piece = JSON.stringify({
      type: "stream_event",
      event: { type: "content_block_delta", delta: { type: "text_delta", text: HOSTILE } },
      parent_tool_use_id: null,
      api_message_id: "msg_1",
    });
    // The model's sequence comes in two pieces.
    const cut = (text: string) => piece.replace(JSON.stringify(HOSTILE), JSON.stringify(text));
    const at = HOSTILE.indexOf("0;pwned");
    const inPieces = cli.say(
      { writeRaw: [cut(HOSTILE.slice(0, at)), cut(HOSTILE.slice(at))], text: HOSTILE },
      "two",
    );
    const failing = cli.say({ isError: true, text: HOSTILE }, "fail");

    assert.equal((await cli.run(["create", "x", prompt])).stdout, `${HOSTILE}\n`);
    for (const verb of ["show", "history"]) {
      const { stdout } = await cli.run([verb, "x"]);
      assert.ok(stdout.includes(HOSTILE), verb);
    }
    assert.equal((await cli.run(["send", "x", "--detach", prompt])).code, 0);
    assert.equal((await cli.run(["wait", "x"])).stdout, `${HOSTILE}\n`);
    assert.equal((await cli.run(["wait", "x", "--json"])).json.text, HOSTILE);

    const lines: [string[], RegExp][] = [
      [["attach", "x"], /^red RED/m],
      [["wait", "x"], /^red RED/m],
      [["send", "--agent-cmd", FAKE_AGENT, "x", inPieces], /^red RED/m],
      [["send", "--agent-cmd", FAKE_AGENT, "x", "--stream", prompt], /"type":"result"/],
      [["send", "--agent-cmd", FAKE_AGENT, "x", failing], /error: .*red/],
      [["show", "x"], /red/],
      [["show", "x", "--raw"], /red/],
      [["history", "x", "--no-pager"], /^> asked so/m],
      [["history", "x", "--no-pager", "--raw"], /^> asked so/m],
      [["history", "x", "--json"], /red/],
      [["list"], /^x /m],
    ];
    for (const [words, wanted] of lines) {
      const quiet = words[0] === "send" ? ["--quiet"] : [];
      const command = quoteWords([process.execPath, CLI, ...words, ...quiet]);
      const { stdout } = await end(atTerminal(cli, command, { NO_COLOR: "1" }));
      const what = `${words[0]}: ${JSON.stringify(stdout)}`;
      assert.match(stdout.replaceAll("\r\n", "\n"), wanted, what);
      assert.doesNotMatch(stdout, ACTING, what);
      if (![failing, "history", "--json", "--stream"].some((word) => words.includes(word)))
        assert.doesNotMatch(stdout, /pwned|cHduZWQ/, what);
      if (words[0] === "send" && words.includes(inPieces)) assert.equal(stdout, `${SHOWN}\r\n`, what);
      if (words.includes("--json"))
        assert.equal(JSON.parse(stdout).turns[0].text, HOSTILE, "the values are exact everywhere");
    }
  },
);

test(
  "a long history goes to the pager that the reader has chosen, without what could act on the terminal",
  options,
  async (t) => {
    const cli = openFakeCli(t);
    const prompt = `${cli.say({ text: HOSTILE }, "")}\n${"one more line\n".repeat(60)}asked \u001b[2Jso`;
    assert.equal((await cli.run(["create", "x", prompt])).code, 0);
    // The line above the turn says how long ago it was.
    const withoutHead = (text: string) => text.replace(/^.*\n/, "");
    const read = join(cli.sandbox.folder, "what it read");
    const history = (...words: string[]) => quoteWords([process.execPath, CLI, "history", "x", ...words]);
    const shown = async (pager: string | undefined, ...words: string[]) => {
      const env = { NO_COLOR: "1", ...(pager === undefined ? {} : { PAGER: pager }) };
      const { stdout } = await end(atTerminal(cli, history(...words), env));
      return withoutHead(stdout.replaceAll("\r\n", "\n"));
    };
    const whole = await shown("", "--raw");
    assert.match(whole, /\n> asked so\nred RED/);
    const paged = await shown(`tee ${quoteWords([read])}`, "--raw");
    assert.equal(paged, whole);
    assert.doesNotMatch(readFileSync(read, "utf8").replaceAll("\n", ""), ACTING);
    rmSync(read);
    for (const words of [["--no-pager"], ["--json"]]) await shown(`tee ${quoteWords([read])}`, ...words);
    assert.equal(existsSync(read), false);
    assert.equal(await shown("no-such-pager", "--raw"), whole, "it is printed all the same");
    assert.equal((await cli.run(["history", "x"], { env: { PAGER: `tee ${quoteWords([read])}` } })).code, 0);
    assert.equal(existsSync(read), false, "output that goes elsewhere is not paged");
  },
);

test("at a terminal an answer of the drop-ins acts on nothing either", options, async (t) => {
  const script = openScript(t, "claude");
  await script.run(["create-session", "--session-name", "x", "--init-prompt", "hi"]);
  const prompt = script.say({ text: HOSTILE }, "hi");
  const args = ["resume-json", "--session-name", "x", "--prompt", prompt, "--print-result"];
  const piped = await script.run(args);
  assert.ok(piped.stdout.includes(HOSTILE), JSON.stringify(piped));
  const command = quoteWords([SCRIPTS.claude, ...args]);
  const { stdout } = await end(atTerminal(script, command, { CLAUDE_CMD: FAKE_AGENT }));
  assert.ok(stdout.includes(SHOWN), JSON.stringify(stdout));
  assert.doesNotMatch(stdout, ACTING, JSON.stringify(stdout));
});

test("what is said after Ctrl-C stands in a line of its own", options, async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x"]);
  const prompt = cli.say({ waitForFile: join(cli.sandbox.folder, "never") }, "go");
  // A terminal without a status line, which would wipe away the ^C.
  const atPlain = (...words: string[]) =>
    atTerminal(cli, quoteWords([process.execPath, CLI, ...words]), { TERM: "dumb", NO_COLOR: "1" });
  const sending = atPlain("send", "--agent-cmd", FAKE_AGENT, "x", prompt);
  await until(() => cli.records().length === 1, { what: "the agent to run" });
  const inLine = atPlain("send", "--agent-cmd", FAKE_AGENT, "x", prompt);
  const watching = atPlain("wait", "x");
  await inLine.waitFor((said) => said.includes("is busy"));
  await watching.waitFor((said) => said.includes("Waiting for"));
  for (const one of [watching, inLine, sending]) {
    one.write("\u0003");
    const { code, stdout } = await end(one);
    assert.equal(code, 130, stdout);
    assert.match(stdout, /(^|\n)\^C\r\nerror: \S/);
  }
});
