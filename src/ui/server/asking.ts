import { allowedAccess } from "../../mcp/ceiling.ts";
import { ACCESS, PROMPT, REQUEST_ID, TURN_ID, WORKSPACE } from "../../mcp/common-fields.ts";
import { knownOf } from "../../mcp/known.ts";
import { lineOf, type Option } from "../../mcp/line.ts";
import type { LineResult } from "../../mcp/tool.ts";
import { CONVERSATION, PLACE } from "./looking.ts";
import type { Call, Route } from "./route.ts";

/** A keeper keeps the agent for this long after a turn: who asks at a page usually asks again. */
const KEEP_WARM = "--keep-warm=5m";
/** The page shows the answer while it is written. */
const IN_BACKGROUND = ["--detach", "--partials"];

const OVER_BUDGET: Option = {
  name: "over_budget",
  type: "boolean",
  description: "Whether the turn may begin although the budget is used up.",
};

const ASKED = [REQUEST_ID, OVER_BUDGET];

const send: Route = {
  path: "send",
  method: "POST",
  fields: [...CONVERSATION, PROMPT, ACCESS, ...ASKED],
  answer: (call) =>
    ask(
      call,
      [...IN_BACKGROUND, KEEP_WARM],
      lineOf("send", [call.args.name, "-"], [...PLACE, ...ASKED], call.args),
    ),
};

const NEW_NAME: Option = {
  name: "new_name",
  type: "string",
  isRequired: true,
  description: "The name of the fork.",
};

const fork: Route = {
  path: "fork",
  method: "POST",
  fields: [...CONVERSATION, NEW_NAME, PROMPT, ACCESS, ...ASKED],
  answer: (call) => {
    const { args } = call;
    const line = lineOf("fork", [args.name, args.new_name, "-"], [...PLACE, ...ASKED], args);
    return ask(call, IN_BACKGROUND, line);
  },
};

/** Runs a line that begins a turn, with no more access than the server allows. */
async function ask(call: Call, how: readonly string[], [verb = "", ...rest]: string[]): Promise<LineResult> {
  const allowed = allowedAccess({ ...call, server: "agent-sessions ui" }, await knownOf(call));
  if ("error" in allowed) return allowed;
  const argv = [verb, ...how, ...allowed.argv, ...rest];
  const { json, error } = await call.run({ argv, input: String(call.args.prompt) });
  if (error !== undefined) return { error };
  return { json: { ...json, ...(allowed.isLowered ? { lowered_to: call.maxAccess } : {}) } };
}

const cancel: Route = {
  path: "cancel",
  method: "POST",
  fields: [...CONVERSATION, TURN_ID],
  answer: ({ args, run }) => run({ argv: lineOf("cancel", [args.name], [...PLACE, TURN_ID], args) }),
};

const DECISIONS = ["approve", "refuse"];
const SHA256: Option = {
  name: "sha256",
  type: "string",
  isRequired: true,
  description: "The hash of the text that was read.",
};

/** A person answers the very text that the page has shown. */
const answerGate: Route = {
  path: "gate",
  method: "POST",
  fields: [
    { name: "decision", type: "string", isRequired: true, choices: DECISIONS, description: "" },
    { name: "id", type: "string", isRequired: true, description: "The gate." },
    { ...WORKSPACE, isRequired: true },
    SHA256,
    { name: "note", type: "string", isText: true, description: "What the script is told." },
  ],
  answer: ({ args, run }) => {
    const words = [args.id, ...(args.note === undefined || args.note === "" ? [] : [args.note])];
    return run({ argv: ["gate", ...lineOf(String(args.decision), words, [WORKSPACE, SHA256], args)] });
  },
};

/** What changes something. */
export const ASKING = [send, fork, cancel, answerGate];
