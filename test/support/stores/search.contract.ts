import assert from "node:assert/strict";
import nodeTest, { type TestContext } from "node:test";
import { WordFinder } from "../../../src/domain/search/match.ts";
import { wordsToFind } from "../../../src/domain/search/words.ts";
import type { TurnEnded } from "../../../src/domain/session/session.ts";
import { until } from "../until.ts";
import type { StoreInTest } from "./store.contract.ts";

/** What was said in each conversation, the first turn first: prompt and answer. */
const SAID: Readonly<Record<string, readonly [string, string][]>> = {
  claude: [
    ["Where is the rounding done?", "In src/money.ts, by ROUND half up."],
    ['He said "half-even", \\ and left', "a\ttab and a\nline"],
    ["Gru\u0308ße aus Köln", "ÇA VA? l'été İstanbul ſtraße"],
  ],
  codex: [
    ["四捨\n五入はどこ", "ここです。"],
    ["nothing of it", "\u0000 and \ud800 alone, and an emoji 🧮"],
    ["ROUNDING again", "half up"],
  ],
  copilot: [["half", "up"]],
};

const QUERIES: readonly string[][] = [
  ["round"],
  ["ROUND", "half"],
  ["half", "up"],
  ['"half-even"'],
  ["\\"],
  ["a tab"],
  ["grüße"],
  ["GRU\u0308SSE"],
  ["köln", "ÇA"],
  ["été"],
  ["四捨五入"],
  ["ここ"],
  ["🧮"],
  ["\ud800"],
  ["nowhere"],
  ["half", "nowhere"],
];

/**
 * What a search may expect of every store: whatever a store leaves unread, the answer is that of one which reads everything.
 * `open` is as for `testStore`.
 */
export function testSearch(
  title: string,
  open: (t: TestContext) => StoreInTest | undefined | Promise<StoreInTest | undefined>,
): void {
  nodeTest(`${title}: a search finds what reading everything finds, in the same order`, async (t) => {
    const opened = await open(t);
    if (opened === undefined) return;
    const { store } = opened;
    const written: TurnEnded[] = [];
    for (const [agent, turns] of Object.entries(SAID)) {
      const key = { agent, sessionId: `session of ${agent}` };
      const { journal } = store.session(key);
      for (const [prompt, text] of turns) {
        const before = Date.now();
        // Two conversations that were written within a tick of the file system's clock are in no order.
        await until(() => Date.now() > before + 20, { what: "the next tick" });
        const at = new Date().toISOString();
        const turn = {
          turnId: `${agent}-${written.length}`,
          at,
          startedAt: at,
          name: "x",
          outcome: "succeeded" as const,
          continuity: "native" as const,
          prompt,
          text,
        };
        written.push(turn);
        await journal.append(turn);
      }
    }
    const agents = Object.keys(SAID).reverse();
    for (const given of QUERIES)
      for (const agent of [undefined, ...agents]) {
        const words = wordsToFind(given);
        const finder = new WordFinder(words);
        const has = ({ prompt = "", text = "" }: TurnEnded) =>
          finder.areAllIn([prompt, text].map((one) => one.normalize("NFC")));
        const expected = agents.flatMap((one) =>
          agent === undefined || agent === one
            ? written.filter((turn) => turn.turnId.startsWith(`${one}-`) && has(turn)).reverse()
            : [],
        );
        const found: TurnEnded[] = [];
        const order: number[] = [];
        const problems: unknown[] = [];
        for await (const { key, writtenMs, turns } of opened
          .another()
          .turnsWith({ words, agent }, (error) => problems.push(error))) {
          order.push(writtenMs);
          for (const turn of turns) {
            assert.equal(turn.turnId.split("-")[0], key.agent);
            assert.ok(Date.parse(turn.at) <= writtenMs + 20, "no turn has ended later");
            if (has(turn)) found.push(turn);
          }
        }
        const told = `${JSON.stringify(given)} of ${agent ?? "all"}`;
        assert.deepEqual(found, expected, told);
        assert.deepEqual(
          order,
          order.toSorted((left, right) => right - left),
          told,
        );
        assert.deepEqual(problems, []);
      }
  });
}
