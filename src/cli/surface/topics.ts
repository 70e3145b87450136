import { ERROR_CODES } from "../../domain/errors.ts";

const ENVIRONMENT = `Environment of agent-sessions. An option beats a variable; a variable beats what
a name remembers, and that beats the settings files (see: config --help).

Settings of turns
  AGENT_SESSIONS_AGENT      the agent of a new conversation, such as codex
  AGENT_SESSIONS_MODEL      the model, for conversations with the default agent
  AGENT_SESSIONS_EFFORT     the reasoning effort, for the same
  AGENT_SESSIONS_ACCESS     read-only, edit or full, for all agents
  AGENT_SESSIONS_KEEP_WARM  how long an agent's process stays, such as 5m
  A name does not remember these. Agents inherit them, with all they start.

Where things are
  AGENT_SESSIONS_HOME       the folder of names, turns and answers; default:
                            $XDG_STATE_HOME/agent-sessions, else
                            ~/.local/state/agent-sessions
  XDG_CONFIG_HOME           your settings: agent-sessions/config.toml below it;
                            default: ~/.config
  XDG_CACHE_HOME            compiled code, in agent-sessions below it;
                            default: ~/.cache
  AGENT_SESSIONS_NO_CACHE   if set, no compiled code is kept
  TMPDIR                    temporary files, and mapping files of the drop-ins
  CLAUDE_CONFIG_DIR, CODEX_HOME, COPILOT_HOME
                            where the agents keep their own files
  PATH                      where the agents and wrappers are found

A store that machines share (see docs/fleet.md); without one, files of this user
  AGENT_SESSIONS_STORE      its URL: postgres://USER@HOST/DATABASE
  AGENT_SESSIONS_STORE_FILE
                            a file with the URL alone, which only you can read
  AGENT_SESSIONS_STORE_KEY_FILE
                            a file with the key that seals what is stored
  Agents do not inherit the address.

Who calls
  AGENT_SESSIONS_CALLER     a name for this caller: continue keeps one
                            conversation for each, and status shows it
  AGENT_SESSIONS_CHAIN      the turns that this process runs in: keep it, so
                            that a conversation that asks itself is refused
  AGENT_SESSIONS_TURN       set for agents: the turn that they run
  AGENT_SESSIONS_OUTCOME, _RESULT, _ENDED_NAME, _ENDED_AGENT, _ENDED_TURN
                            set for the program of --on-end

Terminal
  PAGER                     shows long texts; empty: none. Beats a setting
  VISUAL, EDITOR            for prompts and for config edit
  NO_COLOR                  if not empty, no colours; neither with TERM=dumb
  AGENT_SESSIONS_DEBUG      if set, an error also prints where it happened
`;

const JSON_TOPIC = `JSON of agent-sessions. --json prints one object on one line of standard output,
also for an error; all else is on standard error.

  type       says what it is, such as agent_sessions.result
  keys       are in snake case. Keys may be added in later versions; none is
             renamed or dropped. null: unknown, or there is none.
  times      ISO 8601 in UTC; durations in milliseconds (duration_ms)

agent_sessions.result, the end of a turn (send, create, fork, once, wait)
  name, agent, workspace, session_id, turn_id
  outcome     succeeded, failed, cancelled, deadline, output_limit;
              interrupted: nobody saw its end, and there is no answer;
              unknown: nobody saw its end, and nothing tells how it ended
  continuity  how the turn continued the conversation: new, native, forked, …
              continuity_known_by: history or id, where only the agent shows it
  text        the answer; structured: the same as a value, with --schema
  model, effort, access, usage {input_tokens, output_tokens, cost_usd, …}
  tree        of a turn that a worker has run: kind (here, commit, carry),
              before and after {commit, dirty}, patch (kept, none, …)
  error       null, or code, message, hint and exit_code

agent_sessions.error, whatever keeps a command from its work
  error.code       one of those in: agent-sessions help exit-codes
  error.message    what happened; error.hint: what to do next, or null
  error.exit_code  the exit code of the command
  error.retryable  whether the same command can succeed later

agent_sessions.show: busy is null, or state (running, queued, window, …),
  turn_id, since, prompt, waits_because; queued: how many turns wait
agent_sessions.gate: how a gate stands: id, state (waiting, approved, refused),
  note, shown, sha256, answered_by {user, host, pid, terminal}, earlier
agent_sessions.accepted: a turn in the background has begun to wait (--detach)
--stream prints the agent's own lines as they come; the last line is ours.

--events prints what happens in a turn as lines that are the same for every
agent (see docs/events.md). Each has v, the version of the format: 1, and
turn_id. Skip the types that you do not know.
  started   agent, name
  session   session_id, model, agent_version, as far as the agent tells
  text      text: a message of the agent. text-delta: a part, with --partials
  thinking  the model thinks
  tool      phase (start, end), id, name, about, input, failed
  retry     attempt, of, reason, delay_ms
  usage     answer_id, input_tokens, output_tokens: so far, of one answer
  warning   message
  failure   text, reason, api_status: why the turn is about to fail
  end       is_error, text, reason, api_status, session_id: the agent's word
  agent_sessions.result, the last line: how the turn ended

  agent-sessions send NAME --json '…' | jq -r .text
  agent-sessions list --json | jq -r '.names[].name'
  agent-sessions send NAME --events '…' | jq -c '[.type, .about]'
`;

/** What `help` explains besides the commands. */
export const TOPICS: Readonly<Record<string, string>> = {
  environment: ENVIRONMENT,
  "exit-codes": exitCodes(),
  json: JSON_TOPIC,
};

function exitCodes(): string {
  const errors = Object.entries(ERROR_CODES).map(
    ([code, { exitCode, retryable }]): [exit: number, code: string, again: string] => [
      exitCode,
      code,
      retryable ? "try again" : "",
    ],
  );
  const gates: typeof errors = [
    [20, "(a gate waits)", "try again"],
    [21, "(a gate was refused)", ""],
  ];
  const rows: typeof errors = [[0, "done", ""], ...errors, ...gates];
  const sorted = rows.toSorted(([left], [right]) => left - right);
  const lines = sorted.map(([exit, code, again], at) => {
    const isNew = exit !== sorted[at - 1]?.[0];
    return `${`  ${isNew ? String(exit).padStart(3) : "   "}  ${code.padEnd(22)}${again}`.trimEnd()}\n`;
  });
  return `Exit codes of agent-sessions, and the codes of the errors that have them
(error.code with --json). "try again": the same command can succeed later
without a change.

${lines.join("")}
A turn that failed ends the command with the exit code of its error: wait ends
with the same one as send. doctor: 0 no problem, 7 no agent works, 8 broken
state. wait --timeout that is over: 5, and the turn goes on. gate: 0 approved,
20 waiting for a person, 21 refused.
`;
}
