import assert from "node:assert/strict";
import test from "node:test";
import { identifyProcess } from "../../src/system/processes/identity.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { start, until } from "../support/run.ts";
import { workerArgv } from "../support/worker.ts";

const worker = workerArgv("gate");

for (const moment of ["before", "after"]) {
  test(`killed before the gate opens, ${moment} the agent is on record: nothing ran, and the state says so`, async (t) => {
    const cli = openFakeCli(t);
    const created = (await cli.run(["create", "x", "--json", cli.say({}, "one")])).json;
    const starts = cli.records().length;
    const argv = [...worker, moment, FAKE_AGENT, cli.say({}, "never")];
    const sending = start(argv, { cwd: cli.sandbox.workspace, env: cli.sandbox.env });
    const pid = Number(await sending.waitFor((stdout) => stdout.includes("\n"), { what: "the gate" }));
    assert.ok(identifyProcess(pid), "the gate waits");
    const busy = await cli.run(["send", "x", "--if-busy", "fail", "--json", "hi"]);
    assert.equal(busy.json.error?.code, "busy");

    sending.kill("SIGKILL");
    await sending.exited;
    await until(() => identifyProcess(pid) === undefined, { what: "the gate to give up" });
    assert.equal(cli.records().length, starts, "the agent never started");
    const show = (await cli.run(["show", "x", "--json"])).json;
    const last = show.last_turn as { outcome: string; error: { message: string } };
    assert.equal(show.session_id, created.session_id);
    assert.equal(last.outcome, "interrupted");
    assert.match(last.error.message, /nothing ran/);
    const next = await cli.run(["send", "x", "--json", cli.say({}, "two")]);
    assert.match(String(next.json.text), /prompts: 2/);
  });
}
