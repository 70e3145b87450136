import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { run } from "../support/run.ts";

const SCHEMA = {
  type: "object",
  properties: { n: { type: "integer", minimum: 2 }, day: { type: "string", format: "date" } },
  required: ["n"],
};

test("an answer that does not fit the whole schema is a failure, and a schema that can't be checked asks nobody", async (t) => {
  const cli = openFakeCli(t);
  const file = (name: string, schema: unknown) => {
    writeFileSync(join(cli.sandbox.workspace, name), JSON.stringify(schema));
    return ["--schema", name, "--json"];
  };
  const schema = file("schema.json", SCHEMA);
  const ask = (answer: unknown) => cli.say({ text: JSON.stringify(answer) }, "how many?");
  assert.equal((await cli.run(["create", "x"])).code, 0);
  const met = await cli.run(["send", "x", ...schema, ask({ n: 2, day: "2026-02-28" })]);
  assert.deepEqual([met.code, met.json.structured], [0, { n: 2, day: "2026-02-28" }], met.stdout);
  const cases: [string, string[], unknown, string][] = [
    ["send", ["x"], { n: 1 }, "n is wrong: 1 is less than 2"],
    ["fork", ["x", "y"], { n: 2, day: "2026-02-30" }, 'day is wrong: String does not match format "date"'],
    ["once", [], { n: 1 }, "n is wrong: 1 is less than 2"],
  ];
  for (const [verb, names, answer, problem] of cases) {
    const { code, json } = await cli.run([verb, ...names, ...schema, ask(answer)]);
    const message = `The answer of Claude Code does not match the schema: ${problem}.`;
    assert.deepEqual([code, json.error?.code, json.error?.message], [3, "schema_not_met", message], verb);
    assert.equal(json.structured, null);
  }
  const detached = await cli.run(["send", "x", "--detach", ...schema, ask({ n: 0 })]);
  assert.equal(detached.code, 0);
  const waited = await cli.run(["wait", "x", "--turn", String(detached.json.turn_id), "--json"]);
  assert.deepEqual([waited.code, waited.json.error?.code], [3, "schema_not_met"]);

  const asked = cli.records().length;
  const slip = file("slip.json", { type: "object", properties: { n: { minimun: 2 } } });
  for (const verb of [
    ["send", "x"],
    ["create", "z"],
    ["fork", "x", "z"],
    ["once"],
    ["send", "x", "--detach"],
  ]) {
    const { code, json } = await cli.run([...verb, ...slip, ask({})]);
    const message =
      "The schema can't be used: #/properties/n/minimun can't be checked. Did you mean minimum?.";
    assert.deepEqual([code, json.error?.code], [2, "usage"], verb.join(" "));
    assert.equal(json.error?.message, message.replace("?.", "?"));
  }
  assert.equal(cli.records().length, asked, "the agent was not started");
  assert.deepEqual((await cli.run(["list", "--json"])).json.count, 2);
});

test("a skill holds an answer to the whole schema with nothing but its own file", async (t) => {
  const { sandbox, say } = openFakeCli(t);
  writeFileSync(join(sandbox.workspace, "schema.json"), JSON.stringify(SCHEMA));
  const program = join(REPOSITORY, "dist/carried/skills/codex-cli-invoke-once/scripts/invoke_once.mjs");
  const argv = [process.execPath, program, "once", "--agent", "claude", "--agent-cmd", FAKE_AGENT];
  const prompt = say({ text: '{"n":1}' }, "how many?");
  const place = { cwd: sandbox.workspace, env: sandbox.env };
  const { code, stdout } = await run([...argv, "--schema", "schema.json", "--json", prompt], place);
  const { error } = JSON.parse(stdout);
  assert.deepEqual([code, error.code], [3, "schema_not_met"], stdout);
  assert.match(error.message, /n is wrong: 1 is less than 2/);
});

test("only a turn with a schema reads the validator", async (t) => {
  const { sandbox } = openFakeCli(t);
  const dist = join(REPOSITORY, "dist");
  assert.ok(readdirSync(dist).includes("json-schema.cjs"));
  const loaded = `process.on("exit", () => console.error(Object.keys(require.cache).filter((file) => file.includes("json-schema")).length));`;
  writeFileSync(join(sandbox.folder, "loaded.cjs"), loaded);
  const argv = [process.execPath, "-r", join(sandbox.folder, "loaded.cjs"), join(dist, "cli.cjs")];
  writeFileSync(join(sandbox.workspace, "schema.json"), "{}");
  const once = ["once", "--agent-cmd", FAKE_AGENT];
  for (const [args, count] of [
    [["list"], 0],
    [[...once, "hi"], 0],
    [[...once, "--schema", "schema.json", "1"], 1],
  ] as const) {
    const { stderr } = await run([...argv, ...args], { cwd: sandbox.workspace, env: sandbox.env });
    assert.equal(stderr.trim().split("\n").at(-1), String(count), args.join(" "));
  }
});
