import assert from "node:assert/strict";
import test from "node:test";
import { renderMarkdown } from "../../../src/cli/output/markdown.ts";
import { styleFor } from "../../../src/cli/output/style.ts";
import { widthOf } from "../../../src/cli/output/width.ts";
import { forTerminal } from "../../../src/system/terminal/text.ts";

const plain = styleFor(false);

const render = (text: string, columns = 40) => renderMarkdown(text, columns, plain);

test("an answer of a model is laid out, and no line is longer than the terminal is wide", () => {
  const answer = `# What I found in the *prices*

The function \`toCents\` **rounds**, which is *wrong* for [amounts](https://example.org/a) below 1. 漢字漢字漢字漢字漢字漢字 too.

1. first item that is much longer than one line of this narrow terminal
2. second
   - nested \`code\`
   - [x] done

| Name | Price |
| --- | ---: |
| tea | 1 |
| 咖啡 | 22 |

> quoted words that go on
> over two lines

\`\`\`ts
const x = 1; // stays as it is
\`\`\`

---
last  
line`;
  assert.equal(
    render(answer),
    `# What I found in the prices

The function \`toCents\` rounds, which is
wrong for amounts
(https://example.org/a) below 1.
漢字漢字漢字漢字漢字漢字 too.

1. first item that is much longer than
   one line of this narrow terminal
2. second
   • nested \`code\`
   • [x] done

Name  Price
────  ─────
tea   1
咖啡  22

│ quoted words that go on over two lines

    const x = 1; // stays as it is

────────────────────────────────────────

last
line`,
  );
  for (const line of render(answer).split("\n")) assert.ok(widthOf(line) <= 40, line);
});

test("a table without room is shown row by row", () => {
  const wide =
    "| Name | What it does |\n| - | - |\n| toCents | turns a price into a whole number of cents |\n| total | adds |";
  assert.equal(
    render(wide, 30),
    "Name: toCents\nWhat it does: turns a price\ninto a whole number of cents\n\nName: total\nWhat it does: adds",
  );
});

test("nothing in an answer controls the terminal, whatever stands around it", () => {
  const evil =
    "**bo\u001b[2Jld** `co\u0007de` [a\u001b]0;x\u0007b](http://x\u001b[31m) \u202eright\n\n```\n\u001b[1;1H\n```";
  const shown = render(evil, 80);
  assert.equal(forTerminal(shown), shown);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  assert.doesNotMatch(shown, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test("what is no Markdown, too long or nested without end is shown all the same", () => {
  assert.equal(render(""), "");
  assert.equal(render("a < b && c > d <b>x</b>"), "a < b && c > d <b>x</b>");
  const long = "word ".repeat(60_000);
  assert.equal(render(long), long);
  const deep = ">".repeat(5_000);
  assert.equal(render(`${deep} x`), `${deep} x`);
  assert.match(render(`${"- ".repeat(400)}x`), /x/);
});

test("what a hostile model may write is laid out at once, and not after minutes", () => {
  const parts = [
    "*a",
    "_",
    "[",
    "](",
    "![",
    "`",
    "<a ",
    "|a",
    "- ",
    "> ",
    "\\",
    "&",
    "**a*",
    "~",
    "\t",
    "1. ",
    "a\n=",
  ];
  // Without a limit of its own: a hang is ended by the limit of all tests.
  for (const part of parts) assert.equal(typeof render(`x ${part.repeat(20_000)}`), "string", part);
});
