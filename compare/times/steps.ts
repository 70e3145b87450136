import type { Stage } from "../stage.ts";
import { type Argv, isNaming, type Tool } from "../tools/tool.ts";

/** Something that is timed once a round. */
export interface Step {
  title: string;
  /** What has to be so before the clock starts. */
  prepare?(stage: Stage, name: string): Promise<void>;
  /** Undefined where the tool has no such thing. */
  commands(tool: Tool, name: string, prompt: string): readonly Argv[] | undefined;
}

/** In the order in which they happen to one conversation, by the word that `--only` takes. */
export const steps = {
  create: {
    title: "create + first prompt",
    commands: (tool, name, prompt) => tool.begin(name, prompt),
  },
  second: {
    title: "second prompt",
    commands: (tool, name, prompt) => [tool.say(name, prompt)],
  },
  cold: {
    title: "prompt, nothing running",
    prepare: (stage) => stage.endAll(),
    commands: (tool, name, prompt) => (isNaming(tool) ? [tool.say(name, prompt)] : undefined),
  },
  warm: {
    title: "prompt, agent kept warm",
    prepare: async (stage, name) => {
      if (isNaming(stage.tool)) await stage.mustRun(stage.tool.sayWarm(name, "stay"));
    },
    commands: (tool, name, prompt) => (isNaming(tool) ? [tool.sayWarm(name, prompt)] : undefined),
  },
  list: {
    title: "list",
    commands: (tool) => (isNaming(tool) ? [tool.list()] : undefined),
  },
  status: {
    title: "status",
    commands: (tool, name) => (isNaming(tool) ? [tool.status(name)] : undefined),
  },
  once: {
    title: "one-shot",
    prepare: (stage) => stage.endAll(),
    commands: (tool, _name, prompt) => [tool.once(prompt)],
  },
} satisfies Record<string, Step>;

export type StepName = keyof typeof steps;
export const stepNames = Object.keys(steps) as StepName[];
