/** Why a test says nothing about a store that machines share. */
const REASONS = {
  files: "looks at or changes files of the state home, which are rows there",
  mapping: "is about mapping files of the original scripts, which are a matter of one machine",
  window: "opens an agent's window, which is a matter of one machine",
  travel: "exports or imports a file, which is a matter of one machine",
  keeper: "is about keepers, which are a matter of one machine",
  onEnd: "starts a program at the end of a turn, which is a matter of one machine",
  nameless: "is about a conversation without a name, which is a matter of one machine",
  otherAgent: "asks an agent whose conversations stay on one machine",
  rebind: "moves names to another folder, which is a matter of one machine",
  forkTurn: "forks by copying a file of this machine, without a turn; over a store a fork has one",
  process: "tells the process of the agent, which is on the worker's machine",
  foreign:
    "sends while a window or a turn of others has the conversation; only its worker sees that, and waits for it in the line",
  lock: "frees what a process of a lost machine holds; over a store its lease ends, and there is nothing to free",
  dropIn: "runs a drop-in or a skill, which can't use a store",
  chosen: "knows the id of a conversation before that has begun, which its worker alone knows",
  environment: "gives the agent an environment of its own; the agent of a worker has that of the worker",
  inAgent: "runs our commands in an agent, which gets no address of the store",
  remote: "uses a folder without a git remote, which other machines can't know",
  identity: "names folders of other places by their paths, which are called by their identity there",
  ownProcess: "kills or suspends the process that runs the agent, which is the worker's",
  transcript: "changes the agent's transcript, which a worker makes what was recorded",
  place: "counts on the place in which a conversation began, which is the folder that was adopted into there",
  watched: "is about the folders that the server of the page watches; it asks a store every two seconds",
  attendant: "kills the process that keeps a turn which waits; over a store a worker takes what waits",
  accepted: "ends a command that waits, which is no turn yet; over a store its turn is in the line, and runs",
  start: "says what a start loads where no store is set",
  waiting: "tells a turn whose caller waits from a queued one; on a line both are queued",
} as const;

type Reason = keyof typeof REASONS;

/** The tests of test/cli and test/library that are no part of the run over a store: whole files, or tests by their name. */
export const EXCEPTIONS: Record<string, Reason | Record<string, Reason>> = {
  "test/cli/adopt.test.ts": {
    "the agents' own conversations of a folder are listed, newest first, and named": "remote",
    "a conversation that is adopted goes on, survives its agent's sweep, and costs what we asked":
      "transcript",
    "what stands in the way of an adoption is said, and nothing is named": "place",
    "a name that another tool has spelt in another normal form is found, and is what adopt --replace tells":
      "mapping",
    "a conversation that is at work can be adopted, and one that a create is about to name is no newest":
      "chosen",
  },
  "test/cli/background.test.ts": {
    "who is killed in the line leaves no gap": "accepted",
    "turns left to the background and sends that wait go in order of arrival": "waiting",
    "a background process killed in mid-turn costs nothing but its attention": "ownProcess",
    "attach replays what the agent did in a send, a create and a fork, and of a turn without a name nothing is kept":
      "files",
    "a deadline whose command was killed is kept by the next one that meets the turn": "ownProcess",
    "a turn from before a /clear is found by its id, also when its folder has gone and under every name it had":
      "environment",
    "a suspended command in the line does not hold up those behind it": "ownProcess",
    "a conversation that somebody else holds keeps a wait to its timeout": "files",
  },
  "test/cli/break-lock.test.ts": "lock",
  "test/cli/budget.test.ts": {
    "the budget belongs to the name, whatever it is called and points at": "files",
    "every way to a turn is checked, and --over-budget goes over it once": "nameless",
    "what is added up once is not read again": "files",
    "what is wrong with one name's budget or journal keeps no list from being shown": "files",
  },
  "test/cli/config-turns.test.ts": {
    "a fork, and what replaces a lost conversation, are started as their parent was, also without a wrapper":
      "files",
    "a fork under a variable of the environment keeps what its parent remembers": "files",
  },
  "test/cli/first-turns-wait.test.ts": "attendant",
  "test/cli/start.test.ts": {
    "a start loads no file of a rare command, and of Node only what every command needs": "start",
  },
  "test/cli/completion.test.ts": {
    // The worker beside it makes the state home.
    "verbs, options and closed sets come from the commands themselves": "files",
    "names, removed names, turns and models are those of the place that was typed, and nothing is changed":
      "mapping",
    "where the state can't be read, or there is none, there are no candidates": "files",
  },
  "test/cli/durability.test.ts": {
    "strace: what a create, a send, a replace and a remove acknowledge is on the disk before": "files",
    "strace: a detached turn is on the disk before it is acknowledged": "files",
    "strace: a log that somebody made and died gets its name onto the disk by the next writer": "files",
  },
  "test/cli/export.test.ts": {
    "an export is one private file that people can read, without what only holds here": "travel",
    "an export replaces nothing that is there, unless it is asked to, and leaves nothing beside it": "travel",
    "a conversation in which a turn runs is not exported": "travel",
  },
  "test/cli/foreign-writers.test.ts": {
    "a window counts while its process lives, not while another one has its number": "foreign",
    "who is busy with somebody else's turn, and who waits for it, is told by all alike": "foreign",
    "what Claude's background service holds is refused like a window, also before it is up; no option sends past it":
      "foreign",
    "the process of a turn of our own is nobody else's, whatever it writes down": "process",
  },
  "test/cli/gc.test.ts": {
    "claude: a conversation without a name goes after 30 days; its lock and the agent's file stay": "files",
    "codex: a conversation without a name goes after 30 days; its lock and the agent's file stay": "files",
    "a transcript that only we still have is counted as freed": "files",
    "a name that was taken away lately keeps its conversation for a restore": "files",
    "a conversation that is used in the agent's own window is not forgotten": "files",
    "names of every workspace keep their conversations": "files",
    "what a conversation came from stays as long as the conversation itself": "environment",
    "a conversation that is in use is left alone and reported": "files",
    "a turn under way keeps the conversations that its turn.json speaks of": "files",
    "a turn under way keeps the conversations that its request.json speaks of": "files",
    "a turn under way keeps the conversations that its session.json speaks of": "files",
    "with a name log of a newer version, no conversation is removed": "files",
    "with a name log without its first line, no conversation is removed": "files",
    "with a name log that is no file, no conversation is removed": "files",
    "what a newer version has written is left alone and reported": "files",
    "a turn of a newer version under way keeps all conversations": "files",
    "a turn is kept for its retention from when it was settled": "files",
    "a removal that was cut off after record.json is no conversation, and the next gc finishes it": "files",
    "a removal that was cut off after transcript is no conversation, and the next gc finishes it": "files",
    "a removal that was cut off after journal.jsonl is no conversation, and the next gc finishes it": "files",
    "a person reads what was removed; a wrong duration is refused with an example": "files",
  },
  "test/cli/import.test.ts": "travel",
  "test/cli/keepers.test.ts": "keeper",
  "test/cli/list.test.ts": {
    "list: all folders, orders, filters and a limit": "identity",
    "a tree tells programs what each name was forked from; the bill tells one name in two folders apart":
      "identity",
    "list tells what each conversation is doing, and what was said last": "files",
  },
  "test/cli/on-end.test.ts": {
    "--on-end runs a program once with the outcome and the path of the result, for that turn alone": "onEnd",
    "a keeper runs it for a detached turn, and for one that is cancelled before it begins": "onEnd",
    "where the command of a turn was killed, the command that works out its end runs it, once": "onEnd",
    "of commands that find a killed once at the same time, one starts its program": "onEnd",
    "a program that ends at once takes nothing from the turn: its answer, its lock, its end": "onEnd",
    "the program is part of no turn, not even of the one that its caller runs in": "onEnd",
    "a command of another account ends the turn, and says which program it has not started": "onEnd",
    "a program that there is not is refused before anything runs": "onEnd",
  },
  "test/cli/open.test.ts": "window",
  "test/cli/planted-config.test.ts": {
    "a planted settings file changes nothing that is run or opened, and widens no access": "onEnd",
    "whoever breaks a repository's file keeps nobody from what runs no turn": "keeper",
    "the skills and the drop-ins read no settings": "dropIn",
  },
  "test/cli/request-id.test.ts": {
    "a request whose caller was killed is told how it ended, and asked again if it never began": "ownProcess",
    "a request whose caller died between its plan and its agent was never asked, and is asked now":
      "ownProcess",
    "nobody knows how it ended: told as such, and asked again only if that is wanted": "ownProcess",
    "a create whose command was killed is told how it ended; one that never began is begun now": "ownProcess",
    "send --fork-from and send --fresh with an id: what began the conversation is the turn of the request":
      "files",
    "a request for a name that another process has just begun afresh is asked in the new conversation":
      "files",
    "a detached request that was answered is known after its conversation was lost, too": "files",
  },
  "test/cli/search.test.ts": {
    "a turn is found by its prompt and its answer, with what continues it": "remote",
    "a hit says where its name is now: renamed, cleared, replaced, removed, or of two agents": "environment",
    "at a terminal, the words are marked, and nothing that an agent has said can act on it": "environment",
    "what can't be read is left out, and said": "files",
  },
  "test/cli/rebind.test.ts": "rebind",
  "test/cli/acp.test.ts": {
    'a first turn by an agent that is "plain" exits with 0': "otherAgent",
    'a first turn by an agent that is "floods" exits with 0': "otherAgent",
    'a first turn by an agent that is "no-load" exits with 2': "otherAgent",
    'a first turn by an agent that is "other-version" exits with 3': "otherAgent",
    'a first turn by an agent that is "no-id" exits with 3': "otherAgent",
    'a first turn by an agent that is "bad-id" exits with 3': "otherAgent",
    'a first turn by an agent that is "dies" exits with 3': "otherAgent",
    'a first turn by an agent that is "killed" exits with 3': "otherAgent",
    'a first turn by an agent that is "silent-success" exits with 3': "otherAgent",
    'a first turn by an agent that is "error-as-text" exits with 7': "otherAgent",
    'a first turn by an agent that is "unsigned" exits with 7': "otherAgent",
    'a first turn by an agent that is "refuses" exits with 3': "otherAgent",
    'a first turn by an agent that is "stops-early" exits with 3': "otherAgent",
    'a first turn by an agent that is "elsewhere" exits with 3': "otherAgent",
    'a first turn by an agent that is "never-ends" exits with 6': "otherAgent",
    'a first turn by an agent that is "deaf" exits with 6': "otherAgent",
    "a later turn continues the conversation or is refused, and never begins another": "otherAgent",
    "an agent of the user's own has a name, which needs no settings later": "otherAgent",
    "without a command, there is no agent to run": "otherAgent",
  },
  "test/cli/fork-copy.test.ts": {
    "a fork without a prompt starts no agent, begins with what was said by then, and has its parent's settings":
      "forkTurn",
    "a fork without a turn waits for the turn that runs in its parent": "forkTurn",
    "an on-end setting does not make a fork a turn; the option does": "forkTurn",
    "of two forks with one name, the one that comes too late leaves nothing behind": "forkTurn",
    "what others say in a fork without a turn is told apart from what was said before it": "forkTurn",
    "a last line that is not whole is not copied, and every other line only names another conversation":
      "forkTurn",
  },
  "test/cli/json.test.ts": {
    "the JSON of every verb has the keys that it had, in their order, with the same values": "process",
  },
  "test/cli/rename.test.ts": {
    "turns that run and wait follow the rename, and whoever asks finds them by either name": "waiting",
    "a /clear that ends after its name was renamed moves the new name and no other": "environment",
  },
  "test/cli/pick.test.ts": {
    "who leaves with Escape, Ctrl-C or Ctrl-D gets 130 and his terminal back, at each question": "mapping",
    "send and open without a name ask for it, keep their options, and leave the keyboard to the agent":
      "window",
  },
  "test/cli/remembered.test.ts": {
    "a name keeps the wrapper and the arguments of its last turn that succeeded, wherever it goes":
      "environment",
    "an effort that an earlier version remembered is told of, not used, and can be replaced": "files",
  },
  "test/cli/remove.test.ts": {
    "remove --all removes none where one can't be removed, and goes on beside turns": "files",
  },
  "test/cli/fresh.test.ts": {
    "a lost conversation offers --fresh, which begins a new one and says so everywhere": "files",
    "however many begin afresh at once, there is one new conversation with all their turns": "files",
    "a fresh start in the background, one that fails, and what --fresh does not go with": "files",
    "who comes second begins nothing, and minds its deadline and --if-busy while the first is at it": "files",
    "a conversation that was adopted and is lost begins afresh in the background too": "transcript",
  },
  "test/cli/terminal.test.ts": {
    "at a terminal an answer of the drop-ins acts on nothing either": "dropIn",
  },
  "test/cli/deadline.test.ts": {
    "a deadline of a create ends its patience with names that are locked": "files",
    "a limit is kept by the next command where its own was stopped, and told once that": "ownProcess",
  },
  "test/cli/history.test.ts": {
    "claude: history says where others have spoken, how often, and where that is": "transcript",
    "codex: history says where others have spoken, how often, and where that is": "transcript",
  },
  "test/cli/own-waits.test.ts": {
    "an agent whose tool would wait for its own turn is told at once: wait x": "inAgent",
    "an agent whose tool would wait for its own turn is told at once: wait x --events": "inAgent",
    "an agent whose tool would wait for its own turn is told at once: attach x": "inAgent",
    "an agent whose tool would wait for its own turn is told at once: send y ask": "inAgent",
    "of 2 agents that ask each other at once, one is told and the others are answered": "inAgent",
    "of 3 agents that ask each other at once, one is told and the others are answered": "inAgent",
    "agents that leave a turn to each other and wait for it: one is told, and no turn is lost": "inAgent",
    "who was asked in the background may ask somebody who waits for who asked him": "inAgent",
  },
  "test/cli/errors.test.ts": {
    "an agent that is not installed": "environment",
    "a workspace that went away after create": "identity",
  },
  "test/cli/place.test.ts": {
    "outside of a repository, and above its root, no name is looked for": "remote",
  },
  "test/cli/endings.test.ts": {
    "an emptied temporary folder costs no name and one line": "mapping",
  },
  "test/cli/stop-at-budget.test.ts": {
    "a turn whose command is gone is ended by the next command that finds it over its budget": "ownProcess",
  },
  "test/cli/id-prefix.test.ts": { "a conversation is found by the first characters of its id": "nameless" },
  "test/cli/schema.test.ts": {
    "a skill holds an answer to the whole schema with nothing but its own file": "dropIn",
  },
  "test/cli/output-limit.test.ts": {
    "a turn whose command is gone is ended by the next command that finds it over its limit": "ownProcess",
  },
  "test/cli/logs.test.ts": {
    "logs tells the tools of a turn with their commands and files, of a foreground turn too": "files",
  },
  "test/cli/ui.test.ts": {
    "the page is told when a turn begins anywhere, and need not ask before": "watched",
  },
  "test/cli/mcp-hostile.test.ts": {
    "no way leads above the ceiling: not a name that has more, its fork, nor what settings say":
      "environment",
  },
  "test/cli/restore.test.ts": {
    "a name of an earlier version that ends like a number of moves is a name, and can be renamed": "files",
    "a conversation that was collected is not named again, and the name log stays as it was": "files",
    "a conversation that is brought back is safe from gc, however long it was away": "files",
    "a name that only other tools have used needs no record of ours": "mapping",
  },
  "test/cli/turns.test.ts": {
    "an id that rotated with the whole history is followed, and so is /clear": "environment",
    "a lost transcript is put back; with our copy gone too, nothing is sent": "transcript",
    "a transcript that became shorter is refused until told otherwise; a longer one is reported":
      "transcript",
  },
  "test/library/conversation.test.ts": {
    "forks, also for the first message of a name, and what failed is tried again": "nameless",
    "the house can be kept in order": "files",
  },
  "test/library/travel.test.ts": {
    "import by the library: what a file brings is shown, and refused until it is accepted": "travel",
  },
  "test/library/turn.test.ts": {
    "a slow loop loses nothing and holds nobody up": "files",
    "a signal that comes before the turn begins throws, and nothing is sent": "waiting",
  },
};

/** Returns why a test is no part of that run; undefined if it is. */
export function exceptionOf(file: string, name: string): string | undefined {
  const found = EXCEPTIONS[file];
  const reason = typeof found === "object" ? found[name] : found;
  return reason && REASONS[reason];
}

/** Returns the tests of a file that are excepted by their name. */
export function namesExcepted(file: string): string[] {
  const found = EXCEPTIONS[file];
  return typeof found === "object" ? Object.keys(found) : [];
}
