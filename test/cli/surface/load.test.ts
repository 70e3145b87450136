import assert from "node:assert/strict";
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { CLI, openFakeCli } from "../../support/cli/fake-cli.ts";
import { openMcp } from "../../support/cli/mcp-server.ts";
import { startPage } from "../../support/page/page-server.ts";
import { run } from "../../support/run.ts";
import { tempFolder } from "../../support/temp-folder.ts";

/** A program of its own, whose files may be broken. */
function copyProgram(t: TestContext) {
  const dist = join(tempFolder(t), "dist");
  cpSync(dirname(CLI), dist, { recursive: true });
  const removeCommands = () => {
    for (const file of readdirSync(dist)) if (file.startsWith("command-")) rmSync(join(dist, file));
  };
  return { dist, cli: join(dist, "cli.cjs"), removeCommands };
}

/** The same with the file of its `rename`. */
function openCopy(t: TestContext) {
  const { sandbox } = openFakeCli(t);
  const { dist } = copyProgram(t);
  const rename = (...more: string[]) =>
    run([process.execPath, join(dist, "cli.cjs"), "rename", "a", "b", ...more], {
      cwd: sandbox.workspace,
      env: sandbox.env,
    });
  return { dist, file: join(dist, "command-rename.cjs"), rename };
}

test("a command whose file is missing, torn or of another build does nothing, and says what to do", async (t) => {
  const { dist, file, rename } = openCopy(t);
  const text = readFileSync(file, "utf8");
  assert.equal((await rename()).code, 4, "whole, it looks for the name");
  const broken: Record<string, [() => void, RegExp]> = {
    missing: [() => rmSync(file), /Cannot find module '\.\/command-rename\.cjs'$/m],
    torn: [() => writeFileSync(file, text.slice(0, -40)), /rename can't be used: \S.*$/m],
    empty: [() => writeFileSync(file, ""), /rename can't be used: \S.*$/m],
    "another command's": [() => copyFileSync(join(dist, "command-role.cjs"), file), /no command in it/],
    "of another build": [
      () => writeFileSync(file, text.replace(/build !== "\w/, "$&0")),
      /: main\.cjs and command-rename\.cjs are of two builds\.$/m,
    ],
  };
  for (const [what, [spoil, why]] of Object.entries(broken)) {
    spoil();
    const { code, stderr } = await rename();
    assert.equal(code, 1, what);
    assert.match(stderr, /^error: The file of the command rename can't be used: /, what);
    assert.match(stderr, why, what);
    assert.match(stderr, /Run the command again\./, what);
    assert.equal(stderr.trimEnd().split("\n").length, 2, stderr);
  }
  const { error } = JSON.parse((await rename("--json")).stdout);
  assert.equal(error.code, "internal");
});

test("an MCP server that stays goes on with its tools when an upgrade takes their files away", async (t) => {
  const { cli, removeCommands } = copyProgram(t);
  const { sandbox, connect, env } = openMcp(t, cli);
  const settings = { cwd: sandbox.workspace, env };
  const set = ["config", "set", "claude.agent-args", "--", "--verbose"];
  assert.equal((await run([process.execPath, cli, ...set], settings)).code, 0);
  const { call, client } = await connect();
  const { tools } = await client.listTools();
  removeCommands();
  for (const { name } of tools) {
    const args = { name: "x", new_name: "y", agent: "claude", prompt: "hi", words: "hi", by: "day" };
    const known = Object.keys(tools.find((tool) => tool.name === name)?.inputSchema.properties ?? {});
    const given = Object.fromEntries(Object.entries(args).filter(([key]) => known.includes(key)));
    assert.doesNotMatch(JSON.stringify(await call(name, given)), /can't be used/, name);
  }
  const refused = await call("create", { name: "x", agent: "claude", prompt: "hi" });
  assert.match(String(refused.message), /with arguments of its own, "--verbose"/, "and its limit holds");
});

test("a page that stays does so, too", async (t) => {
  const { cli, removeCommands } = copyProgram(t);
  const { sandbox } = openFakeCli(t);
  const place = { cwd: sandbox.workspace, env: sandbox.env };
  const page = await startPage(place, [], cli);
  t.after(() => page.running.kill("SIGINT"));
  const shared = { ...place, env: sandbox.with({ AGENT_SESSIONS_STORE: "postgres://127.0.0.1:9/x" }) };
  const ofStore = await startPage(shared, [], cli);
  t.after(() => ofStore.running.kill("SIGINT"));
  // They load them once they are there.
  for (const { asPage } of [page, ofStore]) await asPage("/api/gate?id=x");
  removeCommands();
  const which = { name: "x", agent: "claude", workspace: sandbox.workspace };
  const answers = [
    await page.asPage("/api/overview"),
    await page.asPage("/api/costs?by=day"),
    await page.asPage("/api/search?words=hi"),
    await page.asPage("/api/gate?id=x"),
    await page.asPage("/api/send", { ...which, prompt: "hi" }),
    await ofStore.asPage("/api/fleet"),
  ];
  for (const { text } of answers) assert.doesNotMatch(text, /can't be used/);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 400, 404, 500],
  );
});
