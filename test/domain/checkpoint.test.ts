import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { newCheckpoint, noteSighting, saveByHand } from "../../src/domain/checkpoint/changes.ts";
import { chooseCheckpoint, isCheckpointId } from "../../src/domain/checkpoint/choose.ts";
import { clip } from "../../src/domain/checkpoint/clip.ts";
import { formatCheckpoint, parseCheckpoint } from "../../src/domain/checkpoint/format.ts";
import { readGitStatus } from "../../src/domain/checkpoint/git-state.ts";
import { todosAfter } from "../../src/domain/checkpoint/todos.ts";

const at = "2026-11-21T10:00:00.000Z";

function seen(sessionId: string, when = at) {
  return noteSighting(undefined, {
    sessionId,
    at: when,
    event: "UserPromptSubmit",
    agent: "claude",
    cwd: "/w",
    prompt: "hello",
  });
}

test("a checkpoint is read as it was written, with what others have put into it", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "binary" }),
      fc.boolean(),
      fc.dictionary(fc.stringMatching(/^x[a-z]{1,5}$/), fc.jsonValue()),
      (prompt, answer, isByHand, others) => {
        let checkpoint = noteSighting(
          { ...newCheckpoint("id", at), others },
          { sessionId: "id", at, event: "Stop", agent: "codex", cwd: "/w", prompt, answer },
        );
        if (isByHand) checkpoint = saveByHand(checkpoint, answer, at);
        const text = formatCheckpoint(checkpoint);
        assert.equal(formatCheckpoint(parseCheckpoint(text) ?? newCheckpoint("lost", at)), text);
      },
    ),
  );
});

test("the first line of a summary may name the task, in the ways models write it", () => {
  const save = (answer: string) => {
    const { lastTask, summary } = saveByHand(seen("id"), answer, at);
    return [lastTask, summary];
  };
  assert.deepEqual(save("Task: port it\n\nHalf done."), ["port it", "Half done."]);
  assert.deepEqual(save("**Task:** port it\nHalf done."), ["port it", "Half done."]);
  assert.deepEqual(save("Half done.\nTask: no"), ["hello", "Half done.\nTask: no"]);
  assert.deepEqual(save("Task: all there is"), ["all there is", "Task: all there is"]);
});

test("an id is chosen whole, by its beginning where that is enough, or as the latest", () => {
  const all = [seen("aa1", "2026-01-01T00:00:00Z"), seen("aa12", "2026-01-03T00:00:00Z"), seen("b", at)];
  const choose = (wanted: string, own?: string) => {
    const choice = chooseCheckpoint(wanted, all, own);
    return choice.checkpoint?.sessionId ?? choice.problem;
  };
  assert.deepEqual(
    ["aa1", "aa12", "aa", "b", "c", "latest"].map((wanted) => choose(wanted)),
    ["aa1", "aa12", "several", "b", "none", "b"],
  );
  assert.equal(choose("latest", "b"), "aa12");
  for (const wanted of ["", "..", ".", "a/b", "../b", "a b", "a\nb", "-a", ".b", "a..b", "a".repeat(129)]) {
    assert.equal(choose(wanted), "not an id", wanted);
    assert.equal(isCheckpointId(wanted), false, wanted);
  }
});

test("a cut text has its length, and whole characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 5, max: 40 }), (words, most) => {
      const cut = clip(words, most);
      assert.ok(cut.length <= most);
      assert.ok(cut.isWellFormed());
      if (words.length <= most) assert.equal(cut, words);
    }),
  );
});

test("to-dos are those of the last list, and tasks as they were made and changed", () => {
  const call = (name: string, input: unknown) =>
    JSON.stringify({ type: "assistant", message: { content: [{ type: "tool_use", name, input }] } });
  const list = (...done: boolean[]) => ({
    todos: done.map((isDone, at) => ({ content: `todo ${at}`, status: isDone ? "completed" : "pending" })),
  });
  const old = JSON.stringify({
    ...JSON.parse(call("TodoWrite", list(false, false))),
    type: "api-request-blob",
  });
  const lines = [
    "torn TodoWrite",
    call("TodoWrite", list(false, false)),
    call("TodoWrite", list(true, false)),
    old,
  ];
  assert.deepEqual(
    todosAfter(lines, [])?.map(({ isDone }) => isDone),
    [true, false],
  );
  const made = (id: string, subject: string) =>
    JSON.stringify({ type: "user", toolUseResult: { task: { id, subject } } });
  const before = [{ id: "1", text: "first", isDone: false }];
  const tasks = [
    made("2", "second"),
    made("3", "third"),
    call("TaskUpdate", { taskId: "1", status: "completed" }),
    call("TaskUpdate", { taskId: "2", status: "in_progress", subject: "second, renamed" }),
    call("TaskUpdate", { taskId: "3", status: "deleted" }),
  ];
  const after = [
    { id: "1", text: "first", isDone: true },
    { id: "2", text: "second, renamed", isDone: false },
  ];
  assert.deepEqual(todosAfter(tasks, before), after);
  // The tail of a transcript is read again at every sign of life.
  assert.deepEqual(todosAfter(tasks, after), after);
  const plan = {
    plan: [
      { step: "one", status: "completed" },
      { step: "two", status: "in_progress" },
    ],
  };
  const codex = { payload: { type: "function_call", name: "update_plan", arguments: JSON.stringify(plan) } };
  assert.deepEqual(todosAfter([JSON.stringify(codex)], []), [
    { text: "one", isDone: true },
    { text: "two", isDone: false },
  ]);
  assert.equal(todosAfter(['{"type":"user"}'], before), undefined);
});

test("git's words for programs are read, also before the first commit and off any branch", () => {
  const none = readGitStatus("# branch.oid (initial)\0# branch.head (detached)\0");
  assert.deepEqual(none, { changedFiles: [], moreChangedFiles: 0 });
  const many = Array.from({ length: 50 }, (_, at) => `? file ${at}\0`).join("");
  const { changedFiles, moreChangedFiles } = readGitStatus(`# branch.oid abc\0# branch.head main\0${many}`);
  assert.deepEqual([changedFiles.length, changedFiles[3], moreChangedFiles], [40, "file 3", 10]);
});
