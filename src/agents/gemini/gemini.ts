import { join } from "node:path";
import { ACCESSES } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type TurnRequest, type WindowRequest } from "../../domain/agent/agent.ts";
import type { AgentEnvironment } from "../../domain/agent/places.ts";
import { escapeRegExp } from "../../domain/search/escape-reg-exp.ts";
import { accessOf } from "./access.ts";
import { FAILURES, SIGN_IN_HINT } from "./failures.ts";
import { readEvents } from "./stream.ts";
import { isBookkeeping, readTranscriptLine } from "./transcript.ts";

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Gemini CLI (`gemini`), as of 0.61.0. */
export const gemini = defineAgent({
  name: "gemini",
  title: "Gemini",
  staysBecause: "finds the folder of a workspace by a list of its own",
  executable: "gemini",
  can: { chooseId: true, access: ACCESSES },
  // gemini 0.61.0 cuts off what is behind the first 8 MiB of its standard input, and goes on.
  promptLimitBytes: 8 * 1024 * 1024,
  // On SIGINT and SIGTERM alike, gemini 0.61.0 exits with code 0 and without a result, and leaves its tools running.
  gentleSignal: "SIGTERM",
  installHint: "Install it with `npm install -g @google/gemini-cli`.",
  command,
  openCommand,
  read: readEvents,
  failures: FAILURES,
  configFolder,
  signIn: (environment) => ({
    files: [join(configFolder(environment), "oauth_creds.json")],
    variables: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_GCA"],
    hasKeychain: true,
    hint: SIGN_IN_HINT,
  }),
  // gemini 0.61.0 also resumes by a number and by `latest`, so a text that is not an id could select another
  // conversation. It compares ids case-sensitively.
  isSessionId: (candidate) => UUID.test(candidate),
  transcript: (id, environment) => ({
    root: join(configFolder(environment), "tmp"),
    folders: [/^/, /^chats$/],
    file: new RegExp(
      `^(?:${escapeRegExp(safeName(id))}|session-[\\dT-]{16}-${escapeRegExp(id.slice(0, 8))}\\.jsonl)$`,
    ),
    // The later ones are what gemini 0.61.0 leaves of each turn that continues a conversation: a beginning and no prompt.
    isFirst: true,
    safeName: safeName(id),
  }),
  readTranscript: readTranscriptLine,
  isBookkeeping,
  refusePrompt: (prompt) =>
    /^\/\s*(?:clear|new)(?:\s|$)/.test(prompt)
      ? {
          message: "Gemini would answer this prompt in another conversation, and not say in which.",
          hint: "Begin another conversation with `create`, or send a prompt that does not begin with /clear or /new.",
        }
      : undefined,
  // Commands of the user's own may stand for other words.
  keepsWords: (prompt) => !prompt.startsWith("/"),
});

/**
 * gemini 0.61.0 ends the name of a transcript with the first eight characters of the conversation's id. Each turn that
 * continues a conversation leaves another file under such a name. The next start in the same folder, of whatever
 * conversation, takes that for trash and deletes all files whose names end with the same eight characters. It continues
 * a conversation under any name that begins with `session-`, and of several files with its id under the first one.
 */
function safeName(id: string): string {
  return `session-0-${id}-${id.slice(-8)}.jsonl`;
}

function configFolder(environment: AgentEnvironment): string {
  return join(environment.GEMINI_CLI_HOME || environment.HOME || "/", ".gemini");
}

function command(request: TurnRequest): Command {
  const [file = "gemini", ...launcherArgs] = request.launcher;
  const { session } = request;
  // Without -p the prompt comes from standard input alone.
  const args = [...launcherArgs, "--output-format=stream-json"];
  // gemini 0.61.0: --session-id refuses an id that exists, and --resume one that does not.
  if (session.kind === "resume") args.push(`--resume=${session.sessionId}`);
  else if (session.chosenId !== undefined) args.push(`--session-id=${session.chosenId}`);
  return withSettings({ file, args }, request);
}

function openCommand(id: string, request?: WindowRequest): Command {
  if (request === undefined) return { file: "gemini", args: ["--resume", id] };
  const [file = "gemini", ...launcherArgs] = request.launcher;
  return withSettings({ file, args: [...launcherArgs, `--resume=${id}`] }, request);
}

/** Adds the arguments that turns and windows share. */
function withSettings({ file, args }: Command, request: TurnRequest | WindowRequest): Command {
  const { model, access, folder, extraArgs } = request;
  const all = [...args];
  if (model !== undefined) all.push(`--model=${model}`);
  if (access === undefined) return { file, args: [...all, ...extraArgs] };
  const { args: accessArgs, files } = accessOf(access, folder);
  return { file, args: [...all, ...accessArgs, ...extraArgs], ...(files === undefined ? {} : { files }) };
}
