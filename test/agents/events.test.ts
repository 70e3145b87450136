// `--events` prints the same kinds of lines, with the same keys, for every agent: what each real one once said, through
// the command line. An agent is held to it by its row; a row is what was recorded, and what differs between agents.
import assert from "node:assert/strict";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { agents } from "../../src/agents/index.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import { quoteWords } from "../../src/domain/words.ts";
import { type CliResult, openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { type EventLine, eventLinesOf, requireFormat } from "../support/event-lines.ts";
import { eventsOf, fold, recorded } from "../support/replay.ts";

interface Row {
  /** The folder of its recordings. */
  folder: string;
  /** A turn with an answer, and the answer. */
  text: [recording: string, answer: RegExp];
  /** What the end of that turn has used, of the tokens in and out; null if the agent does not report it in its stream. */
  usage: [input: number, output: number] | null;
  /** A turn with a tool: its name and its input. */
  tool: [recording: string, name: string, input: unknown];
  /** A turn that failed, how, and in whose words. */
  failure: [recording: string, code: string, exit: number, words: RegExp];
  /** The second turn of a conversation, and its answer. */
  resume: [recording: string, answer: RegExp];
  /** Types of lines that one of these recordings must bring besides those that every agent must. */
  also: string[];
}

const ROWS: Record<string, Row> = {
  claude: {
    folder: "claude-2.1.329",
    text: ["create.stream.jsonl", /last=hello sj/],
    usage: [101, 20],
    tool: [
      "plugin-hooks-tool.stream.jsonl",
      "Bash",
      { command: "echo V=$FROM_ENV_FILE SID=$CLAUDE_CODE_SESSION_ID CC=$CLAUDECODE" },
    ],
    failure: ["not-signed-in.stream.jsonl", "not_signed_in", 7, /Not logged in/],
    resume: ["create.partial.stream.jsonl", /last=hello partial/],
    also: ["usage"],
  },
  codex: {
    folder: "codex-0.169.0",
    text: ["exec.jsonl", /ECHO users=1/],
    usage: [101, 20],
    tool: [
      "tool-workspace-write.jsonl",
      "command_execution",
      { command: "/bin/bash -lc 'echo hi > ww.txt; ls'" },
    ],
    failure: ["api-401.jsonl", "not_signed_in", 7, /401 Unauthorized/],
    resume: ["resume.jsonl", /last=second/],
    also: ["warning", "retry"],
  },
  copilot: {
    folder: "copilot-1.0.102",
    text: ["create.jsonl", /You said/],
    // Its transcript has it, not its stream.
    usage: null,
    tool: [
      "tool-allowed.jsonl",
      "apply_patch",
      "*** Begin Patch\n*** Add File: /home/dev/work/made.txt\n+made\n*** End Patch\n",
    ],
    failure: ["api-401.jsonl", "not_signed_in", 7, /Authentication failed/],
    resume: ["resume.jsonl", /You said: second/],
    also: ["retry", "failure"],
  },
  gemini: {
    folder: "gemini-0.61.0",
    text: ["create.jsonl", /^You said: hello C$/],
    usage: [102, 20],
    tool: ["tool-read.jsonl", "read_file", { file_path: "/tmp/sandbox/workspace/f.txt" }],
    failure: ["api-401.jsonl", "not_signed_in", 7, /loopback 401/],
    resume: ["resume.jsonl", /^You said: hello B2$/],
    also: [],
  },
  qwen: {
    folder: "qwen-0.24.4",
    text: ["create.jsonl", /You said: hello one/],
    usage: [203, 40],
    tool: ["tool-allowed.jsonl", "write_file", { file_path: "/home/dev/shop/w.txt", content: "x" }],
    failure: ["api-401.jsonl", "not_signed_in", 7, /401 loopback 401/],
    resume: ["resume.partial.jsonl", /You said: {3}hello two/],
    also: [],
  },
  opencode: {
    folder: "opencode-1.18.33",
    text: ["hello.jsonl", /You said: hello one/],
    usage: [101, 20],
    tool: ["tools.jsonl", "bash", { command: "pwd", description: "where am I" }],
    failure: ["failed-401.jsonl", "not_signed_in", 7, /loopback 401/],
    resume: ["resume.jsonl", /You said: line -- x/],
    also: ["usage", "failure"],
  },
};

test("every agent is held to the format", () => {
  // Those that run through a program of ours have its lines: test/cli/acp.test.ts.
  const byThemselves = Object.values(agents).filter((agent: Agent) => {
    const session = { kind: "new" } as const;
    const words = { launcher: [agent.executable], folder: "/", extraArgs: [] };
    return agent.command({ ...words, session, partials: false }).through === undefined;
  });
  assert.deepEqual(Object.keys(ROWS).toSorted(), byThemselves.map(({ name }) => name).toSorted());
});

for (const [name, row] of Object.entries(ROWS)) {
  const agent = agents[name as keyof typeof agents];
  test(`${name}: a text, a tool with its input, a failure and a second turn, in the lines of all agents`, async (t) => {
    const said = new Set<string>();
    const cli = open(t, agent, row.folder);

    const [recording, answer] = row.text;
    const text = await cli.turn(["create", "text", "--agent", name], recording);
    const { session_id: sessionId } = text.result;
    assert.equal(text.result.outcome, "succeeded", text.stderr);
    assert.match(String(text.last("text").text), answer);
    assert.equal(text.result.text, text.last("text").text);
    const { input_tokens: input, output_tokens: output } = text.result.usage ?? {};
    assert.deepEqual(text.result.usage && [input, output], row.usage);
    assert.deepEqual(pickEnd(text.last("end")), { is_error: false, text: null });
    assert.equal(text.last("end").session_id ?? text.last("session").session_id, sessionId);

    const tool = await cli.turn(["create", "tool", "--agent", name], row.tool[0]);
    const [begun, ended] = tool.lines.filter(({ type }) => type === "tool");
    assert.deepEqual(
      [begun?.phase, begun?.name, begun?.input, begun?.failed],
      ["start", ...row.tool.slice(1), null],
    );
    assert.equal(typeof begun?.about, "string");
    assert.deepEqual(
      [ended?.phase, ended?.name, ended?.id, ended?.failed],
      ["end", begun?.name, begun?.id, false],
    );

    const [failing, code, exit, words] = row.failure;
    const failure = await cli.turn(["create", "failure", "--agent", name], failing, 1);
    assert.deepEqual(
      [failure.result.outcome, failure.result.error?.code, failure.code],
      ["failed", code, exit],
    );
    assert.equal(failure.last("end").is_error, true);
    assert.match(String(failure.last("end").text), words);

    const resume = await cli.turn(["send", "text"], row.resume[0], 0, sessionId);
    assert.deepEqual(
      [resume.result.continuity, resume.result.session_id],
      ["native", sessionId],
      resume.stderr,
    );
    assert.match(String(resume.last("text").text), row.resume[1]);

    for (const verb of ["attach", "wait"])
      assert.deepEqual(
        await cli.replay(verb, "text"),
        resume.lines,
        `${verb} tells the same of a turn that is over`,
      );

    for (const { lines } of [text, tool, failure, resume]) for (const { type } of lines) said.add(type);
    for (const type of ["started", "session", "text", "tool", "end", "agent_sessions.result", ...row.also])
      assert.ok(said.has(type), `${type} is among ${[...said].join(", ")}`);
    assert.ok(!said.has("text-delta"), "fragments come only where they are asked for");
  });
}

function pickEnd({ is_error, text }: EventLine): object {
  return { is_error, text };
}

interface Told extends CliResult {
  lines: EventLine[];
  result: EventLine;
  /** The last line of a type. */
  last(type: string): EventLine;
}

function open(t: TestContext, agent: Agent, folder: string) {
  const cli = openFakeCli(t);
  return {
    /** Runs one turn whose agent says what is recorded, in the conversation `as` if it is one already. */
    async turn(args: string[], recording: string, exit = 0, as = ""): Promise<Told> {
      const path = join(folder, recording);
      const { sessionId, end } = fold(eventsOf(agent, recorded(path)));
      const id = sessionId ?? end?.sessionId ?? "";
      const words = [join(REPOSITORY, "test/support/fake-agent/replay.sh")];
      words.push(join(REPOSITORY, "test/fixtures", path), String(exit), id, as);
      const turn = [...args, "--events", "--agent-cmd", quoteWords(words), "Go."];
      const told = await cli.here(turn, { plain: true });
      const lines = eventLinesOf(told.stdout);
      const last = (type: string) => {
        const line = lines.findLast((one) => one.type === type);
        assert.ok(line !== undefined, `${type}: ${told.stdout}${told.stderr}`);
        return line;
      };
      requireFormat(lines, agent.name);
      return { ...told, lines, result: last("agent_sessions.result"), last };
    },
    async replay(verb: string, name: string): Promise<EventLine[]> {
      return eventLinesOf((await cli.here([verb, name, "--events"])).stdout);
    },
  };
}
