import assert from "node:assert/strict";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";

for (const agent of ["claude", "codex"]) {
  test(`${agent}: send is killed while the agent answers; the turn ends well and the next one continues`, async (t) => {
    const cli = await openRealCli(t);
    await cli.run(["create", "x", "-a", agent, "first"]);
    let answer: (text: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => {
      answer = resolve;
    });
    cli.model.when("second", () => held);
    const sending = cli.start(["send", "x", "second"]);
    await cli.model.received("second");
    sending.kill("SIGKILL");
    await sending.result;

    const busy = (await cli.run(["show", "x", "--json"])).json;
    assert.equal((busy.busy as { caller_is_gone: boolean }).caller_is_gone, true);
    const refused = await cli.run(["send", "x", "--if-busy", "fail", "--json", "too early"]);
    assert.deepEqual([refused.code, refused.json.error?.code], [5, "busy"]);

    answer("the answer nobody waited for");
    const settled = await cli.showUntil("x", "the turn to be settled", (shown) => shown.busy === null);
    const last = settled.last_turn as Record<string, unknown>;
    assert.deepEqual(
      [last.outcome, last.text, last.prompt],
      ["succeeded", "the answer nobody waited for", "second"],
    );

    const sent = await cli.run(["send", "x", "--json", "third"]);
    assert.equal(sent.json.outcome, "succeeded");
    assert.deepEqual(cli.lastPrompts(), ["first", "second", "third"]);
    assert.equal((await cli.run(["show", "x", "--json"])).json.turns, 3, "one record each");
  });

  test(`${agent}: create is killed while the agent answers its first turn; the name is there`, async (t) => {
    const cli = await openRealCli(t);
    let answer: (text: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => {
      answer = resolve;
    });
    cli.model.when("first", () => held);
    const creating = cli.start(["create", "x", "-a", agent, "first"]);
    await cli.model.received("first");
    creating.kill("SIGKILL");
    await creating.result;
    const listed = (await cli.run(["list", "--json"])).json;
    assert.equal(listed.count, 1);
    const taken = await cli.run(["create", "x", "-a", agent, "--json"]);
    assert.equal(taken.json.error?.code, "name_exists");
    answer("born anyway");
    const settled = await cli.showUntil("x", "the first turn to be settled", (shown) => shown.busy === null);
    assert.equal((settled.last_turn as Record<string, unknown>).text, "born anyway");
    await cli.run(["send", "x", "second"]);
    assert.deepEqual(cli.lastPrompts(), ["first", "second"]);
  });
}
