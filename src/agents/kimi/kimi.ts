import { join } from "node:path";
import { ACCESSES } from "../../domain/agent/access.ts";
import { type Command, defineAgent, type WindowRequest } from "../../domain/agent/agent.ts";
import type { FailureTable } from "../../domain/agent/failures.ts";
import type { AgentEnvironment } from "../../domain/agent/places.ts";
import { escapeRegExp } from "../../domain/search/escape-reg-exp.ts";
import { type AcpAgent, acpCommand } from "../acp/command.ts";
import { ACP_FAILURES } from "../acp/failures.ts";
import { readEvents } from "../acp/stream.ts";
import { readStepUsage, readTranscriptLine } from "./transcript.ts";

const SESSION_ID = /^session_[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const SIGN_IN_HINT = "Start `kimi` and type /login, or check the key of its provider in config.toml.";

const ACP: AcpAgent = {
  serverArgs: ["acp"],
  // kimi 2.1.0 keeps the mode with the conversation, so that each turn has to set it.
  modes: { own: "default", "read-only": "plan", edit: "default", full: "yolo" },
  // Its ids are random.
  sharesIds: false,
};

/** How kimi 2.1.0 ends a turn that has outgrown the model: without an answer, and as if it had succeeded. */
const GAVE_UP = /Compaction cancelled\.$/;

const FAILURES: FailureTable = {
  rules: [
    ...ACP_FAILURES.map((rule) => (rule.code === "not_signed_in" ? { ...rule, hint: SIGN_IN_HINT } : rule)),
    { words: /error: unknown option/, code: "agent_refused", says: "does not know an argument" },
    {
      words: GAVE_UP,
      code: "agent_refused",
      says: "found no room for the prompt in the model's context",
      hint: "Send less, or begin another conversation.",
    },
  ],
};

/** Kimi Code (`kimi`), as of 2.1.0, over ACP: on its own command line a prompt is an argument, which every process list shows. */
export const kimi = defineAgent({
  name: "kimi",
  title: "Kimi Code",
  staysBecause: "has not been seen to continue a conversation of another machine",
  executable: "kimi",
  installHint: "Install it with `npm install -g @moonshot-ai/kimi-code`; it needs Node 22.",
  can: { fork: "copies", access: ACCESSES },
  command: (request) => acpCommand(request, ACP),
  openCommand,
  read: (value) =>
    readEvents(value).map((event) => {
      const hasGivenUp = event.type === "end" && GAVE_UP.test(event.text ?? "");
      return hasGivenUp ? { ...event, isError: true } : event;
    }),
  failures: FAILURES,
  isSessionId: (text) => SESSION_ID.test(text),
  configFolder,
  signIn: (environment) => ({
    files: [join(configFolder(environment), "credentials"), join(configFolder(environment), "config.toml")],
    variables: ["KIMI_API_KEY"],
    hint: SIGN_IN_HINT,
  }),
  transcript: (id, environment) => ({
    root: join(configFolder(environment), "sessions"),
    folders: [/^wd_/, new RegExp(`^${escapeRegExp(id)}$`), /^agents$/, /^main$/],
    file: /^wire\.jsonl$/,
  }),
  readTranscript: readTranscriptLine,
  readUsage: readStepUsage,
  // Kimi may execute a command of its own, such as /compact, without writing it to the transcript.
  keepsWords: (prompt) => !/^\s*\//.test(prompt),
});

function configFolder(environment: AgentEnvironment): string {
  return environment.KIMI_CODE_HOME || join(environment.HOME || "/", ".kimi-code");
}

function openCommand(id: string, request?: WindowRequest): Command {
  if (request === undefined) return { file: "kimi", args: ["-S", id] };
  const [file = "kimi", ...args] = request.launcher;
  const model = request.model === undefined ? [] : ["-m", request.model];
  return { file, args: [...args, "-S", id, ...model, ...request.extraArgs] };
}
