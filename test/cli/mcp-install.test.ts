import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";

const INSTALL = ["mcp", "install", "--agent", "codex"];
const UNINSTALL = ["mcp", "uninstall", "--agent", "codex"];
const CONFIG = 'model = "x" # mine\n\n[projects."/x"]\ntrust_level = "trusted"\n';

/** A place with a configuration of codex. */
function open(t: TestContext): { cli: FakeCli; folder: string; config: string; copy: string } {
  const cli = openFakeCli(t);
  const folder = join(cli.sandbox.home, ".codex");
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "config.toml");
  writeFileSync(config, CONFIG);
  chmodSync(config, 0o640);
  return { cli, folder, config, copy: `${config}.before-agent-sessions` };
}

const read = (path: string) => readFileSync(path, "utf8");

test("codex is given the server behind what is there, and uninstall leaves every byte as it was", async (t) => {
  const { cli, folder, config, copy } = open(t);
  const printed = await cli.here([...INSTALL, "--print"]);
  assert.equal(printed.code, 0, printed.stderr);
  assert.equal(read(config), CONFIG, "it was only shown");
  const installed = await cli.here([...INSTALL, "--json"]);
  assert.equal(installed.json.state, "installed");
  assert.equal(read(config), `${CONFIG}\n${printed.stdout}`);
  assert.equal(read(copy), CONFIG);
  assert.deepEqual(
    [config, copy].map((path) => lstatSync(path).mode & 0o777),
    [0o640, 0o640],
  );
  assert.match(read(config), /"AGENT_SESSIONS_CHAIN",[\s\S]*"CODEX_API_KEY",/);

  const again = await cli.here(INSTALL);
  assert.deepEqual([again.code, /has the server already/.test(again.stderr)], [0, true]);
  const { json } = await cli.here([...INSTALL, "--max-access", "full", "--json"]);
  assert.deepEqual([json.state, (json.words as string[]).slice(-2)], ["replaced", ["--max-access", "full"]]);
  assert.equal(read(copy), CONFIG, "the copy is from before the first of them");

  assert.equal((await cli.here([...UNINSTALL, "--print"])).code, 0);
  assert.match(read(config), /mcp_servers/);
  assert.equal((await cli.here([...UNINSTALL, "--json"])).json.state, "removed");
  assert.deepEqual([read(config), readdirSync(folder)], [CONFIG, ["config.toml"]]);
  assert.equal((await cli.here([...UNINSTALL, "--json"])).json.state, "not_installed");
});

test("what comes behind the block later stays, and the copy with it", async (t) => {
  const { cli, config, copy } = open(t);
  await cli.here(INSTALL);
  const later = '[projects."/y"]\ntrust_level = "trusted"\n';
  writeFileSync(config, read(config) + later);
  assert.equal((await cli.here(UNINSTALL)).code, 0);
  assert.equal(read(config), CONFIG + later);
  assert.match(read(copy), /mcp_servers/, "as it was before this change");
});

test("a file that was not there goes with the block, and a link to it stays a link", async (t) => {
  const { cli, folder, config } = open(t);
  const home = join(cli.sandbox.folder, "other");
  const env = { CODEX_HOME: home };
  await cli.here(INSTALL, { env });
  assert.match(read(join(home, "config.toml")), /^# >>> agent-sessions mcp/);
  await cli.here(UNINSTALL, { env });
  assert.deepEqual(readdirSync(home), []);
  symlinkSync(config, join(home, "config.toml"));
  await cli.here(INSTALL, { env });
  assert.ok(lstatSync(join(home, "config.toml")).isSymbolicLink());
  assert.match(read(config), /mcp_servers/);
  assert.deepEqual(readdirSync(folder), ["config.toml"], "nothing else is put into the folder of the file");
  await cli.here(UNINSTALL, { env });
  assert.deepEqual([read(config), readdirSync(home)], [CONFIG, ["config.toml"]]);
});

test("what was not written by us is not touched, and neither is what can't be written", async (t) => {
  const { cli, folder, config } = open(t);
  const table = '[mcp_servers.agent-sessions]\ncommand = "other"\n';
  for (const [text, says] of [
    [`${CONFIG}${table}`, /has a server agent-sessions already/],
    ["mcp_servers = {}\n", /not tables of their own/],
    ["a = \n", /can't be used, line 1/],
    [`# >>> agent-sessions mcp >>> \n${table}`, /not as it was written/],
  ] as const) {
    writeFileSync(config, text);
    const { code, stderr } = await cli.here(INSTALL);
    assert.deepEqual([code, says.test(stderr), read(config)], [2, true, text], stderr);
  }
  writeFileSync(config, `${CONFIG}${table}`);
  assert.match((await cli.here(UNINSTALL)).stderr, /was not written by agent-sessions.*\n.*codex mcp remove/);
  if (process.getuid?.() === 0) return t.diagnostic("root may write anywhere");
  writeFileSync(config, CONFIG);
  chmodSync(folder, 0o500);
  const { code, stderr } = await cli.here(INSTALL);
  chmodSync(folder, 0o700);
  assert.deepEqual([code, read(config), readdirSync(folder)], [8, CONFIG, ["config.toml"]], stderr);
});

test("an agent may look at what install would do, and not do it", async (t) => {
  const { cli, config } = open(t);
  const env = { AGENT_SESSIONS_TURN: "some-turn" };
  const refused = await cli.here([...INSTALL, "--max-access", "full"], { env });
  assert.deepEqual([refused.code, read(config)], [2, CONFIG]);
  assert.match(refused.stderr, /An agent has called mcp install, and only a person/);
  assert.equal((await cli.here([...INSTALL, "--print"], { env })).code, 0);
});

test("doctor tells where the program is gone, and where the block is torn", async (t) => {
  const { cli, config } = open(t);
  const look = async () => {
    // No agents: doctor would start each of them.
    const { json } = await cli.here(["doctor", "--json"], { env: { PATH: "/usr/bin:/bin" } });
    const checks = json.checks as { check: string; status: string; message: string; hint?: string }[];
    return checks.filter(({ check }) => check === "mcp");
  };
  assert.deepEqual(await look(), []);
  await cli.here([...INSTALL, "--max-access", "full"]);
  assert.deepEqual(
    (await look()).map(({ status }) => status),
    ["ok"],
  );
  const written = read(config);
  writeFileSync(config, written.replace(/args = \[".*?"/, 'args = ["/gone/cli.cjs"'));
  const [gone] = await look();
  assert.deepEqual([gone?.status, /not there any more/.test(gone?.message ?? "")], ["warning", true]);
  assert.match(gone?.hint ?? "", /mcp install --agent codex --max-access full/);
  writeFileSync(config, written.replace(/ # <<<.*/, ""));
  assert.match((await look())[0]?.message ?? "", /is broken: line 6: the block/);
  assert.ok(existsSync(config));
});

/** A `claude` that keeps servers as claude 2.1.332 does, and adds none with a word that it does not like. */
const FAKE_CLAUDE = `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const old = process.env.HOME + "/.claude/.config.json";
const path = existsSync(old) ? old : process.env.HOME + "/.claude.json";
const all = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
const servers = (all.mcpServers ??= {});
const [, verb, , , name, , command, ...args] = process.argv.slice(2);
const fail = (text) => { console.error(text); process.exit(1); };
if (verb === "add" && servers[name]) fail("MCP server " + name + " already exists in user config");
if (verb === "add" && args.includes("full")) fail("I don't like that.");
if (verb === "add") servers[name] = { type: "stdio", command, args, env: {} };
else if (servers[name]) delete servers[name];
else fail("No MCP server named");
writeFileSync(path, JSON.stringify(all));
`;

test("a client with a command of its own is left with what it had where that fails, and with what others gave it", async (t) => {
  const { cli } = open(t);
  const { home, folder } = cli.sandbox;
  const file = join(home, ".claude.json");
  const bin = join(folder, "clients");
  mkdirSync(bin);
  writeFileSync(join(bin, "claude"), FAKE_CLAUDE, { mode: 0o755 });
  const claude = (verb: string, ...more: string[]) =>
    cli.here(["mcp", verb, "--agent", "claude", ...more, "--json"], {
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
  const argsIn = (path: string) => JSON.parse(read(path)).mcpServers["agent-sessions"]?.args.slice(1);

  const none = await cli.here(["mcp", "install", "--agent", "claude"], { env: { PATH: "/nowhere" } });
  assert.deepEqual([none.code, /is not installed/.test(none.stderr)], [7, true]);
  assert.equal((await claude("uninstall")).json.state, "not_installed");
  assert.equal((await claude("install", "--read-only")).json.state, "installed");
  const failed = await claude("install", "--max-access", "full");
  assert.deepEqual([failed.code, argsIn(file)], [3, ["mcp", "--read-only"]], "it has again what it had");
  assert.match(failed.json.error?.message ?? "", /claude mcp add .* failed with 1: I don't like that\./);
  assert.equal((await claude("install")).json.state, "replaced");
  assert.equal((await claude("install")).json.state, "already_installed");

  const own = {
    "agent-sessions": { type: "stdio", command: "agent-sessions", args: ["mcp"], env: { A: "1" } },
  };
  writeFileSync(file, JSON.stringify({ mcpServers: own }));
  assert.equal((await claude("install")).code, 2, "it has a variable that nobody would give it again");
  writeFileSync(file, JSON.stringify({ mcpServers: { "agent-sessions": { ...own, command: "other" } } }));
  assert.equal((await claude("uninstall")).code, 2);

  mkdirSync(join(home, ".claude"));
  const earlier = join(home, ".claude/.config.json");
  writeFileSync(earlier, "{}");
  assert.equal((await claude("install")).json.path, earlier);
  assert.deepEqual(argsIn(earlier), ["mcp"]);
});
