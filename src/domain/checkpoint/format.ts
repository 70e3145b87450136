import { parseJson } from "../parse-json.ts";
import { flag, list, maybe, number, object, oneOf, type Read, record, text } from "../shape.ts";
import { withoutUndefined } from "../without-undefined.ts";
import { type AutomaticState, CHECKPOINT_AGENTS, type Checkpoint } from "./checkpoint.ts";

const exchange = object({ at: text, prompt: text, answer: maybe(text) });
const todo = object({ id: maybe(text), text, done: flag });
const git = object({
  branch: maybe(text),
  commit: maybe(text),
  changed_files: list(text),
  more_changed_files: number,
});
const automaticShape = object({
  at: text,
  event: text,
  agent: oneOf(CHECKPOINT_AGENTS),
  cwd: text,
  first_prompt: maybe(text),
  exchanges: list(exchange),
  todos: list(todo),
  git: maybe(git),
  git_rests_until: maybe(text),
  transcript_path: maybe(text),
});

const OURS = [
  "session_id",
  "saved_at",
  "last_task",
  "summary",
  "saved_by",
  "ended_at",
  "awaiting",
  "resumed_from",
  "automatic",
];

/**
 * Parses the text of a checkpoint file, written by us or by the original plugin's model. Undefined for
 * anything else: such a file is not ours and is left alone.
 */
export function parseCheckpoint(content: string): Checkpoint | undefined {
  const fields = record(parseJson(content));
  if (fields === undefined || text(fields.session_id) === undefined) return undefined;
  const automatic = automaticShape(fields.automatic);
  // A state that can't be parsed is of another version: we must not replace it.
  if (fields.automatic !== undefined && automatic === undefined) return undefined;
  return withoutUndefined({
    sessionId: text(fields.session_id) ?? "",
    savedAt: text(fields.saved_at) ?? "",
    lastTask: text(fields.last_task) ?? "",
    summary: text(fields.summary) ?? "",
    isByHand: fields.saved_by !== "hook",
    endedAt: text(fields.ended_at),
    awaiting: oneOf(["summary", "talk"])(fields.awaiting),
    resumedFrom: text(fields.resumed_from),
    automatic: automatic === undefined ? undefined : readAutomatic(automatic),
    others: Object.fromEntries(Object.entries(fields).filter(([key]) => !OURS.includes(key))),
  });
}

function readAutomatic(found: Read<typeof automaticShape>): AutomaticState {
  return withoutUndefined({
    at: found.at,
    event: found.event,
    agent: found.agent,
    cwd: found.cwd,
    firstPrompt: found.first_prompt,
    exchanges: found.exchanges,
    todos: found.todos.map(({ id, text: words, done }) =>
      withoutUndefined({ id, text: words, isDone: done }),
    ),
    git:
      found.git === undefined
        ? undefined
        : withoutUndefined({
            branch: found.git.branch,
            commit: found.git.commit,
            changedFiles: found.git.changed_files,
            moreChangedFiles: found.git.more_changed_files,
          }),
    gitRestsUntil: found.git_rests_until,
    transcriptPath: found.transcript_path,
  });
}

/** Formats the text of a checkpoint file: the original's keys at the top, two spaces of indentation. */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { automatic, others } = checkpoint;
  const fields = {
    session_id: checkpoint.sessionId,
    saved_at: checkpoint.savedAt,
    last_task: checkpoint.lastTask,
    summary: checkpoint.summary,
    ended_at: checkpoint.endedAt,
    saved_by: checkpoint.isByHand ? "hand" : "hook",
    awaiting: checkpoint.awaiting,
    resumed_from: checkpoint.resumedFrom,
    automatic: automatic && automaticFields(automatic),
    ...others,
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function automaticFields(state: AutomaticState) {
  return {
    at: state.at,
    event: state.event,
    agent: state.agent,
    cwd: state.cwd,
    first_prompt: state.firstPrompt,
    exchanges: state.exchanges,
    todos: state.todos.map(({ id, text: words, isDone }) => ({ id, text: words, done: isDone })),
    git: state.git && {
      branch: state.git.branch,
      commit: state.git.commit,
      changed_files: state.git.changedFiles,
      more_changed_files: state.git.moreChangedFiles,
    },
    git_rests_until: state.gitRestsUntil,
    transcript_path: state.transcriptPath,
  };
}
