import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { quotePowerShell } from "../../src/compat/draft-codex.ts";
import { ArgumentError, parseArguments } from "../../src/compat/parse/argparse.ts";
import { subCommands, type Tool } from "../../src/compat/parse/flags.ts";
import { parseEnvFile } from "../../src/compat/python/env-file.ts";
import { dumps, parseFloatText, repr, strip } from "../../src/compat/python/text.ts";

const COLUMNS = [
  "create-session",
  "resolve",
  "list-sessions",
  "delete-session",
  "delete-all-sessions",
  "resume-json",
  "resume-stream",
];

// The contract's table: a flag, then for each sub-command what the Claude and the Codex script do with it.
// Y accepted, h accepted but not in the help, - refused.
const MATRIX = `
--session-name                 Y/Y Y/Y -/- Y/Y -/- Y/Y Y/Y
--session-alias                h/h h/h -/- h/h -/- h/h h/h
--alias                        h/h h/h -/- h/h -/- h/h h/h
--session-id                   Y/h Y/h -/- Y/h -/- Y/h Y/h
--thread-id                    -/Y -/Y -/- -/Y -/- -/Y -/Y
--mapping-file                 Y/Y Y/Y Y/Y Y/Y Y/Y Y/Y Y/Y
--workspace-dir                -/- -/- Y/Y Y/Y Y/Y -/- -/-
--env-file                     Y/Y -/- -/- Y/- Y/- Y/Y Y/Y
--claude-cmd                   Y/- -/- -/- Y/- Y/- Y/- Y/-
--codex-cmd                    -/Y -/- -/- -/- -/- -/Y -/Y
--model                        Y/Y -/- -/- Y/- Y/- Y/Y Y/Y
--reasoning-effort             Y/- -/- -/- Y/- Y/- Y/- Y/-
--effort                       h/- -/- -/- h/- h/- h/- h/-
--deadline-seconds             Y/Y -/- -/- Y/- Y/- Y/Y Y/Y
--role-definition-md           Y/Y -/- -/- -/- -/- -/Y -/Y
--init-prompt                  Y/Y -/- -/- -/- -/- -/- -/-
--fake-session-id              Y/- -/- -/- -/- -/- -/- -/-
--fake-thread-id               -/Y -/- -/- -/- -/- -/- -/-
--print-session-id!            Y/h Y/h -/- -/- -/- Y/h -/-
--print-thread-id!             -/Y -/Y -/- -/- -/- -/Y -/-
--print-mapping-json!          Y/Y -/- -/- Y/Y -/- -/- -/-
--print-aliases!               -/- -/- Y/Y -/- -/- -/- -/-
--prompt                       -/- -/- -/- -/- -/- Y/Y Y/Y
--print-result!                -/- -/- -/- -/- -/- Y/Y -/-
--verbose!                     -/- -/- -/- -/- -/- -/- Y/-
--include-partials!            -/- -/- -/- -/- -/- -/- Y/-
--codex-shell                  -/Y -/- -/- -/- -/- -/Y -/Y
--codex-shell-cmd              -/Y -/- -/- -/- -/- -/Y -/Y
--codex-shell-init             -/Y -/- -/- -/- -/- -/Y -/Y
--config                       -/Y -/- -/- -/- -/- -/Y -/Y
--enable                       -/Y -/- -/- -/- -/- -/Y -/Y
--disable                      -/Y -/- -/- -/- -/- -/Y -/Y
--image                        -/Y -/- -/- -/- -/- -/Y -/Y
--full-auto!                   -/Y -/- -/- -/- -/- -/Y -/Y
--dangerously-bypass-approvals-and-sandbox! -/Y -/- -/- -/- -/- -/Y -/Y
--skip-git-repo-check!         -/Y -/- -/- -/- -/- -/Y -/Y
`;

const VALUES: Record<string, string> = { "--deadline-seconds": "1", "--codex-shell": "posix" };

function accepts(tool: Tool, argv: string[]): boolean {
  try {
    parseArguments(argv, subCommands(tool), "");
    return true;
  } catch (error) {
    assert.ok(error instanceof ArgumentError);
    return false;
  }
}

for (const row of MATRIX.trim().split("\n")) {
  const [flag = "", ...cells] = row.split(/\s+/);
  const isSwitch = flag.endsWith("!");
  const name = flag.replace("!", "");
  test(`the matrix: ${name}`, () => {
    assert.equal(cells.length, COLUMNS.length);
    cells.forEach((cell, index) => {
      const command = COLUMNS[index] ?? "";
      const marks = cell.split("/");
      (["claude", "codex"] as const).forEach((tool, side) => {
        const words = isSwitch ? [name] : [name, VALUES[name] ?? "v"];
        const needed = command.startsWith("resume") && name !== "--prompt" ? ["--prompt", "p"] : [];
        assert.equal(
          accepts(tool, [command, ...needed, ...words]),
          marks[side] !== "-",
          `${tool} ${command} ${name}`,
        );
        const parsed = parseArguments([command, "--help"], subCommands(tool), "");
        const shown = "help" in parsed && new RegExp(`^  ${name}(?: |$)`, "m").test(parsed.help);
        assert.equal(shown, marks[side] === "Y", `help of ${tool} ${command}: ${name}`);
      });
    });
  });
}

test("flags of one place: the last on the line wins; lists add up; abbreviations and = work", () => {
  const parse = (tool: Tool, ...argv: string[]) => {
    const parsed = parseArguments(argv, subCommands(tool), "");
    return "values" in parsed ? parsed.values : {};
  };
  assert.equal(parse("claude", "resolve", "--session-name", "X", "--al", "Y").session_name, "Y");
  assert.equal(parse("claude", "resolve", "--alias=Y", "--session-n=X=1").session_name, "X=1");
  assert.deepEqual(parse("codex", "create-session", "--config", "a", "--conf=b").config, ["a", "b"]);
  assert.equal(parse("claude", "create-session", "--eff", "high").reasoning_effort, "high");
  assert.equal(parse("claude", "list-sessions", "--workspace", "w").workspace_dir, "w");
  for (const prefix of ["--session", "--m"])
    assert.ok(!accepts("claude", ["create-session", prefix, "x"]), prefix);
});

const floats: [string, number | undefined][] = [
  [" 1_0 ", 10],
  ["1e3", 1000],
  [".5", 0.5],
  ["5.", 5],
  ["+2", 2],
  ["-1", -1],
  ["inf", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
  ["1e400", Number.POSITIVE_INFINITY],
  ["abc", undefined],
  ["", undefined],
  ["0x10", undefined],
  ["1__0", undefined],
  ["_1", undefined],
  ["1_", undefined],
];
for (const [text, number] of floats) {
  test(`float(${JSON.stringify(text)})`, () => assert.equal(parseFloatText(text), number));
}

test("what Python strips, and what not", () => {
  assert.equal(strip("\u001c\u001f\u0085\u00a0\u3000 x \t\n"), "x");
  assert.equal(strip("\ufeffx\ufeff"), "\ufeffx\ufeff");
});

test("Python's repr and JSON", () => {
  assert.equal(
    repr({ a: [1, true, null, "it's"], b: 'say "hi"' }),
    `{'a': [1, True, None, "it's"], 'b': 'say "hi"'}`,
  );
  assert.equal(repr("both ' and \"\n\u0007é"), `'both \\' and "\\n\\x07é'`);
  assert.equal(dumps({ a: [1, "é\u2028"], b: {}, c: [] }), '{"a": [1, "é\u2028"], "b": {}, "c": []}');
  assert.equal(
    dumps(
      new Map([
        ["10", 1],
        ["9", 2],
      ]),
    ),
    '{"10": 1, "9": 2}',
  );
});

test("env files: the rules of the original, but for export", () => {
  const text = [
    "# comment",
    "",
    " A = 1 # not a comment ",
    "B='x'",
    `C='"y"'`,
    `D="'z'"`,
    "E=''''q''''",
    "no equals",
    "export X=1",
    "export\t Y='2'",
    "exported=3",
    "export=4",
    "F=a=b",
    "A=2",
  ].join("\r\n");
  assert.deepEqual(parseEnvFile(text), {
    A: "2",
    B: "x",
    C: "y",
    D: "'z'",
    E: "q",
    X: "1",
    Y: "2",
    exported: "3",
    export: "4",
    F: "a=b",
  });
});

test("a PowerShell literal has no way out", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const quoted = quotePowerShell(text);
      const inside = quoted.slice(1, -1);
      // Every quote inside is doubled, so the literal ends where we end it.
      assert.match(inside, /^(?:[^'\u2018-\u201b]|(['\u2018-\u201b])\1)*$/su);
    }),
  );
});

test("no command line makes the parser do anything but parse or complain", () => {
  const words = [
    "--",
    "-",
    "-x",
    "--prompt",
    "--prompt=x",
    "--print",
    "--m",
    "--session-name",
    "a b",
    "-5",
    "--help",
    "resolve",
    "resume-json",
    "",
  ];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...words), fc.string())),
      fc.constantFrom<Tool>("claude", "codex"),
      (argv, tool) => {
        accepts(tool, argv);
      },
    ),
  );
});
