import type { Choices, Step, Verb, Wording } from "../app/wording.ts";

/** The tools that do what a hint says, and the arguments of a hint that they take. */
const TOOLS: Partial<Record<Verb, string>> = {
  ask: "send",
  cancel: "cancel",
  create: "create",
  history: "history",
  list: "list",
  send: "send",
  show: "show",
  status: "status",
  wait: "wait",
};

/** Words hints as calls of tools. What no tool can do is for a person: `commands` words it. */
export function asTools(commands: Wording): Wording {
  return {
    step(verb, step = {}) {
      const tool = TOOLS[verb];
      if (tool === undefined || step.fresh || step.overBudget)
        return `(for a person, in a terminal) ${commands.step(verb, step)}`;
      return `${tool} ${JSON.stringify(argumentsOf(step))}`;
    },
    choice: (choices) => JSON.stringify(argumentsOf(choices)),
  };
}

function argumentsOf({ name, newName, agent, access, turnId, workspace }: Step & Choices) {
  return { name, new_name: newName, agent, access, turn_id: turnId, workspace };
}
