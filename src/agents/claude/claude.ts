import { join } from "node:path";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type TurnRequest, type WindowRequest } from "../../domain/agent/agent.ts";
import type { FailureTable } from "../../domain/agent/failures.ts";
import { escapeRegExp } from "../../domain/search/escape-reg-exp.ts";
import { typeOf } from "../../domain/shape.ts";
import { copyNamedLine } from "../linked-lines.ts";
import { configFolder, projectFolder, projectsFolder, resumeArgs } from "./places.ts";
import { SNAPSHOT_OPTION } from "./snapshot.ts";
import { ASIDES, glanceAt, readEvents } from "./stream.ts";
import {
  CACHE_LIFETIME,
  readTranscriptCall,
  readTranscriptCounters,
  readTranscriptLine,
  readTranscriptOrigin,
} from "./transcript.ts";
import { travel } from "./travel.ts";
import { warm } from "./warm.ts";
import { windows } from "./windows.ts";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const INPUT_OPTION = "--input-format";
const REFUSED_HINT =
  "Check the key in ANTHROPIC_API_KEY if that is set; else start `claude` and type /login.";
const SIGN_IN_HINT = "Start `claude` and type /login, or set ANTHROPIC_API_KEY.";

const FAILURES: FailureTable = {
  noise: /^(?:Warning:|\[claude-code:)/,
  advice: /Run --model to pick a different model\.?/,
  rules: [
    {
      // claude 2.1.332: "That session is running in the background (db06753e). Run `claude attach db06753e` to open it".
      words: /That session is running in the background/,
      code: "busy",
      says: "has this conversation open in the background",
    },
    {
      words: /No conversation found with session ID/,
      code: "conversation_lost",
      says: "no longer has this conversation",
    },
    {
      // claude 2.1.329 also says this after a first turn that failed or was killed.
      words: /Session ID \S+ is already in use/,
      code: "agent_refused",
      says: "did not create the conversation",
      hint: "A turn has used this id before: continue it, or create the conversation under a new id.",
    },
    {
      statuses: [401, 403],
      code: "not_signed_in",
      says: "was refused access by the model's service",
      hint: REFUSED_HINT,
    },
    {
      words:
        /Please run \/login|Not logged in|Invalid (?:API key|auth token)|Failed to authenticate|Authentication required|Login expired|OAuth token/i,
      code: "not_signed_in",
      says: "is not signed in",
      hint: SIGN_IN_HINT,
    },
    {
      words: /piped stdin input exceeds/,
      code: "prompt_too_long",
      says: "did not read the prompt",
      hint: "Put the text into a file and name the file in the prompt.",
    },
    {
      words: /^Prompt is too long/,
      code: "agent_refused",
      says: "refused the turn",
      hint: "Shorten the prompt, or send /compact first if the conversation has grown long.",
    },
    {
      words: /^error: |cannot be used with root\/sudo/,
      code: "agent_refused",
      says: "refused its command line",
    },
    {
      words: /issue with the selected model/,
      code: "agent_refused",
      says: "was refused by the model's service",
      hint: "Give another model.",
    },
    { statuses: [400, 404, 413, 422], code: "agent_refused", says: "was refused by the model's service" },
  ],
};

/** Claude Code (`claude -p`), as of 2.1.329; 2.1.197 where it differs. */
export const claude = defineAgent({
  name: "claude",
  title: "Claude Code",
  executable: "claude",
  mapping: { fileName: "claude-code-alias-mapping.json", idKey: "session_id", hasEffort: true },
  can: {
    chooseId: true,
    fork: "copies",
    rewind: true,
    changeRole: true,
    efforts: ["low", "medium", "high", "xhigh", "max"],
    access: ACCESSES,
    schema: true,
    forget: true,
  },
  costs: "dollars",
  tellsUsage: "with partials",
  countsCacheApart: true,
  // claude 2.1.329 reads 10,485,760 bytes and refuses one more: "piped stdin input exceeds 10MB".
  promptLimitBytes: 10 * 1024 * 1024,
  // Our own choice: claude 2.1.329 took a role file of 3 MB, and the request limit of the API is near.
  roleLimitBytes: 1_000_000,
  gentleSignal: "SIGINT",
  // As root, claude 2.1.329 exits with code 1 on full access, unless IS_SANDBOX=1 is set.
  refuseAccess: (access, uid, environment) =>
    access === "full" && uid === 0 && environment.IS_SANDBOX !== "1"
      ? "Claude Code does not allow full access as root. In a disposable container, set IS_SANDBOX=1."
      : undefined,
  installHint: "Install it with `npm install -g @anthropic-ai/claude-code`.",
  command,
  takesPromptId: ({ launcher, extraArgs }) =>
    ![...launcher, ...extraArgs].some((word) => word.startsWith(INPUT_OPTION)),
  openCommand,
  read: readEvents,
  failures: FAILURES,
  // Tested: 2.1.252 does not know the option `--system-prompt-snapshot`; 2.1.257 knows it, though it does not
  // freeze the role yet.
  freezesRole: (version) => version === undefined || !isEarlier(version, "2.1.257"),
  glance: glanceAt,
  asides: ASIDES,
  // Tested with 2.1.276 and 2.1.277: 2.1.277 is the first version whose counters continue after a resume.
  countsAnew: (version) => isEarlier(version, "2.1.277"),
  sessionVariable: "CLAUDE_CODE_SESSION_ID",
  configFolder,
  // claude 2.1.329 keeps its login in this file; on a Mac in the keychain, where we can't look.
  signIn: (environment) => ({
    files: [join(configFolder(environment), ".credentials.json")],
    variables: [
      "ANTHROPIC_API_KEY",
      "ANTHROPIC_AUTH_TOKEN",
      "CLAUDE_CODE_OAUTH_TOKEN",
      "CLAUDE_CODE_USE_BEDROCK",
      "CLAUDE_CODE_USE_VERTEX",
    ],
    hint: SIGN_IN_HINT,
  }),
  travel,
  // The default of claude 2.1.329; its setting cleanupPeriodDays changes it.
  keepsTranscriptsDays: 30,
  // claude 2.1.329 compares ids case-sensitively, so an id is kept exactly as it was given.
  isSessionId: (candidate) => UUID.test(candidate),
  transcript: (id, environment) => ({
    root: projectsFolder(environment),
    // The folder is named after the working directory, shortened by rules that differ between versions.
    folders: [/./],
    file: new RegExp(`^${escapeRegExp(id)}\\.jsonl$`),
    sideFolder: id,
  }),
  conversations: {
    place: (workspace, environment) => ({
      root: projectsFolder(environment),
      folders: [workspace === undefined ? /^/ : projectFolder(workspace)],
      sessionIdOf: (fileName) => {
        const id = /^(.*)\.jsonl$/.exec(fileName)?.[1];
        return id !== undefined && UUID.test(id) ? id : undefined;
      },
    }),
    readOrigin: readTranscriptOrigin,
  },
  // claude 2.1.197 and 2.1.332 resume a copy of a transcript in which every line names the new id; for a fork of its
  // own, claude copies the same messages under the same uuids.
  copyLine: copyNamedLine,
  windows,
  warm,
  readTranscript: readTranscriptLine,
  readCounters: readTranscriptCounters,
  readCall: readTranscriptCall,
  cacheLifetime: CACHE_LIFETIME,
  // claude 2.1.329 writes these when it exits, and last-prompt also at its first turn.
  isBookkeeping: (value) => ["cost-state", "last-prompt", "mode"].includes(String(typeOf(value))),
  keepsWords: (prompt) => !/^\s*(?:\/|<|\[Request interrupted)/.test(prompt),
  // claude 2.1.329 accepts these commands only at the first character and in lower case; words may follow.
  // With a leading blank it is a plain prompt. /reset and /new are aliases.
  startsOver: (prompt) => /^\/(?:clear|reset|new)(?:\s|$)/.test(prompt),
});

// claude 2.1.329: mode `plan` asks a server whether it may be used; where a gateway does not offer this,
// claude exits with code 1. `dontAsk` denies every tool that is not allowed, but the user's settings may
// allow one. A tool in `--disallowedTools` does not exist for the model.
const ACCESS_ARGS: Record<Access, readonly string[]> = {
  "read-only": [
    "--permission-mode",
    "dontAsk",
    "--strict-mcp-config",
    "--disallowedTools=Bash,Edit,MultiEdit,Write,NotebookEdit",
  ],
  edit: ["--permission-mode", "acceptEdits"],
  full: ["--permission-mode", "bypassPermissions"],
};

function isEarlier(version: string, other: string): boolean {
  // Not `localeCompare`: its first call in a process takes 6 ms.
  const [left = [], right = []] = [version, other].map((one) => one.split(/\D+/).map(Number));
  const at = right.findIndex((part, index) => part !== (left[index] ?? 0));
  return at !== -1 && (left[at] ?? 0) < (right[at] ?? 0);
}

function openCommand(id: string, request?: WindowRequest): Command {
  const args = resumeArgs(id);
  if (request === undefined) return { file: "claude", args };
  const [file = "claude", ...launcherArgs] = request.launcher;
  return { file, args: [...launcherArgs, ...args, ...settingArgs(request), ...request.extraArgs] };
}

/** Returns the arguments that turns and windows share. */
function settingArgs({ model, effort, role, isRoleFrozen, access }: TurnRequest | WindowRequest): string[] {
  const args: string[] = [];
  if (model !== undefined) args.push("--model", model);
  if (effort !== undefined) args.push("--effort", effort);
  // claude 2.1.197 forgets the role unless it is given again on every turn; 2.1.329 forgets it at a
  // compaction.
  if (isRoleFrozen) args.push(SNAPSHOT_OPTION, "off");
  if (role !== undefined) args.push("--append-system-prompt-file", role.path);
  if (access !== undefined) args.push(...ACCESS_ARGS[access]);
  return args;
}

function command(request: TurnRequest): Command {
  const [file = "claude", ...launcherArgs] = request.launcher;
  const { session } = request;
  const args = [...launcherArgs, "-p", "--output-format", "stream-json", "--verbose"];
  if (request.identified !== undefined) args.push(INPUT_OPTION, "stream-json");
  if (request.partials) args.push("--include-partial-messages");
  if (session.kind === "resume") {
    args.push("--resume", session.sessionId);
    // claude 2.1.329 accepts the id of any message of the user or the model. The option is not in its --help.
    if (session.rewindTo !== undefined) args.push("--resume-session-at", session.rewindTo);
  }
  if (session.kind === "fork") args.push("--resume", session.parentId, "--fork-session");
  if (session.kind !== "resume" && session.chosenId !== undefined)
    args.push("--session-id", session.chosenId);
  args.push(...settingArgs(request));
  if (request.schema !== undefined) args.push("--json-schema", request.schema.text);
  if (request.isEphemeral) args.push("--no-session-persistence");
  args.push(...request.extraArgs);
  return {
    file,
    args,
    ...(request.identified === undefined ? {} : { stdin: messageOf(request.identified) }),
  };
}

/** Returns the line of stdin that asks for a turn; claude 2.1.329 makes the id that of the line in its transcript. */
function messageOf({ promptId, prompt }: { promptId: string; prompt: string }): string {
  const message = { type: "user", uuid: promptId, message: { role: "user", content: prompt } };
  return `${JSON.stringify(message)}\n`;
}
