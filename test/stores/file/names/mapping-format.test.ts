import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { viewFolderName } from "../../../../src/stores/file/names/mapping-file.ts";
import {
  compareCodePoints,
  formatMapping,
  parseMapping,
} from "../../../../src/stores/file/names/mapping-format.ts";

const claude = { fileName: "claude-code-alias-mapping.json", idKey: "session_id", hasEffort: true };

function parse(text: string) {
  return parseMapping(Buffer.from(text), claude);
}

test("the bytes are those of the original scripts", () => {
  const entry = (name: string) => ({
    name,
    sessionId: "d25a595e-22f0-4206-87d8-20cce15c6355",
    createdAt: "2026-11-21T06:29:48.722474+00:00",
    lastModel: "m1",
    lastEffort: "high",
  });
  const names = ["проект", "9", "10", "__proto__", "🦊", "\ufffd", 'a"b\\c\u0007', "rev2"];
  const written = formatMapping(
    {
      workspace: "/srv/ws",
      entries: new Map(names.map((name) => [name, entry(name)])),
      isModern: true,
      strangers: {},
      rest: {},
    },
    claude,
  );
  const body = `{
      "created_at": "2026-11-21T06:29:48.722474+00:00",
      "last_model": "m1",
      "last_reasoning_effort": "high",
      "session_id": "d25a595e-22f0-4206-87d8-20cce15c6355"
    }`;
  const sorted = ["10", "9", "__proto__", 'a\\"b\\\\c\\u0007', "rev2", "проект", "\ufffd", "🦊"];
  assert.equal(
    written,
    `{\n  "aliases": {\n${sorted.map((name) => `    "${name}": ${body}`).join(",\n")}\n  },\n  "workspace_dir": "/srv/ws"\n}\n`,
  );
  assert.deepEqual([...(parse(written)?.entries.keys() ?? [])].sort(), [...names].sort());
});

test("an empty mapping is written as Python writes it", () => {
  const written = formatMapping(
    { workspace: "/w", entries: new Map(), isModern: true, strangers: {}, rest: {} },
    claude,
  );
  assert.equal(written, '{\n  "aliases": {},\n  "workspace_dir": "/w"\n}\n');
});

const python = (() => {
  try {
    execFileSync("python3", ["-c", ""]);
    return true;
  } catch {
    return false;
  }
})();

test("any names give the bytes that Python gives", {
  skip: python ? false : "python3 is not installed",
}, () => {
  const mappings = fc.sample(
    fc.dictionary(fc.string({ unit: "grapheme" }), fc.constant({ session_id: "i" })),
    200,
  );
  const program =
    "import json,sys\nfor line in sys.stdin:\n  print(json.dumps(json.dumps({'aliases':json.loads(line),'workspace_dir':'/w'},indent=2,sort_keys=True,ensure_ascii=False)+'\\n'))";
  const input = mappings.map((mapping) => JSON.stringify(mapping)).join("\n");
  const expected = execFileSync("python3", ["-c", program], { input, encoding: "utf8" }).trim().split("\n");
  mappings.forEach((mapping, index) => {
    const entries = new Map(Object.keys(mapping).map((name) => [name, { name, sessionId: "i" }]));
    const written = formatMapping(
      { workspace: "/w", entries, isModern: true, strangers: {}, rest: {} },
      claude,
    );
    assert.equal(written, JSON.parse(expected[index] ?? "null"));
  });
});

const shapes: [string, string, string[] | undefined][] = [
  ["modern", '{"aliases":{"x":{"session_id":"1"}},"workspace_dir":"/w"}', ["x=1"]],
  ["a bare string is an id", '{"aliases":{"x":"1"}}', ["x=1"]],
  ["older, without aliases", '{"x":{"session_id":"1"},"workspace_dir":"/w"}', ["x=1"]],
  ["aliases that are no object make it the older shape", '{"aliases":[],"x":"1"}', ["x=1"]],
  [
    "entries without an id are no names",
    '{"aliases":{"x":{},"y":{"thread_id":"2"},"z":{"session_id":""}}}',
    [],
  ],
  ["the last of two equal keys wins", '{"aliases":{"x":"1","x":"2"}}', ["x=2"]],
  ["a byte order mark makes it corrupt", '\ufeff{"aliases":{}}', undefined],
  ["an array is corrupt", "[]", undefined],
  ["null is corrupt", "null", undefined],
  ["no bytes are corrupt", "", undefined],
  ["half a file is corrupt", '{"aliases":{"x":', undefined],
];
for (const [what, text, names] of shapes) {
  test(`reading a mapping: ${what}`, () => {
    const entries = parse(text)?.entries;
    assert.deepEqual(
      entries && [...entries.values()].map(({ name, sessionId }) => `${name}=${sessionId}`),
      names,
    );
  });
}

test("invalid UTF-8 is corrupt", () => {
  assert.equal(parseMapping(Buffer.from([0x7b, 0xff, 0x7d]), claude), undefined);
});

test("what other tools put beside our names survives a rewrite", () => {
  const text =
    '{"aliases":{"x":{"session_id":"1","colour":"red"},"y":{"thread_id":"2"}},"top":[1,{"a":null}],"workspace_dir":"/w"}';
  const mapping = parse(text);
  assert.ok(mapping);
  assert.deepEqual(JSON.parse(formatMapping(mapping, claude)), JSON.parse(text));
});

test("code points order as in Python", () => {
  assert.deepEqual(["🦊", "\ufffd", "z", "10", "9"].sort(compareCodePoints), [
    "10",
    "9",
    "z",
    "\ufffd",
    "🦊",
  ]);
});

const folders: [string, string][] = [
  ["/srv/ws", "ws-8d430762efb9629f0e73d7cdaea6764e"],
  ["/srv/проект", "workspace-90ee294f0f0d2d5a42230b983fc97500"],
  ["/srv/a b  c", "a_b_c-8135af85f63660f5d4d1c90b1a5d04c0"],
  ["/srv/__x__", "x-21f895ebd218d125976c822171124a46"],
  ["/srv/лес.v2", ".v2-96d1f710c97df0f6764811f61359ecae"],
  ["/", "workspace-6666cd76f96956469e7be39d750cc7d9"],
];
for (const [workspace, folder] of folders) {
  test(`the folder of ${workspace}`, () => assert.equal(viewFolderName(workspace), folder));
}
