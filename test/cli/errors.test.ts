import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { OUTCOMES } from "../../src/domain/turn/turn.ts";
import { quoteWords } from "../../src/domain/words.ts";
import { STORE_VARIABLES } from "../../src/stores/store-address.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { run } from "../support/run.ts";

interface Case {
  what: string;
  args: string[];
  env?: Record<string, string | undefined>;
  exit: number;
  code: string;
  says: RegExp;
  hint?: RegExp;
  /** Whether these options ask for JSON already, so that no error is for people. */
  isJson?: true;
}

/** In a run of the tests over a store, too, there is none. */
const NO_STORE = { AGENT_SESSIONS_STORE: undefined };

const HUGE = "x".repeat(201);

const cases: Case[] = [
  ...[
    ["open", "x"],
    ["export", "x", "x.gz"],
    ["import", "x.gz"],
    ["keepers"],
    ["keepers", "--run", "x"],
    ["doctor", "--break-lock", "x"],
    ["adopt", "--all", "--from", "/gone"],
    ["once", "--resumable", "hi"],
    ["once", "--resume", "0198c8a0-1111-7111-8111-111111111111", "hi"],
    ["send", "--on-end", "true", "x", "hi"],
    ["create", "--on-end", "true", "x", "hi"],
  ].map((args) => ({
    what: `${args.slice(0, 2).join(" ")} where a store is set that machines share`,
    args,
    env: { AGENT_SESSIONS_STORE: "postgres:///sessions?host=/nowhere" },
    exit: 2,
    code: "unsupported",
    says: /is a matter of one machine/,
    hint: /unset AGENT_SESSIONS_STORE and AGENT_SESSIONS_STORE_FILE/,
  })),
  {
    what: "a purge without a store that machines share",
    args: ["remove", "x", "--purge"],
    env: NO_STORE,
    exit: 2,
    code: "unsupported",
    says: /Only a store that machines share can be purged of a conversation/,
    hint: /agent-sessions remove x/,
  },
  {
    what: "a purge of all names",
    args: ["remove", "--all", "--purge"],
    exit: 2,
    code: "usage",
    says: /Use only one of --all and --purge/,
  },
  {
    what: "a turn about a commit where no worker runs it",
    args: ["create", "x", "--tree", "HEAD~1", "hello"],
    env: NO_STORE,
    exit: 2,
    code: "usage",
    says: /works on the folder as it stands: no store is set/,
    hint: /Set AGENT_SESSIONS_STORE/,
  },
  ...["", "--upload-pack=x"].map((tree) => ({
    what: `the tree ${JSON.stringify(tree)}`,
    args: ["create", "x", `--tree=${tree}`, "hello"],
    exit: 2,
    code: "usage",
    says: /--tree.*Give here, carry or a commit/,
  })),
  {
    what: "what a turn has changed of a name that there is not",
    args: ["diff", "nope"],
    exit: 4,
    code: "no_such_name",
    says: /nope/,
  },
  {
    what: "what a turn that there is not has changed",
    args: ["diff", "taken", "--turn", "20260101-000000-00000000"],
    exit: 4,
    code: "no_such_turn",
    says: /No turn "20260101-000000-00000000" has run in "taken"/,
    hint: /agent-sessions history taken/,
  },
  ...["migrate", "status", "import"].flatMap((verb): Case[] => [
    {
      what: `store ${verb} without a store`,
      args: [`store ${verb}`],
      env: NO_STORE,
      exit: 2,
      code: "usage",
      says: /No store is set: names and turns are files of this machine/,
      hint: /Set AGENT_SESSIONS_STORE to the URL/,
    },
    {
      what: `store ${verb} with another database`,
      args: [`store ${verb}`],
      env: { AGENT_SESSIONS_STORE: "mysql://me:secret@localhost/line" },
      exit: 2,
      code: "usage",
      says: /AGENT_SESSIONS_STORE is a URL of mysql:, and the store is on PostgreSQL/,
      hint: /Such as postgres:/,
    },
    {
      what: `store ${verb} with a password and no TLS`,
      args: [`store ${verb}`],
      env: { AGENT_SESSIONS_STORE: "postgres://me:secret@db.example/line" },
      exit: 2,
      code: "usage",
      says: /sends a password to db\.example without TLS/,
      hint: /sslmode=verify-full/,
    },
  ]),
  {
    what: "a store that is not there",
    args: ["store status"],
    env: { AGENT_SESSIONS_STORE: "postgres://me@%2Fnowhere/line" },
    exit: 8,
    code: "state_unreadable",
    says: /The store postgres:\/\/me@\/nowhere\/line can't be reached/,
    hint: /Try again when the database is back/,
  },
  {
    what: "a worker without a store",
    args: ["worker"],
    env: NO_STORE,
    exit: 2,
    code: "usage",
    says: /A worker needs a store that machines share, and none is set/,
    hint: /AGENT_SESSIONS_STORE=postgres:/,
  },
  {
    what: "a worker on a store that is none",
    args: ["worker"],
    env: { AGENT_SESSIONS_STORE: "mysql://db/agents" },
    exit: 2,
    code: "usage",
    says: /AGENT_SESSIONS_STORE is a URL of mysql:/,
  },
  {
    what: "a worker whose password would go in the clear",
    args: ["worker"],
    env: { AGENT_SESSIONS_STORE: "postgres://me:secret@db.example/agents" },
    exit: 2,
    code: "usage",
    says: /^(?!.*secret).*sends a password to db\.example without TLS/,
  },
  ...[
    ["--concurrency", "0", /--concurrency is "0", which is no number from 1 to 64/],
    ["--max-access", "all", /--max-access is "all"/],
    ["--on-lost", "again", /--on-lost is "again"/],
    ["--lease", "1s", /--lease is 1s; it can be from 10s to 1h/],
    ["--grace", "soon", /--grace is "soon", which is no duration/],
    ["--agents", "bing", /A worker can't run turns of "bing"/],
    ["--workspace", "/nowhere", /The workspace \/nowhere does not exist/],
  ].map(
    ([option, value, says]): Case => ({
      what: `a worker with ${option} ${value}`,
      args: ["worker", String(option), String(value)],
      env: { AGENT_SESSIONS_STORE: "postgres:///agents?host=/tmp" },
      exit: 2,
      code: option === "--workspace" ? "folder_missing" : "usage",
      says: says as RegExp,
    }),
  ),
  {
    what: "an export of no conversation",
    args: ["export", "nobody", "x.gz"],
    env: NO_STORE,
    exit: 4,
    code: "no_such_name",
    says: /nobody/,
  },
  {
    what: "an export without a file",
    args: ["export", "taken"],
    exit: 2,
    code: "usage",
    says: /No file was given/,
    hint: /agent-sessions export taken --md/,
  },
  {
    what: "two kinds of pages",
    args: ["export", "taken", "--md", "--html"],
    exit: 2,
    code: "usage",
    says: /only one of --md and --html/,
  },
  {
    what: "settings in a page",
    args: ["export", "taken", "--md", "--with-settings"],
    exit: 2,
    code: "usage",
    says: /only one of --with-settings and --md/,
  },
  {
    what: "secrets in a file that has them anyway",
    args: ["export", "taken", "x.gz", "--with-secrets"],
    exit: 2,
    code: "usage",
    says: /--with-secrets is for --md and --html/,
  },
  {
    what: "an import of a file that is not there",
    args: ["import", "/no/such/file"],
    env: NO_STORE,
    exit: 8,
    code: "state_unreadable",
    says: /\/no\/such\/file: ENOENT/,
  },
  {
    what: "an import of a file of another kind",
    args: ["import", "/etc/hostname"],
    env: NO_STORE,
    exit: 2,
    code: "file_refused",
    says: /\/etc\/hostname can't be imported: it is not packed with gzip/,
    hint: /Nothing was changed/,
  },
  {
    what: "a size that is none",
    args: ["import", "x.gz", "--max-size", "big"],
    exit: 2,
    code: "usage",
    says: /--max-size/,
  },
  {
    what: "an import into no folder",
    args: ["import", "x.gz", "-w", "/no/such/folder"],
    env: NO_STORE,
    exit: 2,
    code: "folder_missing",
    says: /\/no\/such\/folder does not exist/,
  },
  {
    what: "a port that is none",
    args: ["ui", "--port", "99999"],
    exit: 2,
    code: "usage",
    says: /'--port <number>' argument '99999' is invalid. Write a number from 0 to 65535/,
    hint: /agent-sessions ui --help/,
  },
  {
    what: "a page that ends at once",
    args: ["ui", "--idle", "0s"],
    exit: 2,
    code: "usage",
    says: /'--idle <duration>' argument '0s' is invalid. It must be more than 0/,
  },
  {
    what: "a page with a ceiling that there is not",
    args: ["ui", "--max-access", "all"],
    exit: 2,
    code: "usage",
    says: /Allowed choices are read-only, edit, full/,
  },
  {
    what: "a page on an address of its own",
    args: ["ui", "--host", "0.0.0.0"],
    exit: 2,
    code: "usage",
    says: /unknown option '--host'/i,
    hint: /agent-sessions ui --help/,
  },
  {
    what: "no agent to give the server to",
    args: ["mcp install"],
    exit: 2,
    code: "usage",
    says: /Required option '--agent <agent>' not specified/,
    hint: /agent-sessions mcp install --help/,
  },
  {
    what: "an agent that can't be given the server",
    args: ["mcp install", "--agent", "bing"],
    exit: 2,
    code: "usage",
    says: /Option '--agent <agent>' argument 'bing' is invalid. Allowed choices are claude, codex, copilot/,
  },
  {
    what: "a ceiling that there is not",
    args: ["mcp install", "--agent", "codex", "--max-access", "all"],
    exit: 2,
    code: "usage",
    says: /Allowed choices are read-only, edit, full/,
  },
  {
    what: "the server for an agent, in a turn of an agent",
    args: ["mcp install", "--agent", "codex"],
    env: { AGENT_SESSIONS_TURN: "some-turn" },
    exit: 2,
    code: "usage",
    says: /An agent has called mcp install, and only a person can give an agent the server/,
    hint: /terminal of your own/,
  },
  {
    what: "no agent to take the server from",
    args: ["mcp uninstall"],
    exit: 2,
    code: "usage",
    says: /Required option '--agent <agent>' not specified/,
  },
  {
    what: "a slip in a command about the server",
    args: ["mcp", "instal", "--agent", "codex"],
    exit: 2,
    code: "usage",
    says: /There is no command "mcp instal". Did you mean install\?/,
    hint: /agent-sessions mcp --help/,
  },
  {
    what: "the tools that read, of a server that has none",
    args: ["mcp", "--read-only", "--alias", "codex"],
    exit: 2,
    code: "usage",
    says: /--read-only.*--alias/,
  },
  {
    what: "a gate that there is not",
    args: ["gate", "nope"],
    exit: 4,
    code: "no_such_gate",
    says: /no gate "nope" in \//,
    hint: /agent-sessions gate list --all/,
  },
  {
    what: "the approval of a gate that there is not",
    args: ["gate approve", "nope"],
    exit: 4,
    code: "no_such_gate",
    says: /no gate "nope" in \//,
  },
  {
    what: "a gate with the name of a command about gates",
    args: ["gate", "help", "--shows", "/dev/null"],
    exit: 2,
    code: "usage",
    says: /The gate id "help" is a command about gates/,
    hint: /release-7\/plan/,
  },
  {
    what: "a gate that shows nothing",
    args: ["gate", "r/plan", "--shows", "/dev/null"],
    exit: 2,
    code: "usage",
    says: /nothing to show: the text is empty/,
    hint: /pipefail/,
  },
  {
    what: "a gate that shows a file that there is not",
    args: ["gate", "r/plan", "--shows", "nope"],
    exit: 2,
    code: "usage",
    says: /The file to show nope does not exist/,
  },
  {
    what: "a slip in a command about gates",
    args: ["gate", "aprove", "r/plan"],
    exit: 2,
    code: "usage",
    says: /There is no command "gate aprove". Did you mean approve\?/,
    hint: /agent-sessions gate --help/,
  },
  {
    what: "no gate",
    args: ["gate"],
    exit: 2,
    code: "usage",
    says: /Missing required argument 'gate'/,
    hint: /agent-sessions gate --help/,
  },
  {
    what: "the refusal of a gate with a hash that is too short",
    args: ["gate refuse", "asked", "--sha256", "abc"],
    exit: 2,
    code: "usage",
    says: /"asked" does not show the text with the hash "abc"/,
    hint: /Read what it shows now: agent-sessions gate asked/,
  },
  {
    what: "gates of all folders, and of this one alone",
    args: ["gate list", "--all", "--here"],
    exit: 2,
    code: "usage",
    says: /Use only one of --all and --here/,
  },
  {
    what: "a search for nothing",
    args: ["search"],
    exit: 2,
    code: "usage",
    says: /Missing required argument 'words'/,
    hint: /agent-sessions search --help/,
  },
  {
    what: "a search for a blank",
    args: ["search", " "],
    exit: 2,
    code: "usage",
    says: /There is no word to search for/,
    hint: /at least one word/,
  },
  {
    what: "a search since a day that there is not",
    args: ["search", "x", "--since", "yesterday"],
    exit: 2,
    code: "usage",
    says: /argument 'yesterday' is invalid\. Write a date such as 2026-11-01, or 7d/,
  },
  {
    what: "a search for no hit",
    args: ["search", "x", "--limit", "0"],
    exit: 2,
    code: "usage",
    says: /argument '0' is invalid\. It must be a whole number above 0/,
  },
  {
    what: "a search in the conversations of an agent that there is not",
    args: ["search", "x", "--agent", "bing"],
    exit: 2,
    code: "usage",
    says: /bing/,
  },
  {
    what: "a search in an empty folder name",
    args: ["search", "x", "--workspace", ""],
    exit: 2,
    code: "usage",
    says: /--workspace is empty/,
  },
  {
    what: "a search for unnamed conversations of an agent whose files tell nothing",
    args: ["search", "x", "--unnamed", "--agent", "gemini"],
    exit: 2,
    code: "unsupported",
    says: /can't be found by their files/,
  },
  {
    what: "a dry run to a name that there is not",
    args: ["send", "nope", "--dry-run"],
    exit: 4,
    code: "no_such_name",
    says: /"nope"/,
  },
  {
    what: "a dry run that begins a conversation",
    args: ["send", "nope", "--dry-run", "--or-create", "claude"],
    exit: 2,
    code: "usage",
    says: /Use only one of --dry-run and --or-create/,
    hint: /a conversation that is there/,
  },
  {
    what: "a dry run in the background",
    args: ["send", "nope", "--dry-run", "--detach"],
    exit: 2,
    code: "usage",
    says: /Use only one of --dry-run and --detach/,
    hint: /runs no turn/,
  },
  {
    what: "no such name",
    args: ["send", "nope", "hi"],
    exit: 4,
    code: "no_such_name",
    says: /no conversation named "nope" in \//,
    hint: /agent-sessions list/,
  },
  {
    what: "a name that differs in case",
    args: ["send", "Taken", "hi"],
    exit: 4,
    code: "no_such_name",
    says: /"Taken"/,
    hint: /Did you mean "taken"/,
  },
  {
    what: "a program for the end of the turn that there is not",
    args: ["send", "taken", "hi", "--on-end", "no-such-program"],
    env: NO_STORE,
    exit: 2,
    code: "usage",
    says: /"no-such-program", was not found/,
    hint: /No shell reads it/,
  },
  {
    what: "no program for the end of the turn",
    args: ["send", "taken", "hi", "--on-end", " "],
    exit: 2,
    code: "usage",
    says: /Give a program/,
  },
  {
    what: "a notification of the end of a turn that nobody stays for",
    args: ["send", "taken", "hi", "--detach", "--notify"],
    exit: 2,
    code: "usage",
    says: /Use only one of --detach and --notify/,
    hint: /agent-sessions wait NAME --notify/,
  },
  ...[
    ["create", "new"],
    ["send", "taken", "hi"],
    ["continue", "hi"],
    ["ask", "hi"],
    ["fork", "taken", "new"],
    ["once", "hi"],
    ["attach", "taken"],
  ].map((args) => ({
    what: `the agent's own lines of ${args[0]}, and those of all agents`,
    args: [...args, "--stream", "--events"],
    exit: 2,
    code: "usage",
    says: /Use only one of --stream and --events/,
    hint: /the agent's own lines.*the same for every agent/,
    isJson: true as const,
  })),
  {
    what: "the events of a turn that nobody stays for",
    args: ["send", "taken", "hi", "--detach", "--events"],
    exit: 2,
    code: "usage",
    says: /Use only one of --detach and --events/,
    hint: /agent-sessions attach NAME --events/,
    isJson: true,
  },
  ...["list", "status", "cost", "keepers"].map((verb) => ({
    what: `${verb} of all folders, and of this one alone`,
    args: [verb, "--all", "--here"],
    exit: 2,
    code: "usage",
    says: /Use only one of --all and --here/,
  })),
  {
    what: "the name of a folder's own conversation",
    args: ["create", "."],
    exit: 2,
    code: "usage",
    says: /"\." is that of a folder's own conversation/,
    hint: /agent-sessions ask/,
  },
  {
    what: "a folder and the one that the command is in",
    args: ["send", "taken", "hi", "--here", "--workspace", "."],
    exit: 2,
    code: "usage",
    says: /Use only one of --workspace and --here/,
  },
  {
    what: "one turn of two names",
    args: ["cancel", "taken", "other", "--turn", "20260101-000000-00000000"],
    exit: 2,
    code: "usage",
    says: /--turn is a turn of one name/,
    hint: /the name of its conversation alone/,
  },
  {
    what: "a name among several that does not exist",
    args: ["remove", "taken", "nope"],
    exit: 4,
    code: "no_such_name",
    says: /"nope"/,
  },
  ...[["--retry"], ["--fresh"], ["--fork-from", "taken"]].map(([option = "", ...rest]) => ({
    what: `a name that is to be created, together with ${option}`,
    args: ["send", "new", ...(option === "--retry" ? [] : ["hi"]), "--or-create", "codex", option, ...rest],
    exit: 2,
    code: "usage",
    says: new RegExp(`Use only one of ${option} and --or-create`),
  })),
  {
    what: "a name that is to be created with an agent that there is not",
    args: ["send", "new", "hi", "--or-create", "nobody"],
    exit: 2,
    code: "usage",
    says: /Unknown agent "nobody"/,
    hint: /claude, codex, copilot/,
  },
  {
    what: "a name that is to be created with one agent and found with another",
    args: ["send", "new", "hi", "--or-create", "codex", "--agent", "claude"],
    exit: 2,
    code: "usage",
    says: /--or-create codex and --agent claude name two agents/,
    hint: /Give one of them/,
  },
  {
    what: "no detached turn to run",
    args: ["keepers", "--run", "taken"],
    env: NO_STORE,
    exit: 4,
    code: "no_such_turn",
    says: /No turn of "taken" is queued/,
    hint: /agent-sessions status --all/,
  },
  ...["0", "abc", "5"].map((time) => ({
    what: `an agent that is to be kept warm for ${time}`,
    args: ["send", "taken", "hi", "--keep-warm", time],
    exit: 2,
    code: "usage",
    says: new RegExp(`--keep-warm.*'${time}'`),
    hint: /agent-sessions send --help/,
  })),
  ...[
    ["create", "new", "hi"],
    ["fork", "taken", "new", "hi"],
    ["once", "--keep", "new", "hi"],
  ].map((words) => ({
    what: `${words[0]} with an agent that is to be kept warm for 0`,
    args: [...words, "--keep-warm", "0"],
    exit: 2,
    code: "usage",
    says: /--keep-warm.*'0'/,
    hint: new RegExp(`agent-sessions ${words[0]} --help`),
  })),
  {
    what: "an agent that is to be kept warm without a name",
    args: ["once", "hi", "--keep-warm", "5m"],
    exit: 2,
    code: "usage",
    says: /--keep-warm is for the next turn/,
    hint: /agent-sessions once --keep NAME --keep-warm 5m/,
  },
  {
    what: "completion for no shell",
    args: ["completion"],
    exit: 2,
    code: "usage",
    says: /Missing required argument 'shell'/,
    hint: /agent-sessions completion --help/,
  },
  {
    what: "completion for a shell that there is not",
    args: ["completion", "tcsh"],
    exit: 2,
    code: "usage",
    says: /'tcsh' is invalid for argument 'shell'.*bash, zsh, fish/,
    hint: /agent-sessions completion --help/,
  },
  {
    what: "the logs of a turn that there is not",
    args: ["logs", "taken", "--turn", "20260101-000000-00000000"],
    exit: 4,
    code: "no_such_turn",
    says: /No turn "20260101-000000-00000000" has run in "taken"/,
    hint: /agent-sessions history taken/,
  },
  {
    what: "a format with a key that there is not",
    args: ["list", "--format", "{nmae}"],
    exit: 2,
    code: "usage",
    says: /--format has an unknown key: "\{nmae\}"/,
    hint: /\{name\} \{agent\}/,
  },
  ...["list", "status"].map((verb) => ({
    what: `${verb}, drawn again and again where nobody looks`,
    args: [verb, "--watch"],
    exit: 2,
    code: "usage",
    says: /--watch needs a terminal/,
    hint: /--json/,
  })),
  {
    what: "names alone, and all of them as JSON",
    args: ["list", "--quiet", "--format", "{name}"],
    exit: 2,
    code: "usage",
    says: /--quiet.*--format/,
  },
  {
    what: "a variable that asks for it with no time",
    args: ["send", "taken", "hi"],
    env: { AGENT_SESSIONS_KEEP_WARM: "abc" },
    exit: 2,
    code: "usage",
    says: /AGENT_SESSIONS_KEEP_WARM is "abc"/,
    hint: /such as 5m/,
  },
  {
    what: "no keeper to stop",
    args: ["keepers", "--stop", "taken"],
    env: NO_STORE,
    exit: 4,
    code: "no_such_turn",
    says: /No keeper runs for "taken"/,
    hint: /agent-sessions status --all/,
  },
  {
    what: "keepers to run and to stop",
    args: ["keepers", "--run", "taken", "--stop"],
    exit: 2,
    code: "usage",
    says: /--run and --stop can't be given together/,
    hint: /--help/,
  },
  {
    what: "waiting turns of a name in all folders",
    args: ["keepers", "--run", "taken", "--all"],
    exit: 2,
    code: "usage",
    says: /--run is for one name/,
    hint: /--workspace/,
  },
  {
    what: "an empty request id for a conversation that begins",
    args: ["fork", "taken", "other", "--request-id", "", "hi"],
    exit: 2,
    code: "usage",
    says: /--request-id is empty/,
    hint: /Give a text of your own/,
  },
  {
    what: "name exists",
    args: ["create", "taken"],
    exit: 2,
    code: "name_exists",
    says: /"taken" already exists/,
    hint: /--replace.*--if-missing/,
  },
  {
    what: "a budget without a unit",
    args: ["create", "x", "--budget", "5"],
    exit: 2,
    code: "usage",
    says: /'--budget <amount>' argument '5' is invalid. It takes an amount above 0 and its unit, such as 5usd/,
  },
  {
    what: "a fork with a budget of nothing",
    args: ["fork", "taken", "x", "--budget", "0usd"],
    exit: 2,
    code: "usage",
    says: /argument '0usd' is invalid/,
  },
  {
    what: "a budget that is none",
    args: ["budget", "taken", "much"],
    exit: 2,
    code: "usage",
    says: /"much" is no budget; it takes an amount above 0 and its unit/,
    hint: /budget NAME --off/,
  },
  {
    what: "a budget that is set and taken off",
    args: ["budget", "taken", "5usd", "--off"],
    exit: 2,
    code: "usage",
    says: /either an amount, or --off/,
  },
  {
    what: "the budget of a name that is not there",
    args: ["budget", "nope"],
    exit: 4,
    code: "no_such_name",
    says: /"nope"/,
  },
  {
    what: "over the budget, in a turn of an agent",
    args: ["send", "taken", "--over-budget", "hi"],
    env: { AGENT_SESSIONS_TURN: "some-turn" },
    exit: 2,
    code: "usage",
    says: /An agent has called --over-budget, and only a person can go over a budget/,
  },
  {
    what: "over the budget and not",
    args: ["send", "taken", "--over-budget", "--stop-at-budget", "hi"],
    exit: 2,
    code: "usage",
    says: /Use only one of --over-budget and --stop-at-budget/,
  },
  {
    what: "a stop at no budget",
    args: ["send", "taken", "--stop-at-budget", "hi"],
    exit: 2,
    code: "usage",
    says: /There is no budget at which the turn could be ended/,
    hint: /agent-sessions budget NAME AMOUNT/,
  },
  {
    what: "a budget without a name",
    args: ["once", "--budget", "5usd", "hi"],
    exit: 2,
    code: "usage",
    says: /--budget is that of a name/,
    hint: /once --keep NAME --budget/,
  },
  {
    what: "over the budget of a conversation that only begins",
    args: ["once", "--over-budget", "hi"],
    exit: 2,
    code: "usage",
    says: /--over-budget is for a conversation that is there/,
  },
  {
    what: "a stop at the budget of no name",
    args: ["once", "--stop-at-budget", "hi"],
    exit: 2,
    code: "usage",
    says: /--stop-at-budget needs a name with a budget/,
  },
  {
    what: "a setting that is no budget",
    args: ["config", "set", "budget", "much"],
    exit: 2,
    code: "usage",
    says: /budget is "much"; it takes an amount above 0/,
  },
  {
    what: "a name that restore would read as an earlier move",
    args: ["create", "x@1"],
    exit: 2,
    code: "usage",
    says: /"x@1" ends in @ and a number/,
    hint: /"x-1"/,
  },
  {
    what: "a new name for it that restore would read so",
    args: ["rename", "taken", "taken@22"],
    exit: 2,
    code: "usage",
    says: /ends in @ and a number/,
  },
  {
    what: "a fork of that name",
    args: ["fork", "taken", "y@1"],
    exit: 2,
    code: "usage",
    says: /ends in @ and a number/,
  },
  {
    what: "a fork with a name that exists",
    args: ["fork", "taken", "taken"],
    exit: 2,
    code: "name_exists",
    says: /"taken" already exists/,
    hint: /Give the fork another name/,
  },
  {
    what: "a turn that is not there",
    args: ["wait", "taken", "--turn", "nope"],
    exit: 4,
    code: "no_such_turn",
    says: /No turn "nope" has run/,
    hint: /agent-sessions history taken$/m,
  },
  {
    what: "an effort that the agent does not know",
    args: ["send", "taken", "--effort", "huge", "hi"],
    exit: 2,
    code: "usage",
    says: /Claude Code does not support the effort "huge"/,
    hint: /low, medium, high, xhigh, max/,
  },
  {
    what: "a window of no such name, without a terminal",
    args: ["open", "nope"],
    env: NO_STORE,
    exit: 4,
    code: "no_such_name",
    says: /no conversation named "nope"/,
  },
  {
    what: "help of a command below another that is not there",
    args: ["help", "role", "sett"],
    exit: 2,
    code: "usage",
    says: /no command "role sett"/,
    hint: /role --help/,
  },
  {
    what: "empty prompt",
    args: ["send", "taken", "  "],
    exit: 2,
    code: "prompt_empty",
    says: /prompt is empty/,
    hint: /--prompt-file/,
  },
  {
    what: "an editor where there is no terminal",
    args: ["send", "taken", "--edit"],
    exit: 2,
    code: "usage",
    says: /--edit needs a terminal/,
    hint: /--prompt-file/,
  },
  {
    what: "a prompt and an editor",
    args: ["create", "x", "--edit", "-"],
    exit: 2,
    code: "usage",
    says: /twice: as an argument and with --edit/,
  },
  {
    what: "a retry with an editor",
    args: ["send", "taken", "--retry", "--edit"],
    exit: 2,
    code: "usage",
    says: /--retry repeats the last prompt/,
  },
  {
    what: "a conversation by the first characters of no id",
    args: ["adopt", "x", "0123abcd"],
    exit: 2,
    code: "usage",
    says: /"0123abcd" is not the id of a conversation/,
    hint: /agent-sessions adopt/,
  },
  { what: "no prompt", args: ["send", "taken"], exit: 2, code: "prompt_empty", says: /prompt is empty/ },
  {
    what: "missing folder",
    args: ["create", "x", "-w", "/no/such/folder"],
    exit: 2,
    code: "folder_missing",
    says: /\/no\/such\/folder does not exist/,
    hint: /--workspace/,
  },
  {
    what: "unwritable state",
    args: ["list"],
    env: { AGENT_SESSIONS_HOME: "/dev/null/x" },
    exit: 8,
    code: "state_unwritable",
    says: /Could not write \/dev\/null\/x/,
    hint: /AGENT_SESSIONS_HOME/,
  },
  {
    what: "unknown option",
    args: ["send", "taken", "--moddel", "m", "hi"],
    exit: 2,
    code: "usage",
    says: /--moddel.*Did you mean --model/,
    hint: /send --help/,
  },
  {
    what: "unknown command",
    args: ["crate", "x"],
    exit: 2,
    code: "usage",
    says: /crate.*Did you mean create/,
    hint: /--help/,
  },
  {
    what: "unknown command of a name that every object knows",
    args: ["__proto__"],
    exit: 2,
    code: "usage",
    says: /"__proto__"\.(?! Did)/,
    hint: /--help/,
  },
  {
    what: "missing name",
    args: ["show"],
    exit: 2,
    code: "usage",
    says: /[Mm]issing.*name/,
    hint: /show --help/,
  },
  {
    what: "unknown agent",
    args: ["create", "x", "-a", "gpt"],
    exit: 2,
    code: "usage",
    says: /"gpt"/,
    hint: /claude.*codex/,
  },
  {
    what: "name that looks like an option",
    args: ["create", "--", "-x"],
    exit: 2,
    code: "usage",
    says: /starts with a dash/,
  },
  {
    what: "a first prompt that starts over",
    args: ["create", "x", "/clear"],
    exit: 2,
    code: "usage",
    says: /can't begin with \/clear/,
  },
  {
    what: "name that is too long",
    args: ["create", HUGE],
    exit: 2,
    code: "usage",
    says: /201 bytes/,
  },
  {
    what: "prompt given twice",
    args: ["send", "taken", "hi", "-f", "x"],
    exit: 2,
    code: "usage",
    says: /twice/,
  },
  {
    what: "prompt file missing",
    args: ["send", "taken", "-f", "missing.md"],
    exit: 2,
    code: "usage",
    says: /missing\.md does not exist/,
  },
  {
    what: "role file missing",
    args: ["create", "x", "-r", "missing.md"],
    exit: 2,
    code: "usage",
    says: /role file missing\.md/,
  },
  {
    what: "wrapper not found",
    args: ["create", "x", "--agent-cmd", "no-such-wrapper --flag"],
    exit: 7,
    code: "agent_missing",
    says: /"no-such-wrapper" was not found/,
  },
  {
    what: "an agent that nobody knows",
    args: ["create", "x", "--agent", "goose"],
    exit: 2,
    code: "usage",
    says: /Unknown agent "goose"/,
    hint: /\[agents\.goose\] acp = "goose acp"/,
  },
  {
    what: "wrapper with an open quote",
    args: ["create", "x", "--agent-cmd", "a 'b"],
    exit: 2,
    code: "usage",
    says: /No closing quotation/,
  },
  {
    what: "contradicting options",
    args: ["create", "x", "--replace", "--if-missing"],
    exit: 2,
    code: "usage",
    says: /Use only one of/,
  },
  {
    what: "wrong choice",
    args: ["send", "taken", "--if-busy", "maybe", "hi"],
    exit: 2,
    code: "usage",
    says: /maybe/,
  },
  {
    what: "a setting that does not exist",
    args: ["config set", "modle", "x"],
    exit: 2,
    code: "usage",
    says: /There is no setting "modle"\. Did you mean model\?/,
    hint: /agent-sessions config list/,
  },
  {
    what: "a setting of an agent that there is not",
    args: ["config get", "bing.model"],
    exit: 2,
    code: "usage",
    says: /There is no setting "bing\.model"/,
  },
  {
    what: "a setting of one agent that is the same for all",
    args: ["config unset", "codex.pager"],
    exit: 2,
    code: "usage",
    says: /There is no setting "codex\.pager"/,
  },
  ...(
    [
      ["access", "all", /access is "all"; it takes read-only, edit or full/],
      ["agent", "bing", /agent is "bing"; it takes claude, codex, .* or \w+/],
      ["keep-warm", "5", /keep-warm is "5"; it takes a time above 0, such as 5m, or off/],
      ["notify", "maybe", /notify is "maybe"; it takes true or false/],
      ["on-end", "a 'b", /on-end is "a 'b"; it takes a command/],
      ["model", "default", /model is "default"; it takes the name of a model/],
      ["claude.effort", "minimal", /claude\.effort is "minimal"; it takes low, /],
    ] as const
  ).map(([key, value, says]) => ({
    what: `${key} with a value that it can't have`,
    args: ["config set", key, value],
    exit: 2,
    code: "usage",
    says,
    hint: /agent-sessions config list/,
  })),
  {
    what: "two values for a setting that has one",
    args: ["config set", "model", "a", "b"],
    exit: 2,
    code: "usage",
    says: /The setting model takes one value, and 2 were given/,
    hint: /quotes/,
  },
  {
    what: "a repository's file that is not there to be allowed",
    args: ["config allow"],
    exit: 2,
    code: "usage",
    says: /\.agent-sessions\.toml does not exist/,
    hint: /config set --repository/,
  },
  {
    what: "a hash to allow of a repository's file that is not there",
    args: ["config allow", "--yes", "0123456789abcdef"],
    exit: 2,
    code: "usage",
    says: /\.agent-sessions\.toml does not exist/,
    hint: /config set --repository/,
  },
  {
    what: "a repository's file outside of a repository",
    args: ["config path", "--repository", "--workspace", "/"],
    exit: 2,
    code: "usage",
    says: /The folder \/ is not in a repository/,
    hint: /leave out --repository/,
  },
  {
    what: "settings to edit without a terminal",
    args: ["config edit"],
    exit: 2,
    code: "usage",
    says: /needs a terminal/,
    hint: /config set KEY VALUE/,
  },
  {
    what: "no command about settings",
    args: ["config list", "--all"],
    exit: 2,
    code: "usage",
    says: /Unknown option '--all'/,
    hint: /config list --help/,
  },
  {
    what: "a variable with an access that there is not",
    args: ["send", "taken", "hi"],
    env: { AGENT_SESSIONS_ACCESS: "all" },
    exit: 2,
    code: "usage",
    says: /AGENT_SESSIONS_ACCESS is "all"; it takes read-only, edit or full/,
    hint: /unset it/,
  },
  {
    what: "relative state home",
    args: ["list"],
    env: { AGENT_SESSIONS_HOME: "x" },
    exit: 2,
    code: "usage",
    says: /not an absolute path/,
  },
];

test("every error says what happened and what to do, to people and to programs", async (t) => {
  const cli = openFakeCli(t);
  assert.equal((await cli.run(["create", "taken"])).code, 0);
  writeFileSync(join(cli.sandbox.workspace, "plan"), "plan");
  assert.equal((await cli.here(["gate", "asked", "--shows", "plan"])).code, 20);
  for (const [at, { what, args: written, env, exit, code, says, hint, isJson }] of cases.entries()) {
    // A command below another is written as one.
    const below = written[0]?.split(" ") ?? [];
    const args = [...below, ...written.slice(1)];
    await t.test(what, async () => {
      // A process for the first of them: the others fail before there is anything that only a process shows.
      const runCase = at < 3 ? cli.run : cli.here;
      const forPeople = await runCase(args, { env: env ?? {} });
      assert.equal(forPeople.code, exit, forPeople.stderr);
      const { error } = forPeople.json;
      const told = isJson ? `error: ${error?.message}\n${error?.hint}` : forPeople.stderr;
      assert.equal(isJson ? forPeople.stderr : forPeople.stdout, "");
      assert.match(told, says);
      assert.match(told, /^error: [A-Z-"`(]/m);
      assert.doesNotMatch(told, /\n\s+at /, "no stack");
      if (hint !== undefined) assert.match(told, hint);
      // In front, where the parser has not failed yet and `--` does not hide it.
      const [verb] = args;
      const forPrograms = await runCase([...below, "--json", ...written.slice(1)], {
        env: env ?? {},
      });
      assert.equal(forPrograms.code, exit);
      assert.equal(forPrograms.stdout.trimEnd().split("\n").length, 1);
      if (verb !== undefined) assert.equal(forPrograms.json.error?.code, code);
      assert.equal(forPrograms.stderr, "");
    });
  }
  assert.deepEqual((await cli.run(["list", "--json"])).json.count, 1, "nothing was left behind");
});

test("the MCP server at a terminal", async (t) => {
  const cli = openFakeCli(t);
  const { code, stdout } = await end(
    atTerminal(cli, quoteWords([process.execPath, CLI, "mcp"]), { NO_COLOR: "1" }),
  );
  assert.equal(code, 2);
  assert.match(stdout, /error: agent-sessions mcp is started by an MCP client, and speaks to no terminal\./);
  assert.match(stdout, /agent-sessions mcp install --agent claude/);
});

test("an agent that is not installed", async (t) => {
  const cli = openFakeCli(t);
  for (const agent of ["claude", "codex"]) {
    const result = await cli.run(["create", "x", "-a", agent], { plain: true, env: { PATH: "/nowhere" } });
    assert.equal(result.code, 7);
    assert.match(result.stderr, new RegExp(`there is no ${agent} on PATH`));
    assert.match(result.stderr, /npm install -g @/);
    assert.doesNotMatch(result.stderr, /another agent/);
  }
  const bin = join(cli.sandbox.folder, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "codex"), "#!/bin/sh\n", { mode: 0o755 });
  const hintOf = async (...args: string[]) => {
    const { code, json } = await cli.here([...args, "--json"], { plain: true, env: { PATH: bin } });
    assert.equal(code, 7);
    return json.error?.hint ?? "";
  };
  assert.match(await hintOf("create", "x"), /`\. {3}or choose another agent: --agent codex$/);
  assert.match(await hintOf("once", "hi"), /another agent: --agent codex$/);
  assert.equal((await cli.here(["create", "x"])).code, 0);
  assert.doesNotMatch(await hintOf("send", "x", "--agent-cmd", "", "hi"), /another agent/);
});

test("a workspace that is a file", async (t) => {
  const cli = openFakeCli(t);
  const file = join(cli.sandbox.folder, "file");
  writeFileSync(file, "");
  const result = await cli.run(["create", "x", "-w", file]);
  assert.equal(result.code, 2);
  assert.match(result.stderr, /is not a folder/);
});

test("a workspace that went away after create", async (t) => {
  const cli = openFakeCli(t);
  const gone = cli.sandbox.addWorkspace("gone");
  assert.equal((await cli.run(["create", "x", "-w", gone])).code, 0);
  rmSync(gone, { recursive: true });
  const result = await cli.run(["send", "x", "hi", "-w", gone, "--json"]);
  assert.equal(result.json.error?.code, "folder_missing");
  mkdirSync(gone);
  assert.equal((await cli.run(["send", "x", "hi", "-w", gone])).code, 0);
});

test("help begins with examples, names the exit codes, and fits a terminal", async (t) => {
  const cli = openFakeCli(t);
  const commandsOf = async (...command: string[]): Promise<string[][]> => {
    const { stdout } = await cli.here([...command, "--help"], { plain: true });
    // Only the program itself has its commands under several headings.
    const headings = command.length > 0 ? /^Commands:/ : /^(?!Examples|Options|Exit codes).*:\n/;
    const sections = stdout.split(/^(?=\S.*:$)/m).filter((text) => headings.test(text));
    const names = [...sections.join("").matchAll(/^ {2}([a-z-]+)(?:, [a-z]+)? {2,}\S/gm)].map(
      ([, name = ""]) => name,
    );
    const below = names.filter((name) => name !== "help").map((name) => commandsOf(...command, name));
    return [command, ...(await Promise.all(below)).flat()];
  };
  const all = await commandsOf();
  assert.ok(all.length > 20 && all.some((command) => command.join(" ") === "role set"), String(all));
  for (const command of all) {
    const args = [...command, "--help"];
    const help = await cli.here(args, { plain: true });
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^Examples:\n {2}agent-sessions /);
    assert.equal(help.stderr, "");
    // What is there to be pasted stays on one line.
    const prose = help.stdout.split("\n").filter((line) => !/^ {2}(?! ).*(agent-sessions|tbc) /.test(line));
    assert.deepEqual(
      prose.filter((line) => line.length > 80),
      [],
      command.join(" "),
    );
  }
  const same = [
    ["help role set", "role set --help"],
    ["help skills install", "skills install --help"],
    ["help send x", "send --help"],
    ["help help", "--help"],
  ].map((lines) => lines.map((line) => cli.here(line.split(" "), { plain: true })));
  for (const [asked, direct] of same) assert.equal((await asked)?.stdout, (await direct)?.stdout);
  const whole = (await cli.run(["--help"])).stdout;
  assert.match(whole, /Exit codes:\n {2}0 done/);
  assert.deepEqual(
    whole.split("\n").filter((line) => line.length > 80),
    [],
  );
  assert.match((await cli.run(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test("standard input that can't be read is told of like a prompt file", async (t) => {
  const { sandbox } = openFakeCli(t);
  const argv = ["sh", "-c", '"$@" < /', "sh", process.execPath, CLI, "send", "taken", "-", "--json"];
  const failed = await run(argv, { cwd: sandbox.workspace, env: sandbox.with({}) });
  assert.deepEqual([failed.code, failed.stderr], [2, ""]);
  const { error } = JSON.parse(failed.stdout);
  assert.deepEqual([error.code, error.message], ["usage", "Standard input is a folder."]);
});

test("a bare call is answered with the help, and the version is told in every way that people try", async (t) => {
  const cli = openFakeCli(t);
  const bare = await cli.here([]);
  assert.deepEqual([bare.code, bare.stderr], [0, ""]);
  assert.equal(bare.stdout, (await cli.here(["--help"])).stdout);
  const { stdout: version } = await cli.here(["--version"]);
  assert.match(version, /^\d+\.\d+\.\d+\n$/);
  for (const words of [["-v"], ["-V"], ["version"]]) {
    const told = await cli.here(words);
    assert.deepEqual([told.code, told.stdout], [0, version], words.join(" "));
  }
});

test("help explains the environment, the exit codes and the JSON, within 80 columns", async (t) => {
  const cli = openFakeCli(t);
  const help = async (...words: string[]) => (await cli.here(["help", ...words], { plain: true })).stdout;
  const topics = /^More: help (.*)$/m.exec(await help())?.[1]?.split(", help ") ?? [];
  assert.deepEqual(topics, ["environment", "exit-codes", "json"]);
  for (const topic of topics) {
    const text = await help(topic);
    assert.ok(text.length > 500 && text.split("\n").every((line) => line.length <= 80), topic);
  }
  const codes = await help("exit-codes");
  for (const { code, exit } of cases)
    assert.match(codes, new RegExp(`^ +(${exit} +)?${code}\\b`, "m"), `${code}: ${codes}`);
  const environment = await help("environment");
  for (const name of ["AGENT_SESSIONS_HOME", ...STORE_VARIABLES])
    assert.match(environment, new RegExp(`^ {2}${name}$|^ {2}${name} `, "m"), name);
  const json = await help("json");
  for (const outcome of OUTCOMES) assert.match(json, new RegExp(`\\b${outcome}\\b`), outcome);
});
