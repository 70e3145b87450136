import { allowedAccess } from "../ceiling.ts";
import { WORKSPACE } from "../common-fields.ts";
import type { Field } from "../fields.ts";
import { knownOf, knownOfNew } from "../known.ts";
import { lineOf, type Option } from "../line.ts";
import type { LineResult, Tool, ToolAnswer, ToolCall } from "../tool.ts";
import { failed, WORDS_OF_OTHERS } from "./answers.ts";
import { waitForTurn } from "./waiting.ts";

/** What `codex mcp-server` called the accesses, which Codex removed in September 2026 with its whole server. */
const ACCESS_OF: Readonly<Record<string, string>> = {
  "read-only": "read-only",
  "workspace-write": "edit",
  "danger-full-access": "full",
};

const MODEL: Option = { name: "model", type: "string", description: "The model, such as gpt-5." };
const CWD: Option = {
  ...WORKSPACE,
  name: "cwd",
  flag: "--workspace",
  description: "The folder to work in, absolute.",
};

/** Arguments that clients of that server send by habit, and that mean nothing to a turn that asks nobody. */
const IGNORED: readonly Field[] = [
  { name: "approval-policy", type: "string", description: "Without effect: nobody is asked." },
];

const ROLE_FILE = "/role";
const HINTS = { readOnlyHint: false, destructiveHint: true, openWorldHint: true };

const codex: Tool = {
  name: "codex",
  title: "Codex",
  description:
    "Runs a Codex session. Answers with its text and a threadId, with which codex-reply goes on in it, also days later.",
  fields: [
    {
      name: "prompt",
      type: "string",
      isText: true,
      isRequired: true,
      description: "The first prompt of the session.",
    },
    {
      name: "sandbox",
      type: "string",
      choices: Object.keys(ACCESS_OF),
      description: "What Codex may do. Default: read-only.",
    },
    MODEL,
    CWD,
    { name: "base-instructions", type: "string", description: "The role of Codex in this session." },
    { name: "developer-instructions", type: "string", description: "The same as base-instructions." },
    ...IGNORED,
  ],
  hints: HINTS,
  isAlwaysLoaded: true,
  async call(call) {
    const { args, newName } = call;
    const access = typeof args.sandbox === "string" ? ACCESS_OF[args.sandbox] : undefined;
    const allowed = allowedAccess(
      { ...call, args: { access } },
      await knownOfNew({ ...call, args: asOurs(args) }),
    );
    if ("error" in allowed) return failed(allowed.error);
    const role = args["base-instructions"] ?? args["developer-instructions"];
    const name = newName("codex");
    const [verb = "", ...rest] = lineOf("create", [name, "-"], [MODEL, CWD], args);
    const argv = [
      ...[verb, "--detach", "--agent=codex", ...allowed.argv],
      ...(role === undefined ? [] : [`--role=${ROLE_FILE}`]),
      ...rest,
    ];
    const files = role === undefined ? {} : { [ROLE_FILE]: String(role) };
    return answered(call, name, await call.run({ argv, files, input: String(args.prompt) }));
  },
};

const codexReply: Tool = {
  name: "codex-reply",
  title: "Codex, again",
  description:
    "Goes on in a Codex session. Without a prompt, it waits on for the answer of the last one, where that was not there yet.",
  fields: [
    { name: "threadId", type: "string", isRequired: true, description: "As codex has answered it." },
    { name: "prompt", type: "string", isText: true, description: "The next prompt." },
    CWD,
  ],
  hints: HINTS,
  isAlwaysLoaded: true,
  async call(call) {
    const { args, run } = call;
    const name = String(args.threadId);
    if (args.prompt === undefined) return answered(call, name, {});
    const known = await knownOf({ run, args: { ...asOurs(args), name } });
    const allowed = allowedAccess({ ...call, args: {} }, known);
    if ("error" in allowed) return failed(allowed.error);
    const [verb = "", ...rest] = lineOf("send", [name, "-"], [CWD], args);
    const argv = [verb, "--detach", "--agent=codex", "--keep-warm=5m", ...allowed.argv, ...rest];
    return answered(call, name, await run({ argv, input: String(args.prompt) }));
  },
};

/** The tools of the server that was removed, for clients that still know them. */
export const CODEX_ALIAS: readonly Tool[] = [codex, codexReply];

/** Returns what says where a conversation is, as our own tools spell it. */
function asOurs({ cwd }: ToolCall["args"]): ToolCall["args"] {
  return { agent: "codex", workspace: cwd };
}

/** Waits for one slice for what was just asked, or for the last turn. */
async function answered(call: ToolCall, name: string, { json, error }: LineResult): Promise<ToolAnswer> {
  if (error !== undefined) return failed(error);
  const args = { ...asOurs(call.args), name, turn_id: json?.turn_id };
  const { view, isError } = await waitForTurn({ ...call, args });
  if (isError) return { view, isError };
  const { state, text, outcome } = view;
  if (state === "running")
    return {
      view: {
        threadId: name,
        content: "",
        next: "The turn runs on. Call codex-reply with this threadId and no prompt.",
      },
    };
  return { view: { threadId: name, outcome, note: WORDS_OF_OTHERS, content: text } };
}
