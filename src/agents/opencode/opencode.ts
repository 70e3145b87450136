import { join } from "node:path";
import { ACCESSES } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type TurnRequest, type WindowRequest } from "../../domain/agent/agent.ts";
import type { FailureTable } from "../../domain/agent/failures.ts";
import type { AgentEnvironment } from "../../domain/agent/places.ts";
import { CONFIG_VARIABLE, configFor, joinConfig, ownAgent } from "./config.ts";
import { copies } from "./copies.ts";
import { readEvents } from "./stream.ts";

const SIGN_IN_HINT = "Sign in with `opencode auth login`, or set the key of your provider.";

const FAILURES: FailureTable = {
  rules: [
    {
      words: /^(?:Error: )?Session not found/,
      code: "conversation_lost",
      says: "no longer has this conversation",
    },
    {
      statuses: [401, 403],
      code: "not_signed_in",
      says: "was refused access by the model's service",
      hint: SIGN_IN_HINT,
    },
    { words: /API key is missing/, code: "not_signed_in", says: "is not signed in", hint: SIGN_IN_HINT },
    {
      words: /context length|context window|prompt is too long|even after stripping media/,
      code: "agent_refused",
      says: "refused the turn",
      hint: "Shorten the prompt, or begin a new conversation if this one has grown long.",
    },
    {
      words: /^Model not found/,
      code: "agent_refused",
      says: "does not know this model",
      hint: "A model is given as provider/model; `opencode models` lists them.",
    },
    {
      // All that opencode 1.18.33 says of a model that is in no provider's list, among others.
      words: /^Unexpected server error/,
      code: "agent_failed",
      says: "failed without telling why",
      hint: "Check the model: it is given as provider/model, and `opencode models` lists them. opencode's own log has more.",
    },
    { words: /^Configuration is invalid/, code: "agent_refused", says: "refused its settings" },
    {
      // For an option that it does not know, opencode 1.18.33 prints its help, and no word of the option.
      words: /\[(?:boolean|string)\]/,
      code: "agent_refused",
      says: "refused its command line and printed its help",
      hint: "Check the arguments that were passed on to it after `--`.",
    },
    { statuses: [400, 404, 413, 422], code: "agent_refused", says: "was refused by the model's service" },
  ],
};

/** opencode (`opencode`), as of 1.18.33. */
export const opencode = defineAgent({
  name: "opencode",
  title: "opencode",
  staysBecause: "keeps its conversations in a database of its own",
  executable: "opencode",
  can: {
    fork: "copies",
    changeRole: true,
    access: ACCESSES,
  },
  // Our own choice, as for copilot: the limit of the model is reached before that.
  promptLimitBytes: 10 * 1024 * 1024,
  roleLimitBytes: 1_000_000,
  installHint: "Install it with `npm install -g opencode-ai`.",
  command,
  openCommand,
  joinVariable: (_name, users, added) => joinConfig(users, added),
  read: readEvents,
  failures: FAILURES,
  costs: "dollars",
  tellsUsage: "always",
  configFolder,
  signIn: (environment) => ({
    files: [
      join(environment.XDG_DATA_HOME || join(environment.HOME || "/", ".local/share"), "opencode/auth.json"),
    ],
    variables: [
      "OPENCODE_API_KEY",
      "OPENCODE_AUTH_CONTENT",
      "ANTHROPIC_API_KEY",
      "OPENAI_API_KEY",
      "GEMINI_API_KEY",
    ],
    hint: SIGN_IN_HINT,
  }),
  isSessionId: (candidate) => /^ses_[0-9A-Za-z]{10,64}$/.test(candidate),
  copies,
});

function configFolder(environment: AgentEnvironment): string {
  return join(environment.XDG_CONFIG_HOME || join(environment.HOME || "/", ".config"), "opencode");
}

function command(request: TurnRequest): Command {
  const [file = "opencode", ...launcherArgs] = request.launcher;
  const { session, model, access, folder, extraArgs } = request;
  // The prompt comes from standard input: as an argument, every process list would show it.
  const args = [...launcherArgs, "run", "--format", "json"];
  if (session.kind === "resume") args.push("--session", session.sessionId);
  else if (session.kind === "fork") args.push("--session", session.parentId, "--fork");
  // The beginning of the prompt becomes the title; without this, opencode 1.18.33 asks the model for one.
  else args.push("--title=");
  if (model !== undefined) args.push("--model", model);
  if (access !== undefined) args.push("--agent", ownAgent(folder));
  return { file, args: [...args, ...extraArgs], env: { [CONFIG_VARIABLE]: configFor(request, true) } };
}

function openCommand(id: string, request?: WindowRequest): Command {
  if (request === undefined) return { file: "opencode", args: ["--session", id] };
  const [file = "opencode", ...launcherArgs] = request.launcher;
  const { cwd, model, access, folder, extraArgs } = request;
  // Its own working folder would be that of the variable PWD.
  const args = [...launcherArgs, cwd, "--session", id];
  if (model !== undefined) args.push("--model", model);
  if (access !== undefined) args.push("--agent", ownAgent(folder));
  return { file, args: [...args, ...extraArgs], env: { [CONFIG_VARIABLE]: configFor(request, false) } };
}
