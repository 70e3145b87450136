import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../support/environment.ts";
import { EXCEPTIONS } from "../support/store-run/exceptions.ts";
import { titlesIn } from "../support/store-run/titles-in.ts";

test("what is no part of the run over a store is a test that there is", () => {
  const unknown = Object.entries(EXCEPTIONS).flatMap(([file, which]) => {
    const path = join(REPOSITORY, file);
    if (!existsSync(path)) return [file];
    if (typeof which === "string") return [];
    const titles = titlesIn(readFileSync(path, "utf8"));
    return Object.keys(which)
      .filter((name) => !titles.some((title) => title.test(name)))
      .map((name) => `${file}: ${name}`);
  });
  assert.deepEqual(unknown, [], "Named in test/support/store-run/exceptions.ts, and not there");
});

test("a title is found as it is written, and one that is put together by its parts", () => {
  const source =
    'test("says \\"hi\\"", () => {});\n  test(\n    `$' + "{agent}: goes (on)`,\n    async (t) => {});";
  const has = (name: string) => titlesIn(source).some((title) => title.test(name));
  assert.deepEqual(['says "hi"', "claude: goes (on)", "says", "goes on"].map(has), [
    true,
    true,
    false,
    false,
  ]);
});
