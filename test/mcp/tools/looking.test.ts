import assert from "node:assert/strict";
import test from "node:test";
import { CODEX_ALIAS } from "../../../src/mcp/tools/codex-alias.ts";
import { TOOLS } from "../../../src/mcp/tools/index.ts";
import { cancel, history, list } from "../../../src/mcp/tools/looking.ts";
import { mcpCall } from "../../support/mcp-call.ts";

test("history is bounded: in turns, and in the length of each text", async () => {
  const turns = [{ prompt: "p", text: "x".repeat(10_000), duration_ms: 5 }];
  const call = mcpCall({ name: "x", last: 1_000 }, () => ({ json: { type: "t", turns, not_shown: [] } }));
  const { view } = await history.call(call);
  const [turn] = view.turns as { prompt: string; text: string; duration_ms: number }[];
  assert.deepEqual([turn?.prompt, turn?.duration_ms], ["p", 5]);
  assert.match(turn?.text ?? "", /^x{4000} … \(10000 characters in all\)$/);
  assert.deepEqual(call.lines[0]?.argv, ["history", "--last=50", "--", "x"]);
  const usual = mcpCall({ name: "x" }, () => ({ json: { turns } }));
  await history.call(usual);
  assert.deepEqual(usual.lines[0]?.argv, ["history", "--last=10", "--", "x"]);
});

test("list has at most fifty names, and cancel may be refused by a client", async () => {
  const call = mcpCall({ all: true }, () => ({ json: { type: "t", names: [] } }));
  assert.deepEqual((await list.call(call)).view, { names: [] });
  assert.deepEqual(call.lines[0]?.argv, ["list", "--all", "--limit=50"]);
  assert.deepEqual(
    [list.hints.readOnlyHint, cancel.hints.readOnlyHint, cancel.hints.destructiveHint],
    [true, false, true],
  );
});

test("whatever the arguments of any tool are, no line answers a gate or asks at one", async () => {
  for (const tool of [...TOOLS, ...CODEX_ALIAS])
    for (const word of ["approve", "refuse", "--shows=x", "--", "gate"]) {
      const args = Object.fromEntries(
        tool.fields.map(({ name, type }) => [name, type === "string" ? word : 1]),
      );
      const call = mcpCall(args, () => ({ json: { turn_id: "t" } }));
      await tool.call(call);
      for (const { argv } of call.lines) {
        const options = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
        assert.ok(
          argv[0] !== "gate" || !options.some((one) => /^(approve|refuse|--shows)/.test(one)),
          String(argv),
        );
      }
    }
});
