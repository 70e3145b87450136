import assert from "node:assert/strict";
import test from "node:test";
import { styleFor } from "../../src/cli/output/style.ts";
import { formatTable, printable } from "../../src/cli/output/table.ts";

test("columns line up, whatever the cells hold", () => {
  const { bold } = styleFor(true);
  const rows = [
    ["NAME", "AGENT"],
    ["проект", "claude"],
    ["🦊", "codex"],
    ["漢字", "x"],
    [bold("b"), ""],
  ];
  assert.equal(formatTable(rows), `NAME    AGENT\nпроект  claude\n🦊      codex\n漢字    x\n${bold("b")}\n`);
  assert.equal(formatTable([]), "");
});

test("control characters in a name can't break the table", () => {
  assert.equal(printable("a\nb\u001b[31m\u2028"), "a\\u000ab\\u001b[31m\\u2028");
});

test("without colour a style changes nothing", () => {
  assert.equal(styleFor(false).red("x"), "x");
});
