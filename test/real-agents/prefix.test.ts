// A service keeps what it has read of a conversation only for a request that begins with the same bytes: what we pass to
// an agent must leave the beginning of the next request as it was.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";

type Body = Record<string, unknown>;

/** The parts of a request that come before the conversation, and the conversation, in the order that a cache has them. */
const PARTS: Record<string, { before: (body: Body) => unknown; said: (body: Body) => unknown[] }> = {
  claude: {
    before: ({ tools, system, tool_choice, thinking, model }) => [
      tools,
      system,
      tool_choice,
      thinking,
      model,
    ],
    said: ({ messages }) => messages as unknown[],
  },
  codex: {
    before: ({ tools, instructions, tool_choice, model, prompt_cache_key }) => [
      tools,
      instructions,
      tool_choice,
      model,
      prompt_cache_key,
    ],
    said: ({ input }) => input as unknown[],
  },
};

/**
 * The bytes of a value. Claude marks the end of what is to be cached, and the mark moves on: it is no part of the text, and
 * a text that has it is a list of one block.
 */
function bytesOf(value: unknown): string {
  return JSON.stringify(value, (key, inner) => {
    if (key === "cache_control") return undefined;
    if (key !== "content" || !Array.isArray(inner) || inner.length !== 1) return inner;
    const [block] = inner;
    return block?.type === "text" ? block.text : inner;
  });
}

for (const [agent, { before, said }] of Object.entries(PARTS)) {
  test(`${agent}: each request begins with the bytes of the one before`, async (t) => {
    const cli = await openRealCli(t);
    const role = join(cli.sandbox.folder, "role.md");
    writeFileSync(role, "You are a careful reviewer: 'quotes', \"more\", ümlauts.\n");
    const same = ["--agent", agent];
    const bodies: Body[] = [];
    for (const args of [
      ["create", "x", "one", "--role", role, "--access", "edit", "--effort", "high"],
      ["send", "x", "two"],
      ["send", "x", "three", "--stall", "5m", "--partials", "--events"],
      ["send", "x", "four", "--deadline", "5m", "--max-output", "100MB"],
    ]) {
      const { code, stdout, stderr } = await cli.run([...args, ...same]);
      assert.equal(code, 0, stdout + stderr);
      bodies.push(cli.model.requests().at(-1)?.body ?? {});
    }
    for (const [at, body] of bodies.entries()) {
      const next = bodies[at + 1];
      if (next === undefined) break;
      // Not `equal`, which would print all of both.
      assert.ok(
        bytesOf(before(next)) === bytesOf(before(body)),
        `what comes before turn ${at + 2} is another`,
      );
      const earlier = said(body);
      assert.ok(said(next).length > earlier.length);
      const repeated = said(next).slice(0, earlier.length);
      assert.ok(bytesOf(repeated) === bytesOf(earlier), `turn ${at + 2} repeats something else`);
    }
  });
}

test("claude: what the next send reads is estimated, and its price is that of what was charged", async (t) => {
  const cli = await openRealCli(t);
  const send = async (...args: string[]) => {
    const { code, stdout, stderr, json } = await cli.run([...args, "--json"]);
    assert.equal(code, 0, stdout + stderr);
    return json;
  };
  interface Estimate {
    cache: string;
    cold_tokens: number;
    is_at_most: boolean;
    cold_usd: number | null;
    last_read_at: string;
    basis: { tokens: string; priced_turns: number; model: string | null };
  }
  await send("create", "x", "one");
  const early = (await send("show", "x")).next_send as Estimate;
  assert.deepEqual([early.cold_tokens, early.cold_usd, early.basis.tokens], [121, null, "last_call"]);
  for (const prompt of ["two", "three"]) await send("send", "x", prompt);
  const before = cli.model.requests().length;
  const { next_send: found, ...planned } = await send("send", "x", "--dry-run");
  const told = found as Estimate;
  assert.equal(cli.model.requests().length, before, "nothing was sent");
  assert.equal(planned.type, "agent_sessions.dry_run");
  assert.deepEqual([told.cache, told.is_at_most], ["unknown", false], "this model caches nothing");
  assert.equal(told.cold_tokens, 123, "103 in, 20 out");
  assert.deepEqual([told.basis.tokens, told.basis.priced_turns], ["last_call", 3]);
  const { turns } = (await send("history", "x")) as unknown as {
    turns: { usage: { input_tokens: number; cost_usd: number } }[];
  };
  const [first, second] = turns.map(({ usage }) => usage);
  const price = (second?.cost_usd ?? 0) - (first?.cost_usd ?? 0);
  assert.ok(Math.abs((told.cold_usd ?? 0) - 123 * price) < 1e-6, `${told.cold_usd} is not 123 × ${price}`);
  const { groups } = (await send("cost", "x", "--by", "turn")) as unknown as {
    groups: { input_tokens: number }[];
  };
  assert.deepEqual(
    groups.map(({ input_tokens: tokens }) => tokens),
    [101, 102, 103],
    "turn by turn",
  );
  const { text } = { text: (await cli.run(["send", "x", "--dry-run"])).stdout };
  assert.match(
    text,
    /next send +cache unknown: without one, reads about 123 tokens again, about \$0\.0005 \(estimate\)/,
  );
});
