import { basename, dirname, join } from "node:path";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type TurnRequest, type WindowRequest } from "../../domain/agent/agent.ts";
import type { FailureTable } from "../../domain/agent/failures.ts";
import { escapeRegExp } from "../../domain/search/escape-reg-exp.ts";
import { configFolder, sessionsFolder } from "./places.ts";
import { glanceAt, readCallUsage, readEvents, readTranscriptLine } from "./stream.ts";
import { travel } from "./travel.ts";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const HOLD = /^inuse\.\d+\.hold$/;
const REFUSED_HINT =
  "Check the token in COPILOT_GITHUB_TOKEN or the key of your provider; else start `copilot` and type /login.";
const SIGN_IN_HINT =
  "Start `copilot` and type /login, or set COPILOT_GITHUB_TOKEN, or COPILOT_PROVIDER_BASE_URL for a model of your own.";

const FAILURES: FailureTable = {
  // copilot 1.0.102 writes the last of these messages after SIGTERM.
  noise:
    /^(?:Warning|Note): |^To \S.*: {2,}copilot --|^Error executing prompt: .* after disposal has started/,
  rules: [
    {
      words: /No session, task, or name matched/,
      code: "conversation_lost",
      says: "no longer has this conversation",
    },
    {
      statuses: [401, 403],
      code: "not_signed_in",
      says: "was refused access by the model's service",
      hint: REFUSED_HINT,
    },
    {
      words: /No authentication information|Authentication (?:failed|token|required)|to configure one/i,
      code: "not_signed_in",
      says: "is not signed in",
      hint: SIGN_IN_HINT,
    },
    {
      // copilot 1.0.102 has tried to make it shorter before it says the second.
      words: /exceeds the model's prompt budget|rejected the prompt as too long/,
      code: "agent_refused",
      says: "refused the turn",
      hint: "Shorten the prompt, or send /compact first if the conversation has grown long.",
    },
    {
      words: /^error: |^No such agent|^Error: (?:No supported model|Model )/,
      code: "agent_refused",
      says: "refused its command line",
    },
    { statuses: [400, 404, 413, 422], code: "agent_refused", says: "was refused by the model's service" },
  ],
};

/** GitHub Copilot CLI (`copilot`), as of 1.0.102. */
export const copilot = defineAgent({
  name: "copilot",
  title: "GitHub Copilot",
  executable: "copilot",
  can: {
    chooseId: true,
    changeRole: true,
    // copilot 1.0.102 refuses any other value.
    efforts: ["none", "minimal", "low", "medium", "high", "xhigh", "max"],
    access: ACCESSES,
  },
  // Our own choice: copilot 1.0.102 read 10 MB, and the limit of the model is reached before that.
  promptLimitBytes: 10 * 1024 * 1024,
  // Our own choice: copilot 1.0.102 took a role of 0.9 MB.
  roleLimitBytes: 1_000_000,
  // On SIGTERM copilot 1.0.102 ends its turn and its tools and deletes its `inuse.*` files; on SIGINT it
  // leaves them.
  gentleSignal: "SIGTERM",
  installHint: "Install it with `npm install -g @github/copilot`.",
  command,
  openCommand,
  read: readEvents,
  failures: FAILURES,
  glance: glanceAt,
  sessionVariable: "COPILOT_AGENT_SESSION_ID",
  configFolder,
  // copilot 1.0.102 keeps its login in the system's keychain, and also uses the login of `gh`.
  signIn: (environment) => ({
    files: [join(environment.GH_CONFIG_DIR || join(environment.HOME || "/", ".config", "gh"), "hosts.yml")],
    variables: ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "COPILOT_PROVIDER_BASE_URL"],
    hasKeychain: true,
    hint: SIGN_IN_HINT,
  }),
  // copilot 1.0.102 also resumes by the beginning of an id and by a title, so a text that is not an id could
  // select another conversation. It compares ids case-sensitively.
  isSessionId: (candidate) => UUID.test(candidate),
  transcript: (id, environment) => ({
    root: sessionsFolder(environment),
    folders: [new RegExp(`^${escapeRegExp(id)}$`)],
    file: /^events\.jsonl$/,
    // Copilot's summaries of the conversation. It does not need the rest of the folder.
    sideFolder: "checkpoints",
  }),
  travel,
  // copilot 1.0.102 holds this lock, but does not keep other processes from writing. A window takes it with
  // its first message.
  writerLock: (id, environment) => ({
    folder: join(sessionsFolder(environment), id),
    file: HOLD,
    all: {
      root: sessionsFolder(environment),
      folders: [UUID],
      file: HOLD,
      sessionIdOf: (path) => basename(dirname(path)),
    },
    isEnforced: false,
    isTurn: (words) => words.some((word) => /^(?:-p|--prompt|--output-format)(?:=|$)/.test(word)),
  }),
  readTranscript: readTranscriptLine,
  readUsage: readCallUsage,
  // Copilot may execute a command of its own, such as /compact, without writing it to the transcript.
  keepsWords: (prompt) => !/^\s*\//.test(prompt),
});

const ACCESS_ARGS: Record<Access, readonly string[]> = {
  // All other tools do not exist for the model, including those of MCP servers. `grep` and `rg` are two names
  // of one tool.
  "read-only": ["--available-tools=view,glob,grep,rg"],
  // Allows writing in the workspace and in the temporary folder. Commands run only if the user's settings
  // allow them.
  edit: ["--allow-tool=write"],
  full: ["--allow-all"],
};

/** A plugin that consists of one agent: the role. */
const ROLE_PLUGIN = JSON.stringify({ name: "agent-sessions", agents: "./" });

function command(request: TurnRequest): Command {
  const [file = "copilot", ...launcherArgs] = request.launcher;
  const { session } = request;
  // The prompt comes from standard input: with -p it would be an argument.
  const args = [...launcherArgs, "--output-format=json"];
  // copilot 1.0.102: for an unknown conversation, --session-id creates it and --resume fails.
  if (session.kind === "resume") args.push(`--resume=${session.sessionId}`);
  else if (session.chosenId !== undefined) args.push(`--session-id=${session.chosenId}`);
  return withSettings({ file, args }, request);
}

function openCommand(id: string, request?: WindowRequest): Command {
  if (request === undefined) return { file: "copilot", args: [`--resume=${id}`] };
  const [file = "copilot", ...launcherArgs] = request.launcher;
  return withSettings({ file, args: [...launcherArgs, `--resume=${id}`] }, request);
}

/** Adds the arguments that turns and windows share. */
function withSettings({ file, args }: Command, request: TurnRequest | WindowRequest): Command {
  const { model, effort, access, role, extraArgs } = request;
  const all = [...args];
  if (model !== undefined) all.push(`--model=${model}`);
  if (effort !== undefined) all.push(`--reasoning-effort=${effort}`);
  if (access !== undefined) all.push(...ACCESS_ARGS[access]);
  if (role === undefined) return { file, args: [...all, ...extraArgs] };
  // copilot 1.0.102 forgets the role unless it is given again on every turn.
  all.push(`--plugin-dir=${dirname(role.path)}`, "--agent=agent-sessions:role", ...extraArgs);
  const files = { "plugin.json": ROLE_PLUGIN, "role.agent.md": roleAgent(role.text) };
  return { file, args: all, files };
}

function roleAgent(text: string): string {
  return `---\nname: role\ndescription: The role in this conversation\n---\n${text}\n`;
}
