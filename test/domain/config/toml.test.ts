import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { changeToml, parseToml } from "../../../src/domain/config/toml.ts";

const FILE = `# my settings
agent = "claude"   # the best

model = "opus"
agent-args = [
  "--add-dir", # why
  "../x",
]

# codex is for reviews
[codex]
model = "gpt-5"
effort = "high" # slow
`;

const top = (key: string) => ({ table: undefined, key });
const ofCodex = (key: string) => ({ table: "codex", key });

test("a value is changed where it stands, and its comment stays", () => {
  const changed = (...change: [Parameters<typeof changeToml>[1], Parameters<typeof changeToml>[2]]) =>
    changeToml(FILE, ...change);
  assert.equal(
    changed(top("agent"), "codex"),
    FILE.replace('agent = "claude"   # the best', 'agent = "codex"   # the best'),
  );
  assert.equal(changed(ofCodex("effort"), "low"), FILE.replace('"high" # slow', '"low" # slow'));
  assert.equal(changed(ofCodex("model"), undefined), FILE.replace('model = "gpt-5"\n', ""));
  assert.equal(changed(top("model"), undefined), FILE.replace('model = "opus"\n', ""));
  const list = '[\n  "--add-dir", # why\n  "../x",\n]';
  assert.equal(changed(top("agent-args"), ["--y"]), FILE.replace(list, '[ "--y" ]'));
  assert.equal(changed(top("agent-args"), undefined), FILE.replace(`agent-args = ${list}\n`, ""));
  assert.equal(changed(top("pager"), undefined), FILE, "what is not there is not removed");
  assert.equal(changed(top("model"), "opus"), FILE);
});

test("a new value comes to its table, and what stands above a table stays there", () => {
  assert.equal(
    changeToml(FILE, top("keep-warm"), "5m"),
    FILE.replace("]\n\n# codex", ']\nkeep-warm = "5m"\n\n# codex'),
  );
  assert.equal(changeToml(FILE, ofCodex("access"), "edit"), `${FILE}access = "edit"\n`);
  assert.equal(changeToml(FILE, { table: "claude", key: "model" }, "x"), `${FILE}\n[claude]\nmodel = "x"\n`);
  const onlyTable = "# about codex\n[codex]\nmodel = 'x'\n";
  assert.equal(changeToml(onlyTable, top("notify"), true), `notify = true\n\n${onlyTable}`);
  const headed = `# all of it\n\n${onlyTable}`;
  assert.equal(changeToml(headed, top("notify"), true), `# all of it\n\nnotify = true\n\n${onlyTable}`);
  assert.equal(changeToml("", top("model"), "x"), 'model = "x"\n');
  assert.equal(changeToml("# only\r\n", top("model"), "x"), '# only\r\nmodel = "x"\r\n');
  assert.equal(changeToml('a = 1\r\nmodel = "x" # y\r\n', top("model"), "z"), 'a = 1\r\nmodel = "z" # y\r\n');
  assert.equal(changeToml("model = 'a # b'", top("model"), "c"), 'model = "c"', "no line end at the end");
});

test("what looks like a setting and is none is left alone, and what can't be changed so is refused", () => {
  const inText = `note = """\nmodel = "no"\n[codex]\n"""\nmodel = "yes"\n`;
  assert.equal(changeToml(inText, top("model"), "z"), inText.replace('"yes"', '"z"'));
  assert.equal(changeToml("codex = { model = 'x' }\n", ofCodex("model"), "z"), undefined);
  assert.equal(changeToml("codex = { model = 'x' }\n", ofCodex("model"), undefined), undefined);
  assert.equal(changeToml("codex.model = 'x' # so\n", ofCodex("model"), "z"), 'codex.model = "z" # so\n');
  assert.equal(changeToml("'model' = 'x'\n", top("model"), "z"), "'model' = \"z\"\n");
  assert.equal(changeToml("model = \n", top("model"), "z"), undefined, "no TOML");
});

test("a text that is no TOML is told of with its line and its column", () => {
  assert.deepEqual(parseToml('agent = "claude"\nmodel = opus\n'), {
    problem: "invalid value",
    line: 2,
    column: 9,
  });
  assert.deepEqual(parseToml("a = 1\na = 2"), {
    problem: "trying to redefine an already defined table or value",
    line: 2,
    column: 1,
  });
});

test("any text that is set is read back, and nothing else changes", () => {
  const key = fc.constantFrom(top("model"), top("pager"), ofCodex("model"), ofCodex("agent-cmd"));
  const text = fc.string({
    unit: fc.constantFrom("a", '"', "'", "\\", "#", "=", "[", "\n", "\r", "é", " ", "\u0001"),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(key, text), { maxLength: 5 }), (changes) => {
      let file = FILE;
      for (const [place, value] of changes) file = changeToml(file, place, value) ?? assert.fail(file);
      const parsed = parseToml(file);
      assert.ok("table" in parsed);
      const last = new Map(changes.map(([{ table, key: name }, value]) => [`${table}.${name}`, value]));
      const inner = parsed.table.codex as Record<string, unknown>;
      for (const [{ table, key: name }] of changes)
        assert.equal((table === undefined ? parsed.table : inner)[name], last.get(`${table}.${name}`));
      assert.deepEqual([parsed.table.agent, inner.effort], ["claude", "high"]);
      assert.ok(
        ["# my settings", "# the best", "# why", "# codex is for reviews", "# slow"].every((one) =>
          file.includes(one),
        ),
      );
    }),
    { numRuns: 60 },
  );
});

test("a text with thousands of lines that look like a setting is given up on soon", () => {
  const lines = `notes = '''\n${"model = a b\n".repeat(3000)}'''\n`;
  const before = performance.now();
  assert.ok("table" in parseToml(changeToml(lines, top("agent"), "codex") ?? assert.fail()));
  changeToml(lines, top("model"), "opus");
  changeToml(`model = "${"#".repeat(20_000)}"\n`, top("model"), "opus");
  assert.ok(performance.now() - before < 10_000);
});
