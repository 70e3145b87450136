import assert from "node:assert/strict";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { until } from "../support/until.ts";

const objectsIn = (text: string) =>
  text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

test("show takes several names, prints each in order, and ends with the code of the first that failed", async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["a", "b"]) await cli.here(["create", name]);
  const shown = await cli.here(["show", "b", "nope", "a", "b", "--json"]);
  assert.deepEqual(
    objectsIn(shown.stdout).map(({ type, name, error }) => [type, name ?? error.name]),
    [
      ["agent_sessions.show", "b"],
      ["agent_sessions.error", "nope"],
      ["agent_sessions.show", "a"],
    ],
  );
  assert.equal(shown.code, 4);
});

test("remove takes several names, and none if one of them does not exist", async (t) => {
  const cli = openFakeCli(t);
  for (const name of ["a", "b", "c"]) await cli.here(["create", name]);
  const refused = await cli.here(["remove", "a", "nope", "b"]);
  assert.equal(refused.code, 4);
  assert.equal((await cli.here(["list", "-q", "--sort", "name"])).stdout, "a\nb\nc\n");
  const removed = await cli.here(["remove", "a", "b", "--json"]);
  assert.deepEqual(
    objectsIn(removed.stdout).map(({ name }) => name),
    ["a", "b"],
  );
  assert.equal((await cli.here(["list", "-q"])).stdout, "c\n");
});

test("status and cancel take several names", async (t) => {
  const cli = openFakeCli(t);
  const { sandbox } = cli;
  for (const name of ["a", "b", "c"]) {
    await cli.here(["create", name]);
    const gate = join(sandbox.folder, "never");
    const prompt = cli.say({ waitForFile: gate, pidTo: join(sandbox.folder, name) }, "wait");
    await cli.run(["send", name, "--detach", prompt]);
  }
  const runs = async (...names: string[]) =>
    objectsIn((await cli.here(["status", ...names, "--json"])).stdout)[0].turns.map(
      ({ name }: { name: string }) => name,
    );
  await until(async () => (await runs()).length === 3, { what: "three turns" });
  assert.deepEqual(await runs("c", "a"), ["c", "a"]);
  const cancelled = await cli.here(["cancel", "a", "b", "--json"]);
  assert.deepEqual(
    objectsIn(cancelled.stdout).map(({ name, cancelled: was }) => [name, was]),
    [
      ["a", true],
      ["b", true],
    ],
  );
  assert.deepEqual(await runs(), ["c"]);
  await cli.here(["cancel", "c"]);
});
