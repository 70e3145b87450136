// Many processes send at once to a name that has little left.
import assert from "node:assert/strict";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";

for (const isDetached of [false, true]) {
  test(`of ten ${isDetached ? "detached turns" : "sends"} at once, the one that crosses the budget is the last`, async (t) => {
    const cli = openFakeCli(t);
    await cli.run(["create", "x", "--json", cli.say({}, "one")]);
    await cli.run(["send", "x", "--json", cli.say({}, "two")]);
    const tokensOf = async () => {
      const { turns } = (await cli.here(["history", "x", "--json"])).json as {
        turns: { usage: { input_tokens: number; output_tokens: number } | null }[];
      };
      return turns.map(({ usage }) => (usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
    };
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    const before = await tokensOf();
    // Room for about three and a half more of them.
    const limit = sum(before) + Math.floor((before.at(-1) ?? 0) * 3.5);
    assert.equal((await cli.run(["budget", "x", `${limit}tok`])).code, 0);

    const options = isDetached ? ["--detach", "--json"] : ["--json"];
    const sends = Array.from({ length: 10 }, (_, at) =>
      cli.run(["send", "x", ...options, cli.say({}, `at once ${at}`)]),
    );
    const asked = await Promise.all(sends);
    const results = isDetached
      ? await Promise.all(
          // Those that came when it was used up were refused at once.
          asked.map((one) =>
            one.code === 0 ? cli.run(["wait", "x", "--turn", String(one.json.turn_id), "--json"]) : one,
          ),
        )
      : asked;
    const outcomes = results.map(({ code, json }) => (code === 0 ? json.outcome : json.error?.code));
    const ran = outcomes.filter((outcome) => outcome === "succeeded").length;
    const refused = outcomes.filter((outcome) => outcome === "over_budget").length;
    assert.equal(ran + refused, 10, JSON.stringify(outcomes));
    assert.ok(ran > 0 && refused > 0, JSON.stringify(outcomes));

    const after = await tokensOf();
    assert.equal(after.length, before.length + ran);
    assert.equal(cli.records().length, after.length, "no agent was started for a turn that was refused");
    assert.ok(sum(after) >= limit, "it was crossed");
    assert.ok(sum(after.slice(0, -1)) < limit, "and by the last turn");
  });
}
