import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../support/environment.ts";

const MOST_STEPS = 14;

interface Step {
  file: string;
  name: string;
}

const read = (file: string) => readFileSync(join(REPOSITORY, file), "utf8");

test("CONTRIBUTING.md lists the way of a prompt, whose steps are all there", () => {
  const section = read("CONTRIBUTING.md").split("### The way of a prompt")[1]?.split("\n## ")[0] ?? "";
  const steps: Step[] = [...section.matchAll(/^ +\d+\. (src\/\S+): (\w+) +\S/gm)].map(
    ([, file = "", name = ""]) => ({
      file,
      name,
    }),
  );
  assert.ok(steps.length > 10 && steps.length <= MOST_STEPS, `${steps.length} steps`);
  for (const { file, name } of steps)
    assert.match(
      read(file),
      new RegExp(`(function\\*? |^ {2})${name}(<\\w+>)?\\(`, "m"),
      `${file} has no ${name}`,
    );
});
