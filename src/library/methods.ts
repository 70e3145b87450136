import { SORTINGS } from "../app/names/listing/list.ts";
import { GROUPINGS } from "../app/tell/cost.ts";
import { ACCESSES } from "../domain/agent/access.ts";
import { BUDGET_TAKES, parseBudget } from "../domain/budget/budget.ts";
import { LONGEST_MS, parseDuration } from "../domain/duration.ts";
import * as shape from "../domain/shape.ts";
import { parseTree } from "../domain/tree/tree.ts";
import type * as options from "./options.ts";

/** What an option accepts. */
interface Check {
  /** The allowed values, as they follow "it takes" in the message. */
  takes: string;
  shape: shape.Shape<unknown>;
}

/** A check for each option of `Options`: a missing or an extra one does not compile. */
type Checks<Options> = { readonly [Option in keyof Required<Options>]: Check };

const check = (takes: string, shapeOfValue: Check["shape"]): Check => ({ takes, shape: shapeOfValue });
const oneOf = (...words: string[]) =>
  check(words.map((word) => JSON.stringify(word)).join(" or "), shape.oneOf(words));

const anyText = check("a text", shape.text);
const someText = check("a text", (value) => shape.text(value) || undefined);
const flag = check("true or false", shape.flag);
const count = check("a whole number above 0", (value) =>
  Number.isSafeInteger(value) && Number(value) > 0 ? value : undefined,
);
const duration = check("a number of milliseconds, from 0 to ten years", (value) =>
  Number(shape.amount(value)) <= LONGEST_MS ? value : undefined,
);
const someDuration = check(
  "a number of milliseconds, above 0 and up to ten years",
  (value) => duration.shape(value) || undefined,
);

const SIGNAL: Checks<options.SignalOption> = {
  // Not `instanceof`: test runners have an AbortSignal class of their own.
  signal: check("an AbortSignal", (value) => ("aborted" in (shape.record(value) ?? {}) ? value : undefined)),
};
const AGENT: Checks<options.WhichAgent> = { agent: someText };
const REACH: Checks<options.Reach> = { ...AGENT, everywhere: flag };
const TURN: Checks<options.TurnOptions> = {
  model: someText,
  effort: someText,
  access: oneOf(...ACCESSES),
  schema: check("a JSON Schema, as an object", shape.record),
  agentCommand: anyText,
  agentArgs: check("a list of texts", shape.list(shape.text)),
  deadlineMs: duration,
  maxOutputBytes: count,
  stallMs: someDuration,
  stopAtBudget: flag,
  partials: flag,
  onEnd: check(
    "a list of texts that begins with a program",
    (value) => shape.list(someText.shape)(value)?.length || undefined,
  ),
};
const TREE: Checks<options.TreeOption> = {
  tree: check('"here", "carry" or a commit', (value) => parseTree(shape.text(value) ?? "") && value),
};
const ASK_ONCE: Checks<options.AskOnceOptions> = {
  requestId: someText,
  onUnknown: oneOf("fail", "resend"),
};
const BUDGET = check(BUDGET_TAKES, (value) =>
  parseBudget(shape.text(value) ?? "") === undefined ? undefined : value,
);
const FIRST_TURN: Checks<options.FirstTurnOptions> = {
  ...TURN,
  ...ASK_ONCE,
  ...TREE,
  prompt: anyText,
  budget: BUDGET,
};
const CREATE: Checks<options.CreateOptions> = {
  ...FIRST_TURN,
  ...AGENT,
  role: anyText,
  ifExists: oneOf("fail", "replace", "keep"),
};
const SEND: Checks<options.SendOptions> = {
  ...TURN,
  ...TREE,
  ifBusy: oneOf("wait", "fail"),
  withOpenWindow: flag,
  trustTranscript: flag,
  overBudget: flag,
};
const FRESH: Checks<options.FreshOption> = { fresh: flag };
const COST: Checks<options.CostOptions> = {
  since: check("a Date", (value) =>
    value instanceof Date && Number.isFinite(value.getTime()) ? value : undefined,
  ),
  by: oneOf(...GROUPINGS),
};
const SEARCH: Checks<options.SearchOptions> = { since: COST.since, limit: count, unnamed: flag };
const OPEN: Checks<options.OpenOptions> = {
  workspace: someText,
  env: check("an object of texts", shape.record),
  notify: check("a function", (value) => (typeof value === "function" ? value : undefined)),
  store: someText,
  config: flag,
  keepWarm: check('a time above 0, such as "5m"', (value) => {
    const ms = parseDuration(shape.text(value) ?? "") ?? 0;
    return ms > 0 && ms <= LONGEST_MS ? value : undefined;
  }),
};
const ONCE: Checks<options.OnceOptions> = { ...TURN, ...AGENT, role: anyText, resumable: flag };
const TURN_ID: Checks<options.WhichTurn> = { turnId: someText };
const ATTACH: Checks<options.AttachOptions> = { ...TURN_ID, ...SIGNAL, fromNow: flag };
const WAIT: Checks<options.WaitOptions> = { ...TURN_ID, ...SIGNAL, timeoutMs: duration };
const LIST: Checks<options.ListOptions> = { pattern: someText, sort: oneOf(...SORTINGS), limit: count };
const IF_EXISTS = { ifExists: oneOf("fail", "replace") };
const ADOPT: Checks<options.AdoptOptions> = { ...AGENT, sessionId: someText, ...IF_EXISTS };
const EXPORT: Checks<options.ExportOptions> = { ...IF_EXISTS, withSettings: flag };
const IMPORT: Checks<options.ImportOptions> = {
  name: someText,
  acceptSettings: flag,
  trust: flag,
  dryRun: flag,
  maxBytes: count,
};
const REBIND: Checks<options.RebindOptions> = { ...AGENT, name: someText, ...IF_EXISTS };
const GATE_ANSWER: Checks<options.GateAnswerOptions> = { note: anyText, sha256: someText };
const GC: Checks<options.GcOptions> = { keepTurnsMs: duration, keepSessionsMs: duration, dryRun: flag };
const DOCTOR: Checks<options.DoctorOptions> = { env: OPEN.env, fix: flag };

/** The options that each method takes. */
export const METHODS = {
  openSessions: OPEN,
  doctor: DOCTOR,
  create: { ...CREATE, ...SIGNAL },
  createDetached: CREATE,
  get: { ...AGENT, forkFrom: someText },
  lastUsed: AGENT,
  ask: { ...SEND, ...SIGNAL, ...ASK_ONCE, ...AGENT },
  once: { ...ONCE, ...SIGNAL },
  resume: { ...SEND, ...SIGNAL, ...AGENT },
  list: { ...LIST, ...REACH },
  adopt: ADOPT,
  import: IMPORT,
  conversations: { ...AGENT, limit: count },
  rebind: REBIND,
  removeAll: AGENT,
  "sessions.status": REACH,
  "sessions.cost": { ...COST, ...REACH },
  search: { ...SEARCH, ...REACH },
  restore: { ...AGENT, movesAgo: count },
  moves: AGENT,
  gate: { shows: anyText },
  gates: { everywhere: flag },
  approveGate: GATE_ANSWER,
  refuseGate: GATE_ANSWER,
  gc: GC,
  breakLock: AGENT,
  removeOldCheckpoints: { olderThanMs: duration },
  send: { ...SEND, ...SIGNAL, ...ASK_ONCE, ...FRESH },
  retry: { ...SEND, ...SIGNAL },
  detach: { ...SEND, ...ASK_ONCE, ...FRESH },
  fork: { ...FIRST_TURN, ...SIGNAL },
  forkDetached: FIRST_TURN,
  attach: ATTACH,
  wait: WAIT,
  cancel: TURN_ID,
  diff: TURN_ID,
  nextSend: { model: someText },
  history: { last: count },
  export: EXPORT,
  cost: COST,
} satisfies Record<string, Readonly<Record<string, Check>>>;

export type Method = keyof typeof METHODS;
