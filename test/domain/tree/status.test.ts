import assert from "node:assert/strict";
import test from "node:test";
import { readStatus } from "../../../src/domain/tree/status.ts";

const of = (...fields: string[]) => readStatus(fields.map((field) => `${field}\0`).join(""));
const sha = "a".repeat(40);

test("the commit and every path that differs are read", () => {
  assert.deepEqual(
    of(
      `# branch.oid ${sha}`,
      "# branch.head main",
      `1 .M N... 100644 100644 100644 ${sha} ${sha} src/a b.ts`,
      `1 D. N... 100644 000000 000000 ${sha} ${sha} gone`,
      `u UU N... 100644 100644 100644 100644 ${sha} ${sha} ${sha} both ways`,
      "? new\nline",
      "? gone",
    ),
    { commit: sha, paths: ["src/a b.ts", "gone", "both ways", "new\nline"], repositories: [] },
  );
});

test("a submodule and a repository within are told apart; before the first commit there is none", () => {
  const { commit, repositories } = of(
    "# branch.oid (initial)",
    `1 .M SC.. 160000 160000 160000 ${sha} ${sha} vendor/lib`,
    "? inner/",
  );
  assert.deepEqual([commit, repositories], [undefined, ["vendor/lib", "inner/"]]);
});
