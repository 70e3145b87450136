import assert from "node:assert/strict";
import test from "node:test";
import { takeApart, withBlock, wordsOf } from "../../../src/app/mcp/codex-table.ts";
import { parseToml } from "../../../src/domain/config/toml.ts";

const SERVER = { words: ['/opt/a "b"/node', "/x/cli.cjs", "mcp"], variables: ["A", "B"] };

const BEFORE = {
  nothing: "",
  "an empty line": "\n",
  "a usual file": 'model = "x" # mine\n\n[projects."/x"]\ntrust_level = "trusted"\n',
  "no line end at its end": "[features]\nplugins = false",
  "a comment at its end": "a = 1\n# my own notes",
  "line ends of another system": 'a = 1\r\n[b]\r\nc = "d"\r\n',
  "those of both": 'a = 1\r\n[b]\nc = "d"\n',
  "a byte order mark": '\ufeffa = "\u00e9"\n',
  "other servers": '[mcp_servers.other]\ncommand = "x"\nargs = []\n[mcp_servers.other.env]\nA = "1"\n',
  "text that looks like it": 'a = """\n[mcp_servers.agent-sessions]\n"""\n',
};

for (const [what, text] of Object.entries(BEFORE)) {
  test(`a block goes behind ${what}, and comes out again byte by byte`, () => {
    const made = withBlock(text, SERVER, parseToml) ?? assert.fail("it fits");
    assert.ok(made.startsWith(text), "all before it is as it was");
    const apart = takeApart(made, parseToml);
    assert.ok(apart.state === "whole" && apart.entry !== undefined);
    assert.equal(apart.rest, text);
    assert.deepEqual(wordsOf(apart.entry), SERVER.words);
    const added = takeApart(`${made}[projects."/y"]\ntrust_level = "trusted"\n`, parseToml);
    assert.ok(added.state === "whole");
    const left = parseToml(added.rest.replace(/^\ufeff/, ""));
    assert.ok("table" in left && JSON.stringify(left.table.projects).includes("/y"), "what was added stays");
  });
}

test("a block that is not as it was written is left alone, and so is what can have none", () => {
  const made = withBlock("a = 1\n", SERVER, parseToml) ?? "";
  const torn = {
    "without its beginning": made.replace(/^# >>>.*\n/m, ""),
    "without its end": made.replace(/ # <<<.*/, ""),
    twice: made + made.replace("a = 1\n", "").replaceAll("mcp_servers", "other"),
    "with another table inside": made.replace("startup_timeout", "[mine]\nstartup_timeout"),
  };
  for (const [what, text] of Object.entries(torn))
    assert.deepEqual([what, takeApart(text, parseToml).state], [what, "torn"]);
  assert.equal(takeApart("a = ", parseToml).state, "broken");
  for (const text of ["mcp_servers = {}\n", '[mcp_servers.agent-sessions]\ncommand = "x"\n', "a = \n"])
    assert.equal(withBlock(text, SERVER, parseToml), undefined, text);
});
