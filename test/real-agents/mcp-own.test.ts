import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLIENTS, SERVER } from "../support/cli/mcp-clients.ts";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";

type Asking = "claude" | "codex";

/** What the state home and the agents need. Nothing of it says in which turn the server runs. */
const PASSED = /^(AGENT_SESSIONS_HOME|XDG_|CODEX_HOME|CLAUDE_CONFIG_DIR|ANTHROPIC_|LOOPBACK|OPENAI_)/;

/** Makes both agents clients of our server, and returns how `create` begins a conversation with each. */
function clientsOf(cli: RealCli): Record<Asking, string[]> {
  const [command, ...args] = [...SERVER, "--max-access", "full"];
  const home = cli.env.CODEX_HOME ?? join(cli.env.HOME ?? "", ".codex");
  const lines = [
    `[mcp_servers.agent-sessions]`,
    `command = ${JSON.stringify(command)}`,
    `args = ${JSON.stringify(args)}`,
    `env_vars = ${JSON.stringify(Object.keys(cli.env).filter((name) => PASSED.test(name)))}`,
    `default_tools_approval_mode = "approve"`,
    `required = true`,
    `startup_timeout_sec = 60`,
  ];
  appendFileSync(join(home, "config.toml"), `\n${lines.join("\n")}\n`);
  const config = JSON.stringify({ mcpServers: { "agent-sessions": { command, args } } });
  return {
    codex: [],
    claude: [`--agent-arg=--mcp-config=${config}`, "--agent-arg=--allowedTools=mcp__agent-sessions"],
  };
}

const toolResults = (cli: RealCli, prompt: string) =>
  cli.model
    .requests()
    .filter(({ userMessages }) => userMessages.at(-1)?.trim() === prompt)
    .at(-1)
    ?.messages.flatMap(({ role, text }) => (role === "tool" ? [text] : [])) ?? [];

for (const agent of ["claude", "codex"] as const) {
  test(`${agent} asks its own conversation over MCP, in its first turn, in a later one and in a warm process`, async (t) => {
    const cli = await openRealCli(t);
    const { tool } = CLIENTS[agent];
    const begin = clientsOf(cli)[agent];
    const self = { name: "self", agent };
    const asks = (prompt: string) =>
      cli.model.when(prompt, {
        toolCalls: [{ name: tool("send"), args: { ...self, prompt: "And?" } }],
        next: { toolCalls: [{ name: tool("wait"), args: { ...self, wait_ms: 2_000 } }], next: "told" },
      });
    const turns = [
      ["First.", ["create", "self", "-a", agent, ...begin, "--keep-warm=5m"]],
      ["Second.", ["send", "self"]],
      ["Third.", ["send", "self", "--keep-warm=5m"]],
      ["Fourth.", ["send", "self", "--keep-warm=5m"]],
    ] as const;
    const processes: unknown[] = [];
    for (const [prompt, line] of turns) {
      asks(prompt);
      const { code, json, stderr, stdout } = await cli.run([...line, "--json", prompt]);
      assert.equal(code, 0, stderr + stdout);
      processes.push(json.process);
      const results = toolResults(cli, prompt);
      assert.match(results.slice(-2).join("\n"), /own_conversation/, `${prompt} ${results}`);
      assert.match(results.at(-1) ?? "", /own_conversation|no_such/, `${prompt} ${results}`);
    }
    assert.equal(processes.at(-1), "warm", String(processes));
  });
}

test("codex, asked by claude, asks that conversation back over MCP: the one that closes the ring is refused", async (t) => {
  const cli = await openRealCli(t);
  const { claude, codex } = CLIENTS;
  const begin = clientsOf(cli);
  assert.equal((await cli.run(["create", "a", "-a", "claude", ...begin.claude, "Hello."])).code, 0);
  const asks = (
    prompt: string,
    tool: (name: string) => string,
    args: Record<string, string>,
    question: string,
  ) =>
    cli.model.when(prompt, {
      toolCalls: [{ name: tool("send"), args: { ...args, prompt: question } }],
      next: { toolCalls: [{ name: tool("wait"), args }], next: "told" },
    });
  asks("Ask b.", claude.tool, { name: "b", agent: "codex" }, "Ask a.");
  asks("Ask a.", codex.tool, { name: "a", agent: "claude" }, "And?");
  const { code, stderr } = await cli.run(["send", "a", "Ask b."]);
  assert.equal(code, 0, stderr);
  assert.match(toolResults(cli, "Ask a.").join("\n"), /own_conversation/);
  assert.match(toolResults(cli, "Ask b.").at(-1) ?? "", /"outcome":"succeeded"/);
});
