import assert from "node:assert/strict";
import test from "node:test";
import * as rare from "../../../src/cli/surface/rare.ts";
import { AGENT_SESSIONS } from "../../../src/cli/surface/surface.ts";
import { openFakeCli } from "../../support/cli/fake-cli.ts";

test("the list says of a rare command what the command says itself, and each is in the list", async () => {
  for (const command of Object.values(rare)) {
    const { name, alias, summary } = await command.load();
    assert.deepEqual([command.name, command.alias, command.summary], [name, alias, summary]);
    assert.ok(AGENT_SESSIONS.commands.includes(command), name);
  }
});

test("a rare command is found by each of its names, with its options and what belongs to it", async (t) => {
  const cli = openFakeCli(t);
  const said = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli.here(args);
    return { code, text: stdout + stderr };
  };
  const help = await said("rename", "--help");
  assert.match(help.text, /^Usage: agent-sessions rename\|mv /m);
  for (const line of ["mv --help", "help rename", "help mv", "help rename -x", "help rename --version"])
    assert.deepEqual(await said(...line.split(" ")), help, line);
  assert.deepEqual(await said("--", "keepers"), await said("keepers"));
  assert.match((await said("help", "--version")).text, /^error: Unknown command "--version"\./);
  assert.match((await said("help", "config", "get")).text, /^Usage: agent-sessions config get /m);
  assert.match((await said("config", "gt")).text, /Did you mean get\?/);
  assert.match((await said("doctr")).text, /Did you mean doctor\?/);
});
