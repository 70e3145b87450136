import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { ArgumentError, parseArguments } from "../../src/compat/parse/argparse.ts";
import { subCommands, type Tool } from "../../src/compat/parse/flags.ts";
import { python } from "../support/fuzz/python.ts";
import { runs } from "../support/fuzz/runs.ts";

const TOOLS: Tool[] = ["claude", "codex"];
const VALUES = [
  "x",
  "",
  "-",
  "-1",
  "-1.5",
  "- x",
  "a b",
  "--",
  "-x",
  "-h",
  "1e3",
  "inf",
  "posix",
  "=",
  "a=b",
  "é",
];

/** Command lines that are nearly right: flags, beginnings of them, values with and without their equals sign. */
function commandLines(tool: Tool): fc.Arbitrary<string[]> {
  const commands = subCommands(tool);
  return fc.constantFrom(...commands).chain((command) => {
    const names = [...command.flags.map(({ name }) => name), "--help", "--nonsense"];
    const flag = fc
      .tuple(fc.constantFrom(...names), fc.option(fc.nat(25), { nil: 99 }))
      .map(([name, length]) => name.slice(0, length));
    const value = fc.oneof(
      fc.constantFrom(...VALUES),
      fc.string({ maxLength: 4 }).map((text) => text.toWellFormed()),
    );
    // Python 3.11 makes an empty list of a value that is two dashes.
    const explicit = value.filter((text) => text !== "--");
    const withEquals = fc.tuple(flag, explicit).map(([name, text]) => [`${name}=${text}`]);
    const pair = fc.tuple(flag, value).map(([name, text]) => [name, text]);
    const required = command.flags.filter((one) => one.required).map(({ name }) => [name, "given"]);
    const word = fc.oneof(value, flag).map((text) => [text]);
    const parts = fc.array(fc.oneof(pair, pair, withEquals, word), { maxLength: 4 });
    return fc
      .tuple(parts, fc.boolean())
      .map(([words, isWhole]) => [command.name, ...(isWhole ? required : []), ...words].flat());
  });
}

function outcomeOf(tool: Tool, argv: readonly string[]): unknown {
  try {
    const parsed = parseArguments(argv, subCommands(tool), "");
    return "help" in parsed ? "help" : { ...parsed.values };
  } catch (error) {
    assert.ok(error instanceof ArgumentError, String(error));
    assert.match(error.text, /: error: /);
    return "error";
  }
}

for (const tool of TOOLS) {
  test(`${tool}: no words make the argument parser throw anything but its own error`, () => {
    const words = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...VALUES)));
    fc.assert(
      fc.property(fc.oneof(words, commandLines(tool)), (argv) => {
        outcomeOf(tool, argv);
      }),
      runs(1_000),
    );
  });

  test(`${tool}: a beginning that only one flag has stands for it`, () => {
    for (const { name: command, flags } of subCommands(tool)) {
      const required = flags.filter((flag) => flag.required).flatMap(({ name }) => [name, "given"]);
      for (const { name, kind } of flags) {
        for (let length = 3; length <= name.length; length += 1) {
          const beginning = name.slice(0, length);
          const fits =
            flags.filter((flag) => flag.name.startsWith(beginning)).length +
            Number("--help".startsWith(beginning));
          const isExact = flags.some((flag) => flag.name === beginning);
          const value = kind === "switch" ? [] : ["1"];
          const argv = (flag: string) => [command, ...required, flag, ...value];
          const expected =
            fits === 1 || isExact ? outcomeOf(tool, argv(isExact ? beginning : name)) : "error";
          assert.deepEqual(outcomeOf(tool, argv(beginning)), expected, `${command} ${beginning}`);
        }
      }
    }
  });

  test(`${tool}: command lines mean what they mean to Python's argparse`, { skip: python.skip }, () => {
    const lines = fc.sample(commandLines(tool), runs(600));
    const theirs = python.run(pythonParser(tool), lines);
    for (const [index, argv] of lines.entries()) {
      const ours = JSON.parse(
        JSON.stringify(outcomeOf(tool, argv), (_, value) =>
          value === undefined ? null : plainNumber(value),
        ),
      );
      assert.deepEqual(ours, theirs[index], JSON.stringify(argv));
    }
  });
}

/** JSON has no infinity. */
function plainNumber(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** The same flags as Python's own parser has them. */
function pythonParser(tool: Tool): string {
  const commands = JSON.stringify(JSON.stringify(subCommands(tool)));
  return `
import argparse, contextlib, io, json, math, sys
parser = argparse.ArgumentParser(prog="invoke_persist.py")
subs = parser.add_subparsers(dest="sub_command", required=True)
for command in json.loads(${commands}):
    sub = subs.add_parser(command["name"])
    for flag in command["flags"]:
        more = {"dest": flag["dest"]}
        if flag.get("required"): more["required"] = True
        if flag["kind"] == "switch": more["action"] = "store_true"
        if flag["kind"] == "list": more.update(action="append", default=[])
        if flag["kind"] == "float": more["type"] = float
        if flag.get("choices"): more["choices"] = flag["choices"]
        sub.add_argument(flag["name"], **more)
def plain(value):
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else ("Infinity" if value > 0 else "-Infinity")
    return value
for line in sys.stdin:
    try:
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            values = vars(parser.parse_args(json.loads(line)))
        del values["sub_command"]
        print(json.dumps({key: plain(value) for key, value in values.items()}))
    except SystemExit as end:
        print(json.dumps("help" if end.code == 0 else "error"))
`;
}
