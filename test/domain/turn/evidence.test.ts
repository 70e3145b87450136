import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import type { TranscriptEvent } from "../../../src/domain/agent/transcript.ts";
import { type Before, evidenceIn } from "../../../src/domain/turn/evidence.ts";

const prompt = (text: string, messageId?: string, parentId?: string): TranscriptEvent => ({
  type: "prompt",
  text,
  ...(messageId === undefined ? {} : { messageId }),
  ...(parentId === undefined ? {} : { parentId }),
});
const answer = (text: string, parentId?: string, messageId?: string): TranscriptEvent => ({
  type: "answer",
  text,
  isFinal: true,
  ...(messageId === undefined ? {} : { messageId }),
  ...(parentId === undefined ? {} : { parentId }),
});
const TRUNK: ReadonlySet<string> = new Set(["t1", "t2"]);
const COPY = [prompt("go on", "t1"), answer("old", "t1", "t2")];

const cases: [string, TranscriptEvent[], Before, ReturnType<typeof evidenceIn>][] = [
  ["nothing behind the mark", [], "history", { hasPrompt: false }],
  ["ours, cut off", [prompt("go on")], "history", { hasPrompt: true }],
  ["ours, answered", [prompt(" go on\n"), answer("yes")], "history", { hasPrompt: true, answer: "yes" }],
  ["others' alone", [prompt("hi"), answer("hello")], "history", { hasPrompt: false }],
  ["the end of a turn before ours", [answer("old")], "history", { hasPrompt: false }],
  [
    "ours behind others'",
    [prompt("hi"), answer("hello"), prompt("go on"), answer("yes")],
    "history",
    { hasPrompt: true, answer: "yes" },
  ],
  [
    "ours, cut off, and the same words said again",
    [prompt("go on"), prompt("go on"), answer("theirs")],
    "history",
    { hasPrompt: true, isOvertaken: true },
  ],
  [
    "two at once, mixed in the file",
    [prompt("go on", "a", "x"), prompt("hi", "b", "x"), answer("ours", "a", "c"), answer("theirs", "b", "d")],
    "history",
    { hasPrompt: true, isOvertaken: true, answer: "ours" },
  ],
  ["a new conversation", [prompt("go on"), answer("yes")], "nothing", { hasPrompt: true, answer: "yes" }],
  ["one that is not as new as it should be", [prompt("hi"), prompt("go on")], "nothing", undefined],
  ["a fork that has nothing but the copy", COPY, TRUNK, { hasPrompt: false }],
  ["a fork that was cut off", [...COPY, prompt("go on", "f", "t2")], TRUNK, { hasPrompt: true }],
  [
    "a fork that was answered, behind something that is no message",
    [
      ...COPY,
      { type: "link", messageId: "l", parentId: "t2" },
      prompt("go on", "f", "l"),
      answer("new", "f", "g"),
    ],
    TRUNK,
    { hasPrompt: true, answer: "new" },
  ],
  [
    "a fork whose answer hangs on nothing, after a compaction",
    [...COPY, prompt("go on", "f", "t2"), { type: "link", messageId: "l" }, answer("new", "l", "g")],
    TRUNK,
    { hasPrompt: true, answer: "new" },
  ],
  ["a copy under ids of its own", [prompt("go on", "n1"), answer("old", "n1", "n2")], TRUNK, undefined],
  ["a copy without ids", [prompt("go on"), answer("old")], TRUNK, undefined],
];

for (const [what, events, before, expected] of cases)
  test(`evidence of a turn: ${what}`, () =>
    assert.deepEqual(evidenceIn(events, { text: "go on" }, before), expected));

/** Who said what, as only the test knows. */
interface Said {
  event: TranscriptEvent;
  isOurs: boolean;
}

const WORDS = ["go on", "hi", " go on "];

/** Foreign turns and ours, if it came to be written, before and behind the mark and mixed; as a tree or without ids. */
const anyTranscript = fc
  .record({
    isTree: fc.boolean(),
    hasOurs: fc.boolean(),
    ourAnswer: fc.boolean(),
    others: fc.array(fc.record({ text: fc.constantFrom(...WORDS), answered: fc.boolean() }), {
      maxLength: 4,
    }),
    copied: fc.array(fc.constantFrom(...WORDS), { maxLength: 3 }),
    order: fc.infiniteStream(fc.nat(7)),
  })
  .map(({ isTree, hasOurs, ourAnswer, others, copied, order }) => {
    let count = 0;
    const turn = (isOurs: boolean, text: string, parent: string, isAnswered: boolean): Said[] => {
      count += 1;
      const id = `m${count}`;
      const ids = isTree ? { messageId: id, parentId: parent } : {};
      const below = isTree ? { messageId: `${id}a`, parentId: id } : {};
      const said = `${isOurs ? "ours" : "theirs"} ${id}`;
      return [
        { isOurs, event: { type: "prompt", text, ...ids } },
        ...(isAnswered
          ? [{ isOurs, event: { type: "answer" as const, text: said, isFinal: true, ...below } }]
          : []),
      ];
    };
    const history = copied.flatMap((text) => turn(false, text, "root", true));
    const last = history.at(-1)?.event;
    const top = last !== undefined && last.type !== "forked" ? (last.messageId ?? "root") : "root";
    const ours = hasOurs ? turn(true, "go on", top, ourAnswer) : [];
    // Whoever comes behind our turn began; with our words only behind ours, else nobody could tell them apart.
    const queues = [ours, ...others.map(({ text, answered }) => turn(false, text, top, answered))];
    const behind: Said[] = [];
    for (const pick of order) {
      const open = queues.filter((queue) => queue.length > 0);
      const chosen = open[pick % Math.max(1, open.length)];
      if (chosen === undefined) break;
      // Without a tree one turn ends before the next begins.
      behind.push(...(isTree ? chosen.splice(0, 1) : chosen.splice(0)));
    }
    return { history, behind, isTree };
  });

test("evidence of a turn is never an answer that is not below our own prompt behind the mark", () => {
  fc.assert(
    fc.property(anyTranscript, ({ history, behind, isTree }) => {
      const isTwin = ({ event }: Said) => event.type === "prompt" && event.text.trim() === "go on";
      const firstTwin = behind.find(isTwin);
      const mayBeTold = firstTwin === undefined || firstTwin.isOurs;
      const events = [...history, ...behind].map(({ event }) => event);
      const copied = new Set(
        history.flatMap(({ event }) => ("messageId" in event && event.messageId ? [event.messageId] : [])),
      );
      const ways: [TranscriptEvent[], Before][] = [[behind.map(({ event }) => event), "history"]];
      if (history.length === 0) ways.push([events, "nothing"]);
      else ways.push([events, copied]);
      for (const [seen, before] of ways) {
        const evidence = evidenceIn(seen, { text: "go on" }, before);
        if (before instanceof Set && !isTree) assert.equal(evidence, undefined);
        // The one limit: the same words, said by somebody else after our turn began and before ours were written.
        if (!mayBeTold) continue;
        const told = behind.find(({ event }) => event.type === "answer" && event.text === evidence?.answer);
        if (evidence?.answer !== undefined) assert.equal(told?.isOurs, true, evidence.answer);
        if (evidence !== undefined)
          assert.equal(
            evidence.hasPrompt,
            behind.some(({ isOurs }) => isOurs),
            "the prompt",
          );
      }
    }),
    { numRuns: 500 },
  );
});

test("a prompt with an id is known by it, whatever its words and whoever else says them", () => {
  const wanted = { promptId: "p" };
  const by = { isIdentified: true } as const;
  const said: [string, TranscriptEvent[], ReturnType<typeof evidenceIn>][] = [
    ["nothing", [], { hasPrompt: false, ...by }],
    ["the same words of others", [prompt("go on", "o"), answer("theirs", "o")], { hasPrompt: false, ...by }],
    [
      "ours between others'",
      [prompt("go on", "o"), answer("theirs", "o"), prompt("go on", "p", "o"), answer("ours", "p", "q")],
      { hasPrompt: true, answer: "ours", ...by },
    ],
    [
      "a command, which is written in another form",
      [{ type: "link", messageId: "p" }],
      { hasPrompt: true, ...by },
    ],
    [
      "overtaken",
      [prompt("go on", "p"), prompt("go on", "o", "p"), answer("theirs", "o")],
      { hasPrompt: true, isOvertaken: true, ...by },
    ],
  ];
  for (const [what, events, expected] of said)
    assert.deepEqual(evidenceIn(events, wanted, "history"), expected, what);
});
