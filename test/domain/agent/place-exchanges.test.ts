import assert from "node:assert/strict";
import test from "node:test";
import {
  exchangesOfOthers,
  type PlacedTurn,
  placeExchanges,
} from "../../../src/domain/agent/place-exchanges.ts";

const exchanges = ["old", "go", "queued", "go", "late"].map((prompt, at) => ({ prompt, at: at * 10 }));
const turn = (end: number, isThere = true): PlacedTurn => ({
  prompt: "go ",
  end,
  isThere,
});

const CASES: [name: string, turns: PlacedTurn[], counts: number[] | undefined][] = [
  ["no turn of ours", [], [5]],
  ["the last of the same words is ours", [turn(40)], [3, 1]],
  ["others between two of ours", [turn(20), turn(40)], [1, 1, 1]],
  ["others who were faster than the end of our turn", [turn(20), turn(50)], [1, 1, 1]],
  ["one that never came to be asked", [turn(20), turn(40, false)], [1, 2, 1]],
  ["one of which nobody knows", [{ ...turn(10), isThere: undefined }, turn(20)], [1, 0, 3]],
  ["a place that is none any more", [turn(10), turn(40)], undefined],
];
for (const [name, turns, counts] of CASES)
  test(`exchanges of others are told from turns of ours: ${name}`, () => {
    const places = placeExchanges(exchanges, turns);
    assert.deepEqual(
      places?.map(({ length }) => length),
      counts,
    );
    const missing = turns.filter(({ isThere }) => isThere !== false).length;
    if (counts !== undefined && turns.every(({ isThere }) => isThere))
      assert.equal(exchangesOfOthers(exchanges, turns).length, 5 - missing);
  });
