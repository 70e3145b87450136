import { ACCESSES } from "../domain/agent/access.ts";
import type { Option } from "./line.ts";

export const NAME: Option = {
  name: "name",
  type: "string",
  isRequired: true,
  description: "The name of the conversation.",
};

export const AGENT: Option = {
  name: "agent",
  type: "string",
  description:
    "Which agent's conversation, such as claude, codex or copilot. Needed only where two agents have one of this name.",
};

export const WORKSPACE: Option = {
  name: "workspace",
  type: "string",
  description: "The folder that the name belongs to, absolute. Default: the folder of your own workspace.",
};

export const TURN_ID: Option = {
  name: "turn_id",
  type: "string",
  flag: "--turn",
  description: "The id of a turn, as send has answered. Default: the turn that was asked for last.",
};

export const PROMPT: Option = {
  name: "prompt",
  type: "string",
  isText: true,
  isRequired: true,
  description:
    "What to ask. The other agent sees nothing of your own conversation, so say all that it needs to know.",
};

export const REQUEST_ID: Option = {
  name: "request_id",
  type: "string",
  description:
    "A text of your own. A call that is repeated with the same one is asked only once, and answers with the same turn_id.",
};

export const ACCESS: Option = {
  name: "access",
  type: "string",
  choices: ACCESSES,
  description:
    "What the agent may do in this turn: read-only, edit (also change files of the workspace), or full. Default: what the conversation has, else read-only.",
};

export const MODEL: Option = {
  name: "model",
  type: "string",
  description:
    "The agent's model; later turns keep it. Default: what the conversation has, else the agent's own.",
};

export const EFFORT: Option = {
  name: "effort",
  type: "string",
  description:
    "How much the model thinks, in the agent's own words, such as low or high; later turns keep it.",
};

export const BUDGET: Option = {
  name: "budget",
  type: "string",
  description:
    "What the name may use in all, such as 200ktok or, where the agent tells dollars, 5usd. Then no turn begins any more; only a person can raise it.",
};

export const TREE: Option = {
  name: "tree",
  type: "string",
  description:
    "Where workers on other machines run the turns: here = their checkout as it stands; carry = your workspace's commit with what is not committed; or a commit. What the turn changes then comes back only as a patch: agent-sessions diff NAME. Default: here.",
};

export const EVERYWHERE: Option = {
  name: "all",
  type: "boolean",
  description: "Whether to look at all folders of this user.",
};
