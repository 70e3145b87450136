const { randomUUID } = require("node:crypto");
const { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What `codex exec` (0.169.0) makes of its command line: a thread, or the words of a refusal. */
function openCodex({ argv, env, cwd, script }) {
  const sessions = join(env.CODEX_HOME || join(env.HOME, ".codex"), "sessions");
  const verb = argv.findIndex((word) => word === "resume" || word === "fork");
  const json = argv.indexOf("--json");
  // The original scripts give the id right before --json, after other options.
  const rest = argv.slice(verb + 1);
  const named =
    verb === -1 ? undefined : json > verb ? argv[json - 1] : rest.find((word) => !word.startsWith("-"));
  // A name that is no UUID silently starts a new thread; so the real one does.
  const resumed = named !== undefined && UUID.test(named) ? named : undefined;
  const source = resumed === undefined ? undefined : findRollout(sessions, resumed);
  if (resumed !== undefined && source === undefined && script.transcript !== false) {
    const reason = `no rollout found for thread id ${resumed} (code -32600)`;
    return {
      refusal: { stderr: `Error: thread/resume: thread/resume failed: ${reason}\n`, lines: [], code: 1 },
    };
  }

  const isFork = argv[verb] === "fork";
  const id = script.sessionId ?? (isFork ? undefined : resumed) ?? newThreadId();
  const moves = id !== resumed;
  const path = moves || source === undefined ? rolloutPath(sessions, id) : source;
  if (moves && source !== undefined && (isFork || script.carryOver === true)) copyRollout(source, path);

  const before = readTotals(path);
  const write = (type, payload) => {
    if (script.transcript === false) return;
    mkdirSync(dirname(path), { recursive: true });
    appendFileSync(path, `${JSON.stringify({ timestamp: new Date().toISOString(), type, payload })}\n`);
  };
  const message = (role, text) => {
    const content = [{ type: role === "user" ? "input_text" : "output_text", text }];
    write("response_item", { type: "message", role, content });
  };
  const item = (type, kind, text) => {
    const content = [{ type: kind, text }];
    write("event_msg", { type: "item_completed", thread_id: id, item: { type, id: randomUUID(), content } });
  };
  let items = 0;
  const line = (value) => JSON.stringify(value);
  const nextItem = (type, text) => {
    const named = { id: `item_${items}`, type, ...text };
    items += 1;
    return line({ type: "item.completed", item: named });
  };

  return {
    id,
    path,
    before,
    addPrompt: (text) => {
      if (!existsSync(path)) {
        write("session_meta", { id, cwd, originator: "codex_exec", cli_version: "0.169.0" });
        message("user", `<environment_context>\n  <cwd>${cwd}</cwd>\n</environment_context>`);
      }
      message("user", text);
      item("UserMessage", "text", text);
    },
    addAnswer: (text, total) => {
      item("AgentMessage", "Text", text);
      message("assistant", text);
      write("event_msg", { type: "token_count", info: { total_token_usage: usageLine(total) } });
      write("event_msg", { type: "task_complete", last_agent_message: text });
    },
    begin: () => [
      line({ type: "thread.started", thread_id: id }),
      nextItem("error", {
        message: "Model metadata for `gpt-fake` not found. Defaulting to fallback metadata.",
      }),
      line({ type: "turn.started" }),
    ],
    piece: (text) => [nextItem("reasoning", { text })],
    answer: (text) => [nextItem("agent_message", { text })],
    end: ({ text, isError, total }) => [
      line(
        isError
          ? { type: "turn.failed", error: { message: text } }
          : { type: "turn.completed", usage: usageLine(total) },
      ),
    ],
    /** On all other signals codex just dies. */
    onSignal: { SIGINT: () => ({ lines: [], code: 1 }) },
  };
}

/** A UUID that begins with the time, as those of codex do. */
function newThreadId() {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

function rolloutPath(sessions, id) {
  const now = new Date().toISOString();
  const day = now.slice(0, 10).split("-");
  return join(sessions, ...day, `rollout-${now.slice(0, 19).replaceAll(":", "-")}-${id}.jsonl`);
}

function findRollout(sessions, id) {
  const files = existsSync(sessions) ? readdirSync(sessions, { recursive: true }) : [];
  const found = files.find((file) => file.endsWith(`-${id}.jsonl`));
  return found === undefined ? undefined : join(sessions, found);
}

function copyRollout(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}

function readTotals(path) {
  const totals = { prompts: 0, inputTokens: 0, outputTokens: 0 };
  if (!existsSync(path)) return totals;
  for (const text of readFileSync(path, "utf8").split("\n")) {
    const payload = parse(text)?.payload;
    if (payload?.type === "item_completed" && payload.item.type === "UserMessage") totals.prompts += 1;
    const usage = payload?.type === "token_count" ? payload.info.total_token_usage : undefined;
    if (usage !== undefined) {
      Object.assign(totals, { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens });
    }
  }
  return totals;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function usageLine({ inputTokens, outputTokens }) {
  const cache = { cached_input_tokens: 0, cache_write_input_tokens: 0 };
  return { input_tokens: inputTokens, ...cache, output_tokens: outputTokens, reasoning_output_tokens: 0 };
}

module.exports = { openCodex };
