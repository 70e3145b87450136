import type * as options from "./options.ts";

/** Every key of `Options`, each once: a missing or an extra key does not compile. */
type Taken<Options> = { readonly [Option in keyof Required<Options>]: true };

const TURN: Taken<options.TurnOptions> = {
  model: true,
  effort: true,
  access: true,
  schema: true,
  agentCommand: true,
  agentArgs: true,
  deadlineMs: true,
  maxOutputBytes: true,
  stallMs: true,
  partials: true,
};
const SIGNAL: Taken<options.SignalOption> = { signal: true };
const AGENT: Taken<options.WhichAgent> = { agent: true };
const REACH: Taken<options.Reach> = { ...AGENT, everywhere: true };
const FIRST_TURN: Taken<options.FirstTurnOptions> = { ...TURN, prompt: true };
const CREATE: Taken<options.CreateOptions> = { ...FIRST_TURN, ...AGENT, role: true, ifExists: true };
const SEND: Taken<options.SendOptions> = {
  ...TURN,
  ifBusy: true,
  withOpenWindow: true,
  trustTranscript: true,
};
const FRESH: Taken<options.FreshOption> = { fresh: true };
const ASK_ONCE: Taken<options.AskOnceOptions> = { requestId: true, onUnknown: true };
const COST: Taken<options.CostOptions> = { since: true, by: true };
const OPEN: Taken<options.OpenOptions> = { workspace: true, env: true, notify: true };
const ONCE: Taken<options.OnceOptions> = { ...TURN, ...AGENT, role: true, resumable: true };
const TURN_ID: Taken<options.WhichTurn> = { turnId: true };
const ATTACH: Taken<options.AttachOptions> = { ...TURN_ID, ...SIGNAL, fromNow: true };
const WAIT: Taken<options.WaitOptions> = { ...TURN_ID, ...SIGNAL, timeoutMs: true };
const LIST: Taken<options.ListOptions> = { pattern: true, sort: true, limit: true };
const ADOPT: Taken<options.AdoptOptions> = { ...AGENT, sessionId: true, ifExists: true };
const REBIND: Taken<options.RebindOptions> = { ...AGENT, name: true, ifExists: true };
const GC: Taken<options.GcOptions> = { keepTurnsMs: true, keepSessionsMs: true, dryRun: true };
const DOCTOR: Taken<options.DoctorOptions> = { env: true, fix: true };

/** The options that each method takes. */
export const METHODS = {
  openSessions: OPEN,
  doctor: DOCTOR,
  create: { ...CREATE, ...SIGNAL },
  createDetached: CREATE,
  get: { ...AGENT, forkFrom: true },
  lastUsed: AGENT,
  once: { ...ONCE, ...SIGNAL },
  resume: { ...SEND, ...SIGNAL, ...AGENT },
  list: { ...LIST, ...REACH },
  adopt: ADOPT,
  conversations: { ...AGENT, limit: true },
  rebind: REBIND,
  removeAll: AGENT,
  "sessions.status": REACH,
  "sessions.cost": { ...COST, ...REACH },
  restore: { ...AGENT, movesAgo: true },
  moves: AGENT,
  gc: GC,
  breakLock: AGENT,
  removeOldCheckpoints: { olderThanMs: true },
  send: { ...SEND, ...SIGNAL, ...ASK_ONCE, ...FRESH },
  retry: { ...SEND, ...SIGNAL },
  detach: { ...SEND, ...FRESH },
  fork: { ...FIRST_TURN, ...SIGNAL },
  forkDetached: FIRST_TURN,
  attach: ATTACH,
  wait: WAIT,
  cancel: TURN_ID,
  history: { last: true },
  cost: COST,
} as const;

export type Method = keyof typeof METHODS;

/** Every option of the library; a method takes some of them. */
export type AnyOption = { [Name in Method]: keyof (typeof METHODS)[Name] }[Method];
