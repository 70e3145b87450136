import { quoteWords } from "../domain/words.ts";
import { resolveWorkspace } from "../system/places/workspace.ts";

/** Options as the library calls them, and their flags. */
const FLAGS = {
  acceptSettings: "--yes",
  access: "--access",
  agent: "--agent",
  agentCommand: "--agent-cmd",
  everywhere: "--all",
  fix: "--fix",
  fresh: "--fresh",
  ifBusy: "--if-busy",
  overBudget: "--over-budget",
  resumable: "--resumable",
  trust: "--trust",
  trustTranscript: "--trust-transcript",
  turnId: "--turn",
  withOpenWindow: "--with-open-window",
};

export interface Choices extends Readonly<Partial<Record<keyof typeof FLAGS, string | true | undefined>>> {
  ifExists?: "keep" | "replace";
  /** Left out where the reader of a hint is in that folder. */
  workspace?: string | undefined;
}

/** What something is done to, and its options. */
export interface Step extends Choices {
  name?: string | undefined;
  newName?: string;
  sessionId?: string;
  /** The folder that names come from. */
  from?: string;
  movesAgo?: number;
}

/** The methods of the library that hints name, and the commands that do the same. */
const COMMANDS = {
  adopt: ({ name, sessionId }: Step) => ["adopt", name, sessionId],
  agents: () => ["agents"],
  ask: () => ["ask"],
  breakLock: ({ name }: Step) => ["doctor", "--break-lock", name],
  cancel: ({ name }: Step) => ["cancel", name],
  checkpoints: () => ["checkpoint"],
  conversations: () => ["adopt", "--list"],
  create: ({ name }: Step) => ["create", name],
  doctor: () => ["doctor"],
  gate: ({ name }: Step) => ["gate", name],
  gates: () => ["gate", "list"],
  gc: () => ["gc"],
  history: ({ name }: Step) => ["history", name],
  list: () => ["list"],
  moves: ({ name }: Step) => ["restore", name, "--list"],
  once: () => ["once"],
  open: ({ name }: Step) => ["open", name],
  rebind: ({ name = "--all", from }: Step) => ["adopt", name, "--from", from],
  remove: ({ name }: Step) => ["remove", name],
  removeAll: () => ["remove", "--all"],
  removed: () => ["restore", "--list"],
  rename: ({ name, newName }: Step) => ["rename", name, newName],
  restore: ({ name, movesAgo }: Step) => ["restore", movesAgo === undefined ? name : `${name}@${movesAgo}`],
  runWaiting: ({ name }: Step) => ["keepers", "--run", name],
  send: ({ name }: Step) => ["send", name],
  setBudget: ({ name }: Step) => ["budget", name, "AMOUNT"],
  setRole: ({ name }: Step) => ["role", "set", name, "--none"],
  show: ({ name }: Step) => ["show", name],
  status: () => ["status"],
  wait: ({ name }: Step) => ["wait", name],
};

export type Verb = keyof typeof COMMANDS;

/** How a surface words what a hint tells to do. All else in a hint must be true on every surface. */
export interface Wording {
  /** What to do, such as `agent-sessions wait review --turn ID`. */
  step(verb: Verb, step?: Step): string;
  /** What to add to what has failed, such as `--if-busy wait`. */
  choice(choices: Choices): string;
}

/** Says how to wait for the end of a turn, or bring it about. */
export function waitOrCancel({ step }: Pick<Wording, "step">, about: Step): string {
  return `Wait for it with: ${step("wait", about)}   or end it with: ${step("cancel", about)}`;
}

const TAKES_PROMPT: readonly Verb[] = ["ask", "create", "once", "send"];

/** Words hints as commands to be typed in `cwd`; without one, in any folder. */
export function asCommands(cwd?: string): Wording {
  const flagOf = new Map(Object.entries(FLAGS));
  const flags = ({ ifExists, workspace, ...choices }: Choices) => {
    const words = Object.entries(choices).flatMap(([choice, value]): string[] => {
      const flag = flagOf.get(choice);
      if (flag === undefined || value === undefined) return [];
      return value === true ? [flag] : [flag, value];
    });
    if (ifExists !== undefined) words.push(ifExists === "keep" ? "--if-missing" : "--replace");
    const isHere = cwd !== undefined && workspace === resolveWorkspace(cwd, cwd);
    return workspace === undefined || isHere ? words : [...words, "--workspace", workspace];
  };
  return {
    step(verb, step = {}) {
      const words = ["agent-sessions", ...COMMANDS[verb](step), ...flags(step)];
      const command = quoteWords(words.filter((word) => word !== undefined));
      return TAKES_PROMPT.includes(verb) ? `${command} '…'` : command;
    },
    choice: (choices) => quoteWords(flags(choices)),
  };
}

/** What makes a command about settings mean the file of a repository. */
export const OF_REPOSITORY = "--repository";

/** Returns a command about settings. It is the same on every surface: no method of the library changes settings. */
export function settingsCommand(verb: string, ofRepository = false): string {
  return `agent-sessions config ${verb}${ofRepository ? ` ${OF_REPOSITORY}` : ""}`;
}
