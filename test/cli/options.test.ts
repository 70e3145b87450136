import assert from "node:assert/strict";
import test from "node:test";
import { parseDurationOption } from "../../src/cli/options.ts";

test("a duration on the command line is read as milliseconds, or refused with an example", () => {
  assert.equal(parseDurationOption("1h30m"), 5_400_000);
  assert.throws(() => parseDurationOption("90"), /such as 90s/);
});
