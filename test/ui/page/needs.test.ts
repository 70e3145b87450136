import assert from "node:assert/strict";
import test from "node:test";
import { sectionsOf, waitingGates } from "../../../src/ui/page/needs.ts";
import type { Listed, RunningTurn } from "../../../src/ui/page/types.ts";

const WHICH = { agent: "claude", workspace: "/w" };
const BARE = {
  last_used_at: null,
  created_at: null,
  busy_since: null,
  doing: null,
  queued: 0,
  turns: 1,
  session_id: "s",
};
const WORDS = { last_outcome: null, last_prompt: null, last_answer: null };

function listed(name: string, state: Listed["state"]): Listed {
  return { ...WHICH, ...BARE, ...WORDS, name, state };
}

function turn(name: string | null, reason: string, turn_id: string): RunningTurn {
  const rest = {
    since: "2026-01-01T00:00:00Z",
    doing: null,
    output_bytes: 0,
    tokens: null,
    stalled: false,
    problem: null,
  };
  return { ...WHICH, ...rest, name, reason, turn_id };
}

test("what needs a person comes first, in the order of the list", () => {
  const states = [
    "free",
    "queued",
    "running",
    "unread",
    "lost",
    "failed",
    "window",
    "free",
    "failed",
  ] as const;
  const names = states.map((state, at) => listed(`n${at}`, state));
  const sections = sectionsOf({ names, creating: [], turns: [] });
  assert.deepEqual(
    sections.map(({ kind, entries }) => [kind, entries.map(({ name }) => name)]),
    [
      ["failed", ["n5", "n8"]],
      ["lost", ["n4"]],
      ["unread", ["n3"]],
      ["running", ["n2", "n6"]],
      ["queued", ["n1"]],
      ["free", ["n0", "n7"]],
    ],
  );
});

test("a conversation has the turn that runs in it, not the one that waits behind; one that begins runs", () => {
  const turns = [
    turn("x", "running", "t1"),
    turn("x", "queued", "t2"),
    turn("y", "running", "t3"),
    turn(null, "running", "t4"),
  ];
  const creating = [{ ...WHICH, name: "y", since: "2026-01-01T00:00:00Z" }];
  const running = sectionsOf({ names: [listed("x", "running")], creating, turns })[3];
  assert.deepEqual(
    running?.entries.map(({ name, turn: found }) => [name, found?.turn_id]),
    [
      ["y", "t3"],
      ["x", "t1"],
    ],
  );
});

test("only gates that wait need an answer", () => {
  const gate = { id: "a", workspace: "/w", asked_at: "", sha256: "" };
  const gates = [
    { ...gate, state: "approved" as const },
    { ...gate, id: "b", state: "waiting" as const },
  ];
  assert.deepEqual(
    waitingGates({ gates }).map(({ id }) => id),
    ["b"],
  );
});
