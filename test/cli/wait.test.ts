import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";

test("wait takes several names: all of them as they end, or the first one", async (t) => {
  const cli = openFakeCli(t);
  const gate = (name: string) => join(cli.sandbox.folder, name);
  const names = ["a", "b", "c"];
  for (const name of names) {
    assert.equal((await cli.run(["create", name, "first"])).code, 0);
    const prompt = cli.say({ waitForFile: gate(name), text: `answer ${name}`, isError: name === "b" }, "go");
    assert.equal((await cli.run(["send", name, "--detach", prompt])).code, 0);
  }
  const any = cli.start(["wait", "--any", "--json", ...names]);
  writeFileSync(gate("c"), "");
  const first = await any.result;
  assert.deepEqual([first.code, JSON.parse(first.stdout).name], [0, "c"], first.stderr);

  const all = cli.start(["wait", "a", "b", "c", "a", "nobody"]);
  await all.waitFor((stdout, stderr) => stdout.includes("answer c") && stderr.includes("nobody"), {
    what: "what is known at once",
  });
  writeFileSync(gate("b"), "");
  await all.waitFor((_, stderr) => stderr.includes("b:"), { what: "the failure" });
  writeFileSync(gate("a"), "");
  const told = await all.result;
  assert.equal(told.stdout, "c:\nanswer c\na:\nanswer a\n");
  assert.match(told.stderr, /^error: There is no conversation named "nobody"/m);
  assert.equal(told.code, 3, "that of the first name without an answer");

  const { stdout, code } = await cli.run(["wait", "a", "c", "--json"]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  // Each as it comes: of two that have ended, either may be known first.
  assert.deepEqual(
    [code, lines.map(({ name, text }) => [name, text]).toSorted()],
    [
      0,
      [
        ["a", "answer a"],
        ["c", "answer c"],
      ],
    ],
  );
  for (const bad of [
    ["--any", "--all", "a"],
    ["a", "b", "--turn", "x"],
  ])
    assert.equal((await cli.here(["wait", ...bad])).code, 2, bad.join(" "));
  const later = await cli.here(["wait", "a", "nobody", "--json"]);
  assert.deepEqual([later.code, later.stdout.trimEnd().split("\n").length], [4, 2]);
});
