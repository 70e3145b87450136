import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../loopback/environment.ts";
import { run } from "../loopback/run.ts";
import { openRealCli } from "./real-cli.ts";

const guide = readFileSync(join(REPOSITORY, "docs/guide-agents.md"), "utf8");
const blocks = [...guide.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = ""]) => commands);

test("the commands of the guide for agents run as they stand", async (t) => {
  const cli = await openRealCli(t);
  const bin = join(cli.sandbox.folder, "bin");
  mkdirSync(bin);
  symlinkSync(join(REPOSITORY, "dist/cli.cjs"), join(bin, "agent-sessions"));
  cli.model.when("Review the last commit.", { slowMs: 1500, text: "It looks good to me." });
  cli.model.when("Read everything, twice.", "never");
  assert.equal(blocks.length, 8);
  // One shell for all of them: what a command leaves in a variable is for those after it.
  const script = ["set -e", ...blocks.map((block, at) => `echo "=== ${at}"\n${block}`)].join("\n");
  const env = { ...cli.env, PATH: `${bin}:${cli.env.PATH}` };
  const { code, stdout, stderr } = await run(["bash", "-c", script], { cwd: cli.workspace, env });
  assert.equal(code, 0, stdout + stderr);
  const outputs = stdout.split(/^=== \d+\n/m).slice(1);
  const json = (at: number) => JSON.parse(outputs[at]?.trimEnd().split("\n").at(-1) ?? "");
  assert.deepEqual([json(0).type, json(0).outcome], ["agent_sessions.result", "succeeded"]);
  assert.deepEqual([json(1).outcome, json(1).text], ["succeeded", "It looks good to me."]);
  assert.equal(readFileSync(join(cli.workspace, "answer.txt"), "utf8"), "It looks good to me.\n");
  assert.deepEqual([json(3).type, json(3).count], ["agent_sessions.status", 0]);
  const stream = readFileSync(join(cli.workspace, "stream.jsonl"), "utf8").trimEnd().split("\n");
  assert.equal(JSON.parse(stream.at(-1) ?? "").turn_id, json(1).turn_id);
  assert.equal(json(5).turn_id, json(1).turn_id);
  assert.equal(json(6).text, "You said: Is it urgent?");
  assert.deepEqual([json(7).cancelled, json(7).turn.outcome], [true, "cancelled"]);
});
