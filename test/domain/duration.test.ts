import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { parseDuration } from "../../src/domain/duration.ts";

const durations: [string, number][] = [
  ["500ms", 500],
  ["90s", 90_000],
  ["10m", 600_000],
  ["2h", 7_200_000],
  ["7d", 604_800_000],
  ["1h30m", 5_400_000],
  ["1d2h3m4s5ms", 93_784_005],
  ["1m5ms", 60_005],
  ["90m", 5_400_000],
  ["007s", 7_000],
  ["0s", 0],
];
for (const [text, ms] of durations) {
  test(`${text} is ${ms} ms`, () => assert.equal(parseDuration(text), ms));
}

const others = [
  ["", " ", "5", "0", "s", "-5s", "+5s", "1.5h", "1e3s", "5 s", " 5s", "5s ", "5s\n", "1h 30m", "5S", "5w"],
  ["30m1h", "1h1h", "1m1m", "5ms5s", "1hm", "0x5s", "١s", "Infinity", "NaNs", `${"9".repeat(20)}d`],
  [`${"9".repeat(400)}d`, "9007199254740992ms"],
];
for (const text of others.flat()) {
  test(`${JSON.stringify(text).slice(0, 40)} is no duration`, () => {
    assert.equal(parseDuration(text), undefined);
  });
}

test("no text makes it throw, and what it gives is a whole number of milliseconds", () => {
  const almost = fc.string({ unit: fc.constantFrom(..."0123456789dhms .-+e") });
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), almost), (text) => {
      const ms = parseDuration(text);
      assert.ok(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0));
    }),
    { numRuns: 2_000 },
  );
});

test("what was written out in units is read back", () => {
  const part = fc.option(fc.nat({ max: 5_000 }), { nil: undefined });
  fc.assert(
    fc.property(fc.tuple(part, part, part, part, part), (counts) => {
      const units = ["d", "h", "m", "s", "ms"];
      const text = counts
        .map((count, index) => (count === undefined ? "" : `${count}${units[index]}`))
        .join("");
      const [days = 0, hours = 0, minutes = 0, seconds = 0, ms = 0] = counts;
      const expected = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000 + ms;
      assert.equal(parseDuration(text), text === "" ? undefined : expected);
    }),
  );
});
