import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CLIENTS } from "../support/cli/mcp-clients.ts";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run } from "../support/run.ts";

/** How a client lists its servers, and asks its model something with the tools that it has been given. */
const WAYS = {
  claude: {
    list: ["claude", "mcp", "list"],
    ask: ["claude", "-p", "--allowedTools", "mcp__agent-sessions"],
  },
  codex: {
    list: ["codex", "mcp", "list"],
    ask: ["codex", "exec", "-c", "mcp_servers.agent-sessions.required=true", "-"],
  },
  copilot: { list: ["copilot", "mcp", "list"], ask: ["copilot", "--allow-all-tools"] },
} as const;

const here = (cli: RealCli, argv: readonly string[], input = "") =>
  run(argv, { cwd: cli.workspace, env: cli.env, input });

for (const [client, { list, ask }] of Object.entries(WAYS)) {
  test(`${client} lists the server after mcp install, its model can call it, and uninstall takes it back`, async (t) => {
    const cli = await openRealCli(t);
    const home = cli.env.HOME ?? "";
    const bin = join(home, "bin");
    mkdirSync(bin);
    symlinkSync(join(REPOSITORY, "dist/cli.cjs"), join(bin, "agent-sessions"));
    cli.env.PATH = `${bin}:${cli.env.PATH}`;
    const config = join(home, ".codex/config.toml");
    const before = readFileSync(config);
    await cli.run(["create", "known", "--agent", "claude"]);

    const installed = await cli.run(["mcp", "install", "--agent", client, "--read-only", "--json"]);
    assert.deepEqual(
      [installed.json.state, installed.json.words],
      ["installed", ["agent-sessions", "mcp", "--read-only"]],
      installed.stderr,
    );
    assert.match((await here(cli, list)).stdout, /agent-sessions/);
    assert.equal(
      (await cli.run(["mcp", "install", "--agent", client, "--read-only", "--json"])).json.state,
      "already_installed",
    );
    const replaced = await cli.run(["mcp", "install", "--agent", client, "--json"]);
    assert.equal(replaced.json.state, "replaced", replaced.stderr);

    const { tool } = CLIENTS[client as keyof typeof CLIENTS];
    cli.model.when("Which are there?", { toolCalls: [{ name: tool("list"), args: {} }], next: "told" });
    const asked = await here(cli, ask, "Which are there?");
    assert.equal(asked.code, 0, asked.stderr);
    const results = cli.model
      .requests()
      .filter(({ agent }) => agent === client)
      .flatMap(({ messages }) => messages.flatMap(({ role, text }) => (role === "tool" ? [text] : [])));
    assert.match(results.join("\n"), /"?name\\?"?: ?\\?"known/, asked.stdout + asked.stderr);

    const doctor = await cli.run(["doctor", "--json"]);
    const checks = doctor.json.checks as { check: string; status: string }[];
    assert.deepEqual(
      checks.filter(({ check }) => check === "mcp").map(({ status }) => status),
      ["ok"],
    );

    const removed = await cli.run(["mcp", "uninstall", "--agent", client, "--json"]);
    assert.equal(removed.json.state, "removed", removed.stderr);
    assert.doesNotMatch((await here(cli, list)).stdout, /agent-sessions/);
    if (client === "codex") assert.deepEqual(readFileSync(config), before);
  });
}

test("codex writes its servers anew, and uninstall still finds ours", async (t) => {
  const cli = await openRealCli(t);
  assert.equal((await cli.run(["mcp", "install", "--agent", "codex"])).code, 0);
  assert.equal((await here(cli, ["codex", "mcp", "add", "other", "--", "true"])).code, 0);
  const again = await cli.run(["mcp", "install", "--agent", "codex", "--json"]);
  assert.equal(again.json.state, "already_installed", again.stderr);
  const removed = await cli.run(["mcp", "uninstall", "--agent", "codex", "--json"]);
  assert.equal(removed.json.state, "removed", removed.stderr);
  const { stdout } = await here(cli, ["codex", "mcp", "list"]);
  assert.deepEqual([/other/.test(stdout), /agent-sessions/.test(stdout)], [true, false], stdout);
});
