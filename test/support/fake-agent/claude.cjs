const { randomUUID } = require("node:crypto");
const {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
} = require("node:fs");
const { dirname, join } = require("node:path");

const MODEL = "claude-opus-5-5";
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What `claude -p` (2.1.329) makes of its command line: a conversation, or the words of a refusal. */
function openClaude({ argv, env, cwd, script }) {
  const option = (name) => (argv.includes(name) ? argv[argv.indexOf(name) + 1] : undefined);
  const format = option("--output-format") ?? "text";
  const projects = join(env.CLAUDE_CONFIG_DIR || join(env.HOME, ".claude"), "projects");
  const resumed = option("--resume") ?? option("-r");
  const chosen = option("--session-id");

  const refusal = (stderr, lines = []) => ({ refusal: { stderr: `${stderr}\n`, lines, code: 1 } });
  if (chosen !== undefined && !UUID.test(chosen))
    return refusal("Error: Invalid session ID. Must be a valid UUID.");
  const source = resumed === undefined ? undefined : findTranscript(projects, resumed);
  if (resumed !== undefined && source === undefined && script.transcript !== false) {
    const message = `No conversation found with session ID: ${resumed}`;
    const result = {
      ...resultLine(resumed, zero()),
      subtype: "error_during_execution",
      is_error: true,
      num_turns: 0,
    };
    delete result.result;
    return refusal(
      message,
      format === "stream-json" ? [JSON.stringify({ ...result, errors: [message] })] : [],
    );
  }
  if (chosen !== undefined && resumed === undefined && findTranscript(projects, chosen) !== undefined) {
    return refusal(`Error: Session ID ${chosen} is already in use.`);
  }

  const isFork = argv.includes("--fork-session");
  const id = script.sessionId ?? (isFork ? chosen : (resumed ?? chosen)) ?? randomUUID();
  const moves = id !== resumed;
  const folder = realpathSync(cwd).replaceAll(/[^A-Za-z0-9]/g, "-");
  const path = moves || source === undefined ? join(projects, folder, `${id}.jsonl`) : source;
  if (moves && source !== undefined && (isFork || script.carryOver === true)) copyTranscript(source, path);

  const before = readTotals(path);
  const write = (line) => {
    if (script.transcript === false) return;
    mkdirSync(dirname(path), { recursive: true });
    const common = { sessionId: id, cwd, version: "2.1.329", timestamp: new Date().toISOString() };
    appendFileSync(path, `${JSON.stringify({ ...line, ...common })}\n`, { mode: 0o600 });
  };
  let parentUuid = lastUuid(path);
  const chain = (line) => {
    const uuid = randomUUID();
    write({ parentUuid, isSidechain: false, ...line, uuid });
    parentUuid = uuid;
  };
  const streams = (values) =>
    format === "stream-json"
      ? values.map((value) => JSON.stringify({ ...value, session_id: id, uuid: randomUUID() }))
      : [];

  return {
    id,
    path,
    before,
    addPrompt: (text) => chain({ type: "user", message: { role: "user", content: text } }),
    addAnswer: (text, total) => {
      chain({
        type: "assistant",
        message: {
          role: "assistant",
          model: MODEL,
          content: [{ type: "text", text }],
          stop_reason: "end_turn",
        },
      });
      write({ type: "cost-state", totalCostUSD: costOf(total), modelUsage: modelUsage(total) });
    },
    begin: () =>
      streams([
        {
          type: "system",
          subtype: "init",
          cwd,
          model: MODEL,
          tools: ["Bash"],
          claude_code_version: "2.1.329",
        },
      ]),
    piece: (text) =>
      streams([
        {
          type: "stream_event",
          event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
          parent_tool_use_id: null,
        },
      ]),
    answer: (text) =>
      streams([
        {
          type: "assistant",
          message: {
            id: "msg_fake",
            type: "message",
            role: "assistant",
            model: MODEL,
            content: [{ type: "text", text }],
          },
          parent_tool_use_id: null,
        },
      ]),
    end: ({ text, isError, turn, total }) => {
      if (format === "text") return [text];
      // An error of the API says "success" too: only is_error tells.
      return [
        JSON.stringify({ ...resultLine(id, total), usage: usageLine(turn), is_error: isError, result: text }),
      ];
    },
    /** Claude ends on these of its own accord: by SIGINT with a result, else without a word. */
    onSignal: {
      SIGINT: () => {
        const result = { ...resultLine(id, before), subtype: "error_during_execution", is_error: true };
        delete result.result;
        return { lines: streams([{ ...result, terminal_reason: "aborted_streaming" }]), code: 0 };
      },
      SIGTERM: () => ({ lines: [], code: 143 }),
      SIGHUP: () => ({ lines: [], code: 129 }),
    },
  };
}

function zero() {
  return { prompts: 0, inputTokens: 0, outputTokens: 0 };
}

/** Every project folder is searched: 2.1.329 resumes from another working directory too. */
function findTranscript(projects, id) {
  const folders = existsSync(projects) ? readdirSync(projects) : [];
  return folders.map((folder) => join(projects, folder, `${id}.jsonl`)).find((path) => existsSync(path));
}

function copyTranscript(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

function readTotals(path) {
  const totals = zero();
  if (!existsSync(path)) return totals;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const value = parse(line);
    if (value?.type === "user") totals.prompts += 1;
    const usage = value?.type === "cost-state" ? value.modelUsage?.[MODEL] : undefined;
    if (usage !== undefined)
      Object.assign(totals, { inputTokens: usage.inputTokens, outputTokens: usage.outputTokens });
  }
  return totals;
}

/** What goes on hangs on what was there. */
function lastUuid(path) {
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.map((line) => parse(line)?.uuid).findLast((uuid) => uuid !== undefined) ?? null;
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Four dollars for a million tokens in, twenty for a million out, as the real one counts for this model. */
function costOf({ inputTokens, outputTokens }) {
  return (inputTokens * 4 + outputTokens * 20) / 1e6;
}

function modelUsage(total) {
  const { inputTokens, outputTokens } = total;
  if (inputTokens + outputTokens === 0) return {};
  const cache = { cacheReadInputTokens: 0, cacheCreationInputTokens: 0 };
  return { [MODEL]: { inputTokens, outputTokens, ...cache, costUSD: costOf(total) } };
}

function usageLine({ inputTokens, outputTokens }) {
  const cache = { cache_creation_input_tokens: 0, cache_read_input_tokens: 0 };
  return { input_tokens: inputTokens, ...cache, output_tokens: outputTokens };
}

function resultLine(id, total) {
  return {
    subtype: "success",
    is_error: false,
    duration_ms: 1,
    num_turns: 1,
    result: "",
    session_id: id,
    total_cost_usd: costOf(total),
    usage: usageLine(zero()),
    modelUsage: modelUsage(total),
    permission_denials: [],
    type: "result",
    uuid: randomUUID(),
  };
}

module.exports = { openClaude };
