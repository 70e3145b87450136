import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { CODEX_ALIAS, READING_TOOLS, TOOLS } from "../../src/mcp/serve.ts";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";
import { REPOSITORY } from "../support/environment.ts";

const PAGE = readFileSync(join(REPOSITORY, "docs/mcp.md"), "utf8");

test("docs/mcp.md: every command runs as it stands, and nothing is left of what was installed", async (t) => {
  const cli = await openRealCli(t);
  const codex = join(cli.env.HOME ?? "", ".codex");
  const before = readFileSync(join(codex, "config.toml"));
  const commands = codeBlocks("docs/mcp.md").filter(({ language }) => language === "sh");
  const [installed = "", ...rest] = await runBlocks(
    cli,
    commands.map(({ text }) => text),
  );
  assert.equal(rest.length, 1);
  for (const client of ["Claude Code", "Codex", "GitHub Copilot"])
    assert.match(installed, new RegExp(`${client} has the MCP server, up to edit`));
  assert.deepEqual(readFileSync(join(codex, "config.toml")), before);
  assert.ok(!readdirSync(codex).includes("config.toml.before-agent-sessions"));
  for (const file of [".claude.json", ".copilot/mcp-config.json"])
    assert.doesNotMatch(readFileSync(join(cli.env.HOME ?? "", file), "utf8"), /agent-sessions/);
});

test("docs/mcp.md names every tool, and marks those that only read", () => {
  const rows = [...PAGE.matchAll(/^\| (`[a-z]+`(?:, `[a-z]+`)*) \|.*\| (yes)? ?\|$/gm)];
  const named = rows.flatMap(([, names = "", only]) =>
    [...names.matchAll(/[a-z]+/g)].map(([name]) => [name, only === "yes"] as const),
  );
  const tools = TOOLS.map(({ name }) => [name, READING_TOOLS.some((one) => one.name === name)] as const);
  assert.deepEqual(named.toSorted(), tools.toSorted());
  for (const { name } of CODEX_ALIAS) assert.ok(PAGE.includes(`\`${name}\``), name);
});
