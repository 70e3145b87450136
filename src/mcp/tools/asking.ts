import { withoutUndefined } from "../../domain/without-undefined.ts";
import { allowedAccess } from "../ceiling.ts";
import {
  ACCESS,
  AGENT,
  BUDGET,
  EFFORT,
  MODEL,
  NAME,
  PROMPT,
  REQUEST_ID,
  TREE,
  WORKSPACE,
} from "../common-fields.ts";
import { type Known, knownOf, knownOfNew } from "../known.ts";
import { lineOf, type Option } from "../line.ts";
import type { Tool, ToolAnswer, ToolCall } from "../tool.ts";
import { answerOf, failed } from "./answers.ts";

/** A keeper keeps the agent for this long after a turn: who asks over MCP usually asks again. */
const KEEP_WARM = "--keep-warm=5m";

/** The truth, whatever a client makes of it: the other agent may change files and ask services. */
const MAY_CHANGE = { readOnlyHint: false, destructiveHint: true, openWorldHint: true };

const BEGINNER: Option = {
  ...AGENT,
  description: `${AGENT.description} Where there is no conversation of this name, this agent begins it.`,
  flag: "--or-create",
};
const { isRequired: _, ...OPTIONAL_PROMPT } = PROMPT;
const SETTINGS = [MODEL, EFFORT];

export const send: Tool = {
  name: "send",
  title: "Ask another agent",
  description:
    "Sends a prompt to a named conversation with another coding agent, and answers at once with a turn_id: then call wait with it. The conversation goes on where it stopped, days later and from any process; with agent, one begins if there is none of this name. To ask several agents, call send for each, and then wait for each. The turn runs on if you stop, and only cancel ends it.",
  fields: [NAME, PROMPT, BEGINNER, ACCESS, ...SETTINGS, WORKSPACE, REQUEST_ID, TREE],
  hints: MAY_CHANGE,
  isAlwaysLoaded: true,
  call: sendWithin,
};

export const consult: Tool = {
  name: "consult",
  title: "Ask another agent, which may only read",
  description:
    "The same as send, for a question: in this turn the other agent can read files, and can't change or run anything. Answers at once with a turn_id: then call wait with it.",
  fields: [NAME, PROMPT, BEGINNER, ...SETTINGS, WORKSPACE, REQUEST_ID, TREE],
  // Nothing changes: with these, clients that ask nobody let it run.
  hints: { readOnlyHint: false, destructiveHint: false, openWorldHint: false },
  call: (call) =>
    sendWithin({ ...call, maxAccess: "read-only", args: { ...call.args, access: "read-only" } }),
};

async function sendWithin(call: ToolCall): Promise<ToolAnswer> {
  const { name, agent } = call.args;
  const options = [
    ...(agent === undefined ? [] : [BEGINNER, AGENT]),
    ...SETTINGS,
    WORKSPACE,
    REQUEST_ID,
    TREE,
  ];
  return ask(call, await knownOf(call), { verb: "send", words: [name, "-"], options, more: [KEEP_WARM] });
}

export const create: Tool = {
  name: "create",
  title: "Begin a conversation with another agent",
  description:
    "Begins a conversation with another coding agent under a new name, with a role if you like, and answers at once with a turn_id: then call wait with it. Fails if the name exists; send continues those.",
  fields: [
    NAME,
    {
      ...AGENT,
      isRequired: true,
      description: "The agent: claude, codex, copilot, or another one that is installed.",
    },
    { ...OPTIONAL_PROMPT, description: `${PROMPT.description} Default: the agent only says OK.` },
    { name: "role", type: "string", description: "The agent's role, in your words; every turn has it." },
    ACCESS,
    ...SETTINGS,
    WORKSPACE,
    REQUEST_ID,
    BUDGET,
    TREE,
  ],
  hints: MAY_CHANGE,
  async call(call) {
    const { name, prompt, role } = call.args;
    const withRole =
      role === undefined ? {} : { more: [`--role=${ROLE_FILE}`], files: { [ROLE_FILE]: String(role) } };
    const words = prompt === undefined ? [name] : [name, "-"];
    return ask(call, await knownOfNew(call), { verb: "create", words, ...withRole });
  },
};

export const fork: Tool = {
  name: "fork",
  title: "Fork a conversation",
  description:
    "Begins a conversation under a new name with the whole history of another one, which does not change, and answers at once with a turn_id: then call wait with it. For a second opinion, or to try two ways from the same point.",
  fields: [
    { ...NAME, description: "The conversation to fork." },
    { name: "new_name", type: "string", isRequired: true, description: "The name of the fork." },
    PROMPT,
    AGENT,
    ACCESS,
    ...SETTINGS,
    WORKSPACE,
    REQUEST_ID,
    BUDGET,
    TREE,
  ],
  hints: MAY_CHANGE,
  async call(call) {
    const { name, new_name: fork } = call.args;
    return ask(call, await knownOf(call), { verb: "fork", words: [name, fork, "-"] });
  },
};

const ROLE_FILE = "/role";

/** A command line that asks for a turn. */
interface Asking {
  verb: string;
  words: readonly unknown[];
  options?: readonly Option[];
  /** Words of the line that are not from the arguments of the tool. */
  more?: readonly string[];
  files?: Readonly<Record<string, string>>;
}

/** Asks for a turn in the background, with the access that the ceiling of this server leaves it. */
async function ask(call: ToolCall, known: Known, asking: Asking): Promise<ToolAnswer> {
  const { args } = call;
  const {
    words,
    options = [AGENT, ...SETTINGS, WORKSPACE, REQUEST_ID, BUDGET, TREE],
    more = [],
    files,
  } = asking;
  const allowed = allowedAccess(call, known);
  if ("error" in allowed) return failed(allowed.error);
  const [verb = "", ...rest] = lineOf(asking.verb, words, options, args);
  const argv = [verb, "--detach", ...more, ...allowed.argv, ...rest];
  const input = args.prompt === undefined ? undefined : String(args.prompt);
  return answerOf(await call.run(withoutUndefined({ argv, files, input })), {
    state: "accepted",
    next: "Call wait with this name and turn_id.",
    ...(allowed.isLowered
      ? {
          note: "The conversation may do more elsewhere; in this turn it has the access that this server allows.",
        }
      : {}),
  });
}
