import { join } from "node:path";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type TurnRequest, type WindowRequest } from "../../domain/agent/agent.ts";
import type { FailureTable } from "../../domain/agent/failures.ts";
import { copyNamedLine } from "../linked-lines.ts";
import { glanceAtMessage } from "../message-lines.ts";
import { configFolder, conversationPlace, isSessionId, transcriptPlace } from "./places.ts";
import { readEvents } from "./stream.ts";
import { readCallUsage, readOrigin, readTranscriptLine } from "./transcript.ts";
import { windows } from "./windows.ts";

const SIGN_IN_HINT = "Start `qwen` and type /auth, or set OPENAI_API_KEY.";

// qwen 0.24.4 prints its whole help after what it says of its command line.
const HELP =
  /^(?:Usage: qwen|Qwen Code - Launch|Commands:|Positionals:|Options:|(?:query|qwen \S[^ ]*(?: \S+)*|-{1,2}[a-z][\w-]*(?:, -{1,2}[\w-]+)*) {2})/;
const NOTES =
  /^(?:Ripgrep not available|Warning: running headless|WARNING: |Retrying |Falling back |\[team\] )/;

const FAILURES: FailureTable = {
  noise: new RegExp(`${HELP.source}|${NOTES.source}`),
  rules: [
    {
      words: /No saved session found|Failed to fork session \S+: Source session not found/,
      code: "conversation_lost",
      says: "no longer has this conversation",
    },
    {
      words: /Source session does not belong to current project/,
      code: "agent_refused",
      says: "did not fork the conversation",
      hint: "Qwen Code forks and continues a conversation only in the folder where it began.",
    },
    {
      words: /Session Id \S+ already exists/,
      code: "agent_refused",
      says: "did not create the conversation",
      hint: "A turn has used this id before: continue it, or create the conversation under a new id.",
    },
    {
      words: /structured_output tool as required by --json-schema/,
      code: "schema_not_met",
      says: "did not answer by the schema",
      hint: "Say in the prompt what is wanted, or make the schema simpler.",
    },
    {
      statuses: [401, 403],
      code: "not_signed_in",
      says: "was refused access by the model's service",
      hint: "Check the key of the model's service in Qwen Code's settings, or start `qwen` and type /auth.",
    },
    {
      words: /No auth type is selected|re-authenticate|Missing API key/,
      code: "not_signed_in",
      says: "is not signed in",
      hint: SIGN_IN_HINT,
    },
    {
      words: /maximum context length|context window/i,
      code: "agent_refused",
      says: "refused the turn",
      hint: "Shorten the prompt, or send /compress first if the conversation has grown long.",
    },
    {
      words: /--json-schema (?:root|is not|must)/,
      code: "agent_refused",
      says: "did not take the schema",
      hint: "Qwen Code takes a schema only if an object can fit it.",
    },
    {
      words: /^Unknown arguments?: |^Invalid --session-id|^Cannot use /,
      code: "agent_refused",
      says: "refused its command line",
    },
    { statuses: [400, 404, 413, 422], code: "agent_refused", says: "was refused by the model's service" },
  ],
};

/** Qwen Code (`qwen -o stream-json`), as of 0.24.4. */
export const qwen = defineAgent({
  name: "qwen",
  title: "Qwen Code",
  staysBecause: "continues a conversation only in the folder where it began",
  executable: "qwen",
  can: {
    chooseId: true,
    fork: "copies",
    changeRole: true,
    access: ACCESSES,
    schema: true,
    forget: true,
  },
  // qwen 0.24.4 refuses to choose an id for a fork: "Cannot use --session-id with --continue or --resume".
  givesForkIds: true,
  // qwen 0.24.4 cuts off what is longer, with a warning.
  promptLimitBytes: 8 * 1024 * 1024,
  // qwen 0.24.4 would end the turn under a new id that it keeps nothing of, and the next turn would find no conversation.
  refusePrompt: (prompt) =>
    /^\s*\/(?:clear|reset|new)(?:\s|$)/i.test(prompt)
      ? {
          message: `Qwen Code can't start over with ${prompt.trim().split(/\s/)[0]} in a turn.`,
          hint: "Create another conversation.",
        }
      : undefined,
  // The role is passed as one argument, for which Linux allows 131,071 bytes. Escaping doubles quotes and line breaks where
  // qwen 0.24.4 passes its arguments on in a variable, so half of that is safe.
  roleLimitBytes: 65_000,
  installHint: "Install it with `npm install -g @qwen-code/qwen-code`; it needs Node 22.",
  command,
  openCommand,
  read: readEvents,
  failures: FAILURES,
  glance: glanceAtMessage,
  sessionVariable: "QWEN_CODE_SESSION_ID",
  configFolder,
  signIn: (environment) => ({
    files: [join(configFolder(environment), "oauth_creds.json"), join(configFolder(environment), ".env")],
    variables: ["OPENAI_API_KEY", "DASHSCOPE_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"],
    config: {
      path: join(configFolder(environment), "settings.json"),
      variable: /"envKey"\s*:\s*"([^"]+)"/g,
    },
    hint: SIGN_IN_HINT,
  }),
  isSessionId,
  transcript: transcriptPlace,
  conversations: { place: conversationPlace, readOrigin },
  // qwen 0.24.4 resumes a copy of a transcript in which every line names the new id.
  copyLine: copyNamedLine,
  windows,
  readTranscript: readTranscriptLine,
  readUsage: readCallUsage,
  // qwen 0.24.4 writes these at the beginning of each turn and after each call of the model.
  isBookkeeping: (value) => readTranscriptLine(value)?.type === "link",
  // What a command of qwen's own does is not a message of the conversation.
  keepsWords: (prompt) => !/^\s*\//.test(prompt),
});

const EDITING_TOOLS = ["edit", "write_file", "notebook_edit"];

// The sub-agents of mode `default` have mode `auto-edit` in a folder that is trusted, or that of their own definition.
const OTHERS = ["agent", "workflow", "send_message", "create_sub_session"];

/** The tools of qwen 0.24.4 that write, run, or make somebody else write or run. */
const WRITING_TOOLS = [
  ...EDITING_TOOLS,
  ...OTHERS,
  "run_shell_command",
  "monitor",
  "exec",
  "enter_worktree",
  "exit_worktree",
  "cron_create",
  "cron_delete",
  "loop_wakeup",
];

// qwen 0.24.4: mode `plan` would tell the model to plan with the user, whatever it was asked, and mode `auto-edit` writes
// outside of the workspace, too. In mode `default` a tool that would ask the user is denied, unless it is allowed here or
// in the user's settings; an excluded tool is denied in spite of them, and no MCP server is used.
const ACCESS_ARGS: Record<Access, readonly string[]> = {
  "read-only": [
    "--approval-mode=default",
    `--exclude-tools=${WRITING_TOOLS.join(",")}`,
    "--allowed-mcp-server-names=",
  ],
  edit: [
    "--approval-mode=default",
    // A path that begins with one slash is one of the workspace.
    `--allowed-tools=${EDITING_TOOLS.map((tool) => `${tool}(/**)`).join(",")}`,
    `--exclude-tools=${OTHERS.join(",")}`,
  ],
  full: ["--approval-mode=yolo"],
};

function openCommand(id: string, request?: WindowRequest): Command {
  const args = ["--resume", id];
  if (request === undefined) return { file: "qwen", args };
  const [file = "qwen", ...launcherArgs] = request.launcher;
  return { file, args: [...launcherArgs, ...args, ...settingArgs(request), ...request.extraArgs] };
}

/** Returns the arguments that turns and windows share. */
function settingArgs({ model, role, access }: TurnRequest | WindowRequest): string[] {
  const args: string[] = [];
  if (model !== undefined) args.push("--model", model);
  // qwen 0.24.4 forgets the role unless it is given again on every turn, and reads it from no file. As a word of its
  // own, a role that begins with a dash would be an option.
  if (role !== undefined) args.push(`--append-system-prompt=${role.text}`);
  if (access !== undefined) args.push(...ACCESS_ARGS[access]);
  return args;
}

function command(request: TurnRequest): Command {
  const [file = "qwen", ...launcherArgs] = request.launcher;
  const { session } = request;
  const args = [...launcherArgs, "--output-format", "stream-json"];
  if (request.partials) args.push("--include-partial-messages");
  if (session.kind === "resume") args.push("--resume", session.sessionId);
  if (session.kind === "fork") args.push("--resume", session.parentId, "--fork-session");
  if (session.kind === "new" && session.chosenId !== undefined) args.push("--session-id", session.chosenId);
  args.push(...settingArgs(request));
  if (request.schema !== undefined) args.push("--json-schema", `@${request.schema.path}`);
  if (request.isEphemeral) args.push("--chat-recording=false");
  args.push(...request.extraArgs);
  return { file, args };
}
