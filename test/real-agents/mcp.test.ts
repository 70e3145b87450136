import assert from "node:assert/strict";
import test from "node:test";
import { askClient, CLIENTS } from "../support/cli/mcp-clients.ts";
import { openRealCli } from "../support/cli/real-cli.ts";

const PAIRS = [
  ["claude", "codex"],
  ["codex", "claude"],
  ["copilot", "claude"],
] as const;

for (const [client, other] of PAIRS) {
  test(`${client} asks ${other} over MCP, and another process of it goes on in the same conversation`, async (t) => {
    const cli = await openRealCli(t);
    const { tool } = CLIENTS[client];
    for (const [at, prompt] of ["Remember banana.", "What was it?"].entries()) {
      cli.model.when(`round ${at}`, {
        toolCalls: [{ name: tool("send"), args: { name: "buddy", agent: other, prompt } }],
        next: { toolCalls: [{ name: tool("wait"), args: { name: "buddy" } }], next: "told" },
      });
      const { code, stderr, stdout } = await askClient(cli, client, `round ${at}`);
      assert.equal(code, 0, stderr + stdout);
    }
    const asked = cli.model.requests().filter(({ agent }) => agent === other);
    assert.deepEqual(
      asked.map(({ userMessages }) => userMessages),
      [["Remember banana."], ["Remember banana.", "What was it?"]],
    );
    const heard = cli.model.requests().filter(({ agent }) => agent === client);
    const results = heard.flatMap(({ messages }) =>
      messages.flatMap(({ role, text }) => (role === "tool" ? [text] : [])),
    );
    const answers = results.filter((text) => text.includes("You said: "));
    assert.match(answers.at(-1) ?? results.join("\n"), /You said: What was it\?/);
    assert.match(answers.at(-1) ?? "", /words of another agent/, "marked as what they are");
    const { json } = await cli.run(["show", "buddy", "--json"]);
    assert.deepEqual([json.agent, json.turns, json.access], [other, 2, "read-only"]);
  });
}
