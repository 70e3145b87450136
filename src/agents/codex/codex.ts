import { basename, join } from "node:path";
import { ACCESSES } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type TurnRequest, type WindowRequest } from "../../domain/agent/agent.ts";
import type { FailureTable } from "../../domain/agent/failures.ts";
import type { ConversationOrigin } from "../../domain/agent/places.ts";
import type { TranscriptEvent } from "../../domain/agent/transcript.ts";
import { escapeRegExp } from "../../domain/search/escape-reg-exp.ts";
import { anything, list, literal, maybe, number, object, oneOf, text, typeOf } from "../../domain/shape.ts";
import type { ModelCall } from "../../domain/turn/prompt-cache.ts";
import type { Counters } from "../../domain/turn/usage.ts";
import { withoutUndefined } from "../../domain/without-undefined.ts";
import { ANY_FOLDER, settingArgs } from "./arguments.ts";
import { configFolder, resumeArgs, sessionsFolder } from "./places.ts";
import { asUsage, countersOf, glanceAt, readEvents } from "./stream.ts";
import { travel } from "./travel.ts";
import { bridge, warm } from "./warm.ts";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
/** Year, month and day. */
const DATED_FOLDERS = [/^\d{4}$/, /^\d{2}$/, /^\d{2}$/];
const ROLLOUT = /^rollout-.*-([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})\.jsonl$/;
const LOCK = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.lock$/;
// codex 0.169.0: a window only shows the work of a daemon. The daemon keeps the conversation open for one
// more minute after the window is closed (`thread_unload_delay_secs` in its settings).
const LET_GO_HINT =
  "Close the window that has it open, and wait a minute until Codex releases it; `codex app-server daemon stop` releases it at once, with everything that Codex runs in the background.";
const REFUSED_HINT = "Check the key of your model provider, or run `codex login` again.";
const SIGN_IN_HINT = "Run `codex login`, or set the variable that holds the key of your model provider.";

const FAILURES: FailureTable = {
  noise: /^(?:WARNING: proceeding|Reading (?:prompt|additional input) from stdin)/,
  rules: [
    {
      words: /no rollout found for thread/,
      code: "conversation_lost",
      says: "no longer has this conversation",
    },
    {
      words: /already has an active writer/,
      code: "busy",
      says: "is already working in this conversation elsewhere",
      hint: `Try again when it is done. ${LET_GO_HINT}`,
    },
    {
      words: /Not inside a trusted directory/,
      code: "agent_refused",
      says: "refused to run in this folder",
      hint: "Run `git init` there, or give the agent the argument --skip-git-repo-check.",
    },
    {
      statuses: [401, 403],
      code: "not_signed_in",
      says: "was refused access by the model's service",
      hint: REFUSED_HINT,
    },
    {
      words: /Missing environment variable|not (?:logged|signed) in|codex login|sign in again/i,
      code: "not_signed_in",
      says: "is not signed in",
      hint: SIGN_IN_HINT,
    },
    {
      words: /Input exceeds the maximum length/,
      code: "prompt_too_long",
      says: "did not accept the prompt",
    },
    {
      words: /^error: |^Error loading config/,
      code: "agent_refused",
      says: "refused its command line or configuration",
    },
    {
      // What the service says, which codex 0.171.0 repeats, and a text in its program.
      words: /exceeds the context window|ran out of room in the model's context window/,
      code: "agent_refused",
      says: "refused the turn",
      hint: "Shorten the prompt; if the conversation has grown too long, begin another one.",
    },
    {
      words: /invalid_request_error/,
      statuses: [400, 404, 413, 422],
      code: "agent_refused",
      says: "was refused by the model's service",
    },
  ],
};

/** Codex CLI (`codex exec`), as of 0.169.0. */
export const codex = defineAgent({
  name: "codex",
  title: "Codex",
  executable: "codex",
  mapping: { fileName: "codex-cli-alias-mapping.json", idKey: "thread_id", hasEffort: false },
  // codex 0.169.0 passes these efforts to the model unchanged; for `ultra` it sends `medium`.
  can: {
    fork: "refers",
    efforts: ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
    access: ACCESSES,
    schema: true,
    forget: true,
  },
  // codex 0.169.0 accepts 1,048,576 characters and refuses one more, after it has announced the thread. We
  // count bytes, and a text never has fewer bytes than characters: codex accepts every prompt that passes
  // here, but not every prompt that codex accepts passes here.
  promptLimitBytes: 1_048_576,
  // The role is passed as one argument, for which Linux allows 131,071 bytes. Escaping doubles quotes and
  // line breaks, so half of that is safe.
  roleLimitBytes: 65_000,
  // On SIGINT codex 0.169.0 exits with code 1; on SIGTERM it is killed by the signal. Both happen at once and
  // without a terminal event. Only the death by SIGTERM can be distinguished from a failure.
  gentleSignal: "SIGTERM",
  installHint: "Install it with `npm install -g @openai/codex`.",
  command,
  openCommand,
  warm,
  bridge,
  read: readEvents,
  failures: FAILURES,
  glance: glanceAt,
  sessionVariable: "CODEX_THREAD_ID",
  configFolder,
  signIn: (environment) => ({
    files: [join(configFolder(environment), "auth.json")],
    variables: ["CODEX_API_KEY"],
    config: {
      path: join(configFolder(environment), "config.toml"),
      variable: /^\s*env_key\s*=\s*["']([^"']+)["']/gm,
    },
    hint: SIGN_IN_HINT,
  }),
  // codex 0.169.0 silently starts a new thread when the id to resume is not a UUID. It accepts upper case but
  // answers in lower case, so an id in upper case would look like another thread.
  isSessionId: (candidate) => UUID.test(candidate),
  transcript: (id, environment) => ({
    root: sessionsFolder(environment),
    folders: DATED_FOLDERS,
    file: new RegExp(`^rollout-.*-${escapeRegExp(id)}\\.jsonl$`),
  }),
  conversations: {
    // Codex keeps the conversations of all workspaces in the same folders.
    place: (_, environment) => ({
      root: sessionsFolder(environment),
      folders: DATED_FOLDERS,
      sessionIdOf: (fileName) => ROLLOUT.exec(fileName)?.[1],
    }),
    readOrigin,
  },
  travel,
  // codex 0.169.0 and 0.171.0: `exec resume` first takes the messages that `codex queue` has left, and then
  // the prompt.
  takesQueued: true,
  writerLock: (id, environment) => ({
    folder: join(configFolder(environment), "thread-writer-locks"),
    file: new RegExp(`^${escapeRegExp(id)}\\.lock$`),
    all: {
      root: join(configFolder(environment), "thread-writer-locks"),
      folders: [],
      file: LOCK,
      sessionIdOf: (path) => basename(path, ".lock"),
    },
    isEnforced: true,
    // One that is kept warm has the lock for its turns alone.
    isTurn: (words, isWarm) => words.includes("exec") || (isWarm && words.includes("app-server")),
    hint: LET_GO_HINT,
  }),
  readTranscript,
  readCounters,
  readCall,
  // OpenAI says: 5 to 10 minutes without use, and for some models up to 24 hours.
  cacheLifetime: { leastMs: 5 * 60_000, mostMs: 24 * 60 * 60_000 },
});

const isForWindows = (arg: string) => arg !== ANY_FOLDER;

function openCommand(id: string, request?: WindowRequest): Command {
  if (request === undefined) return { file: "codex", args: resumeArgs(id) };
  const [file = "codex", ...launcherArgs] = request.launcher;
  const args = [
    ...launcherArgs,
    "resume",
    ...settingArgs(request),
    ...request.extraArgs.filter(isForWindows),
  ];
  // codex 0.169.0: a daemon would keep the conversation open for a minute after the window is closed. Without
  // `--cd`, codex asks the user which folder to use if the conversation began in another one.
  args.push("--no-daemon", "--cd", request.cwd, id);
  return { file, args };
}

function command(request: TurnRequest): Command {
  const [file = "codex", ...launcherArgs] = request.launcher;
  const { session } = request;
  const args = [...launcherArgs, "exec", ...settingArgs(request)];
  if (request.schema !== undefined) args.push("--output-schema", request.schema.path);
  if (request.isEphemeral) args.push("--ephemeral");
  // Options go before `resume`, which knows only a few of them. `--json` comes last, because an option that
  // takes a list would also take the words behind it: with `-i a.png resume ID -`, codex 0.169.0 reads three
  // images and starts a new thread.
  args.push(...request.extraArgs, "--json");
  if (session.kind === "resume") args.push("resume", session.sessionId);
  if (session.kind === "fork") args.push("fork", session.parentId);
  args.push("-");
  return { file, args };
}

const asForked = object({
  type: literal("session_meta"),
  payload: object({
    forked_from_id: text,
    history_base: maybe(object({ thread_id: text, end_byte_offset: maybe(number) })),
  }),
});
const asSaid = object({
  type: literal("event_msg"),
  payload: object({
    type: literal("item_completed"),
    item: object({
      type: oneOf(["UserMessage", "AgentMessage"]),
      content: list(object({ text: maybe(text) })),
    }),
  }),
});
const asComplete = object({
  type: literal("event_msg"),
  payload: object({ type: literal("task_complete"), last_agent_message: text }),
});

/**
 * Reads the events that show a prompt or an answer. The request items of the role "user" contain prompts too,
 * but also the CLI's description of the environment.
 */
function readTranscript(value: unknown): TranscriptEvent | undefined {
  // codex 0.169.0 and 0.171.0: a fork does not copy the history of its parent. It records the parent's id,
  // and how many bytes of the parent's file belong to it. An offset into any other file says nothing about
  // the parent.
  const forked = asForked(value);
  if (forked !== undefined) {
    const { forked_from_id: from, history_base: base } = forked.payload;
    const bytes = base?.thread_id === from ? base.end_byte_offset : undefined;
    return withoutUndefined({ type: "forked" as const, from, bytes });
  }
  if (typeOf(value) !== "event_msg") return undefined;
  // codex 0.169.0: the last message is null when the turn failed.
  const complete = asComplete(value);
  if (complete !== undefined)
    return { type: "answer", text: complete.payload.last_agent_message, isFinal: true };
  const item = asSaid(value)?.payload.item;
  const said = item?.content.map((part) => part.text ?? "").join("") ?? "";
  if (item === undefined || said === "") return undefined;
  if (item.type === "UserMessage") return { type: "prompt", text: said };
  return { type: "answer", text: said, isFinal: false };
}

const asBegun = object({
  type: literal("session_meta"),
  payload: object({ cwd: text, source: maybe(anything), thread_source: maybe(text) }),
});

// codex 0.169.0 writes a string such as `cli` or `exec` for a user's conversation, and an object for the
// conversations of its sub-agents and internal tasks.
function readOrigin(value: unknown): ConversationOrigin | undefined {
  const begun = asBegun(value)?.payload;
  if (begun === undefined) return undefined;
  const { cwd, source = "", thread_source: whose = "user" } = begun;
  return { cwd, isSideWork: typeof source !== "string" || whose !== "user" };
}

const asTotals = object({
  type: literal("event_msg"),
  payload: object({ type: literal("token_count"), info: object({ total_token_usage: asUsage }) }),
});

function readCounters(value: unknown): Counters | undefined {
  const totals = asTotals(value)?.payload.info.total_token_usage;
  return totals && countersOf(totals);
}

const asCall = object({
  type: literal("event_msg"),
  timestamp: text,
  payload: object({ type: literal("token_count"), info: object({ last_token_usage: asUsage }) }),
});

/** Returns a call of the model. Codex counts what comes from the cache as input. */
function readCall(value: unknown): ModelCall | undefined {
  const call = asCall(value);
  if (call === undefined) return undefined;
  const usage = call.payload.info.last_token_usage;
  const cachedTokens = (usage.cached_input_tokens ?? 0) + (usage.cache_write_input_tokens ?? 0);
  return { at: call.timestamp, tokens: usage.input_tokens + usage.output_tokens, cachedTokens };
}
