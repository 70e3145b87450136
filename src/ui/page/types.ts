/** What the server answers with: the JSON of the commands, as docs/commands.md has it. */

/** Which conversation is meant. */
export interface Which {
  name: string;
  agent: string;
  workspace: string;
}

export interface Activity {
  what: string;
  tools?: string[] | undefined;
  about?: string | undefined;
}

export interface Listed extends Which {
  workspace_is_gone?: boolean;
  state: "running" | "window" | "queued" | "lost" | "failed" | "unread" | "free";
  last_used_at: string | null;
  created_at: string | null;
  busy_since: string | null;
  doing: Activity | null;
  queued: number;
  turns: number;
  last_outcome: string | null;
  last_prompt: string | null;
  last_answer: string | null;
  session_id: string;
}

export interface RunningTurn {
  turn_id: string | null;
  name: string | null;
  agent: string;
  workspace: string;
  reason: string;
  since: string;
  doing: Activity | null;
  output_bytes: number;
  tokens: number | null;
  stalled: boolean;
  problem: string | null;
}

export interface GateSummary {
  id: string;
  workspace: string;
  state: "waiting" | "approved" | "refused";
  asked_at: string;
  sha256: string;
}

export interface GateShown extends GateSummary {
  shown: string;
}

export interface Overview {
  names: Listed[];
  creating: (Which & { since: string })[];
  turns: RunningTurn[];
  gates: GateSummary[];
  max_access: string;
  /** How much has happened when the list was made. */
  changes: number;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  cost_usd: number | null;
}

export interface PastTurn {
  turn_id: string;
  outcome: string;
  continuity: string;
  prompt: string;
  text: string;
  model: string | null;
  usage: Usage | null;
  started_at: string;
  ended_at: string;
  error: { code: string; message: string; hint: string | null } | null;
}

export interface NotShown {
  kind: string;
  name: string | null;
  after_turn_id: string | null;
  before_turn_id: string | null;
  said: { prompt: string; text: string | null }[] | null;
}

export interface Conversation {
  show: Which & {
    session_id: string;
    model: string | null;
    access: string | null;
    role: string | null;
    turns: number;
    usage: Usage & { is_lower_bound: boolean };
    open_command: string | null;
    /** The turn that runs. */
    busy: { turn_id: string | null; prompt: string | null } | null;
    /** What the next turn reads before it does anything: an estimate. */
    next_send?: NextSend | null;
    budget?: Budget | null;
  };
  history: { turns: PastTurn[]; not_shown: NotShown[] };
}

export interface NextSend {
  cache: "warm" | "cold" | "unknown";
  cold_tokens: number | null;
  is_at_most: boolean;
  cold_usd: number | null;
  warm_usd: number | null;
}

export interface Budget {
  budget: string;
  unit: string;
  used: number;
  left: number;
  is_over: boolean;
  is_lower_bound: boolean;
}

export interface Hit {
  name: string | null;
  is_removed: boolean;
  agent: string;
  workspace: string;
  at: string;
  said_in: "prompt" | "answer";
  snippet: string;
  /** Where the words stand in the snippet. */
  marks: { start: number; end: number }[];
  /** The command that continues it. */
  next: string;
}

export interface Found {
  hits: Hit[];
  has_more: boolean;
}

export interface Relative extends Listed {
  parent?: { name: string; workspace: string; session_id: string } | null;
}

export interface Cost extends Usage {
  key: string;
  workspace?: string | null;
  turns: number;
  unknown_turns: number;
  is_lower_bound: boolean;
}

export interface Costs {
  groups: Cost[];
  total: Omit<Cost, "key">;
}

/** One line of `attach --events`. */
export interface TurnLine {
  type: string;
  turn_id?: string;
  text?: string | null;
  phase?: "start" | "end";
  id?: string;
  name?: string | null;
  about?: string | null;
  failed?: boolean | null;
  reason?: string | null;
  message?: string | null;
  answer_id?: string;
  input_tokens?: number;
  output_tokens?: number;
}

/** What `store status --json` says; whatever a worker says of itself is text of another machine. */
export interface FleetTold {
  at: string;
  store: string;
  team: string;
  names: number;
  conversations: number;
  is_sealed: boolean;
  waiting: {
    turns: number;
    oldest_at?: string;
    line: { agent: string; workspace: string; turns: number; oldest_at: string; is_served: boolean }[];
  };
  running: {
    turn_id: string;
    agent: string;
    workspace: string;
    worker: string;
    attempt: number;
    started_at?: string;
    seen_at?: string;
  }[];
  forgotten: number;
  workers: {
    worker: string;
    agents: string[];
    workspaces: string[];
    places: number;
    since: string;
    seen_at: string;
    is_lost: boolean;
  }[];
}
