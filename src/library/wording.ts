import type { Step, Verb, Wording } from "../app/wording.ts";

const OF_A_CONVERSATION: readonly Verb[] = [
  "cancel",
  "history",
  "remove",
  "rename",
  "send",
  "setBudget",
  "setRole",
  "show",
  "wait",
];

/** What a method takes before its options; null is an `undefined` that is written out. */
const BEFORE: Partial<Record<Verb, (step: Step) => unknown[]>> = {
  adopt: ({ name }) => [name],
  ask: () => ["…"],
  breakLock: ({ name, agent }) => [name ?? (agent === undefined ? undefined : null)],
  create: ({ name }) => [name],
  gate: ({ name }) => [name],
  moves: ({ name }) => [name],
  once: () => ["…"],
  rebind: ({ from }) => [from],
  rename: ({ newName }) => [newName],
  restore: ({ name }) => [name],
  send: () => ["…"],
  setBudget: () => ["AMOUNT"],
  setRole: () => [null],
};

/** Words hints as calls of the library, for whoever holds the sessions of `workspace`. */
export function asMethods(workspace?: string): Wording {
  const sessionsOf = (folder: string | undefined) =>
    folder === undefined || folder === workspace
      ? "sessions"
      : `(await ${call("openSessions", { workspace: folder })})`;
  return {
    step(verb, step = {}) {
      if (verb === "agents" || verb === "open") return `the command agent-sessions ${verb}`;
      if (verb === "runWaiting") return "the command agent-sessions keepers --run";
      const { name, newName: _, from: __, agent, workspace: folder, ...options } = step;
      if (verb === "doctor") return call(verb, options);
      const sessions = sessionsOf(folder);
      const before = BEFORE[verb]?.(step) ?? [];
      if (OF_A_CONVERSATION.includes(verb))
        return `(await ${sessions}.${call("get", name, { agent })}).${call(verb, ...before, options)}`;
      const which = verb === "rebind" ? { name, agent } : { agent };
      return `${sessions}.${call(verb, ...before, { ...which, ...options })}`;
    },
    choice: literal,
  };
}

function call(method: string, ...args: unknown[]): string {
  return `${method}(${args
    .map(literal)
    .filter((text) => text !== "")
    .join(", ")})`;
}

function literal(value: unknown): string {
  if (value === null) return "undefined";
  if (typeof value !== "object") return JSON.stringify(value) ?? "";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  return fields.length === 0
    ? ""
    : `{ ${fields.map(([key, field]) => `${key}: ${literal(field)}`).join(", ")} }`;
}
