import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

function mappingOf(cli: FakeCli): string {
  const root = join(cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  return join(root, readdirSync(root)[0] ?? "", "claude-code-alias-mapping.json");
}

function namesIn(listed: { json: Record<string, unknown> }): string[] {
  return (listed.json.names as { name: string }[]).map(({ name }) => name).sort();
}

test("names that look like paths, code, keys of objects or other spellings are names and nothing else", async (t) => {
  const cli = openFakeCli(t);
  const names = [
    "..",
    "../../escaped",
    "/etc/passwd",
    "__proto__",
    "$(touch pwned)`touch pwned`",
    "x".repeat(200),
    "Zoe\u0308 \u{1f98a}",
    "wrong\u202eway",
  ];
  for (const name of names) {
    const made = await cli.run(["create", name, "--json", "hi"]);
    assert.deepEqual([made.code, made.json.name], [0, name.normalize("NFC")], made.stdout + made.stderr);
  }
  assert.deepEqual(
    namesIn(await cli.run(["list", "--json"])),
    names.map((name) => name.normalize("NFC")).sort(),
  );
  const { aliases } = JSON.parse(readFileSync(mappingOf(cli), "utf8"));
  assert.deepEqual(Object.keys(aliases).sort(), names.map((name) => name.normalize("NFC")).sort());
  const table = (await cli.run(["list"])).stdout;
  assert.doesNotMatch(table, HARMFUL);
  assert.equal(table.trimEnd().split("\n").length, names.length + 1);
  for (const name of names) {
    // Typed in the other normal form it is the same name.
    assert.equal((await cli.run(["remove", name.normalize("NFC")])).code, 0, name);
  }
  assert.equal((await cli.run(["list", "--json"])).json.count, 0);
  for (const folder of [cli.sandbox.workspace, cli.sandbox.home, cli.sandbox.folder])
    for (const file of ["pwned", "escaped"]) assert.ok(!existsSync(join(folder, file)));
});

test("names that can't be names are refused, without a word that would harm a terminal", async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["", " ", "a\nb", "a\u001b[31mred", "a\u009b31m", "a\u0007", "\u00e9".repeat(150)]) {
    const refused = await cli.run(["create", name, "hi"]);
    assert.equal(refused.code, 2, JSON.stringify(name));
    assert.doesNotMatch(refused.stderr, HARMFUL, JSON.stringify(name));
    const unknown = await cli.run(["send", name, "hi"]);
    assert.equal(unknown.code, 4, JSON.stringify(name));
    assert.doesNotMatch(unknown.stderr, HARMFUL, JSON.stringify(name));
  }
});

test("what another tool has put into a mapping file is shown harmlessly and reaches no agent and no path", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "first", "hi"]);
  const mapping = mappingOf(cli);
  const [nfc, nfd] = ["caf\u00e9", "cafe\u0301"];
  const aliases: Record<string, unknown> = {
    traversal: { session_id: "../../../escaped" },
    option: { session_id: "--dangerously-skip-permissions" },
    coloured: {
      session_id: "a\u001b[31mb\u202e",
      last_model: "m\u001b]0;title\u0007",
      created_at: "x\u001b[2J",
    },
    long: { session_id: "i".repeat(300) },
    "line\nbreak": { session_id: "1" },
    "-dash": { session_id: "2" },
    [nfc]: { session_id: "nfc" },
    [nfd]: { session_id: "nfd" },
  };
  const before = JSON.parse(readFileSync(mapping, "utf8"));
  writeFileSync(mapping, JSON.stringify({ ...before, aliases: { ...before.aliases, ...aliases } }));
  assert.equal((await cli.run(["list", "--json"])).json.count, 9);
  assert.doesNotMatch((await cli.run(["list"])).stdout, HARMFUL);
  const started = cli.records().length;
  for (const name of Object.keys(aliases)) {
    const [shown, sent] = [
      await cli.run(["show", "--", name]),
      await cli.run(["send", "--", name, cli.say({}, "hi")]),
    ];
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(sent.code, 4, sent.stderr);
    assert.doesNotMatch(shown.stdout + sent.stderr, HARMFUL, name);
  }
  assert.equal(cli.records().length, started, "no agent was started");
  const idOf = async (name: string) => (await cli.run(["show", "--json", name])).json.session_id;
  assert.deepEqual([await idOf(nfc), await idOf(nfd)], ["nfc", "nfd"], "twins of another tool stay two");
  for (const name of ["coloured", "-dash", nfd]) {
    const removed = await cli.run(["remove", "--", name]);
    assert.equal(removed.code, 0, removed.stderr);
    assert.doesNotMatch(removed.stderr, HARMFUL);
  }
  assert.equal(await idOf(nfc), "nfc");
  assert.doesNotMatch((await cli.run(["doctor"])).stdout, HARMFUL);
});
