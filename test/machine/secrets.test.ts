import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { LOOPBACK_KEY } from "../support/environment.ts";
import { until } from "../support/run.ts";

const TOKEN = "tok-marked-4711";
const PROMPT = "the-marked-prompt-0815";

function commandLines(): string[] {
  return readdirSync("/proc").flatMap((entry) => {
    try {
      return /^\d+$/.test(entry)
        ? [readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ")]
        : [];
    } catch {
      return [];
    }
  });
}

function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path).isFile() && readFileSync(path).includes(text));
}

test("keys are in no command line, file or message of ours; prompts in no command line of what we start", {
  skip: process.platform !== "linux" && "needs /proc",
}, async (t) => {
  const cli = openFakeCli(t);
  const env = { SOME_SERVICE_TOKEN: TOKEN, AGENT_SESSIONS_DEBUG: "1" };
  const secrets = [LOOPBACK_KEY, TOKEN];
  // The configuration of agents that read their key from a file, which the test has written.
  const before = filesWith(cli.sandbox.home, LOOPBACK_KEY);
  const said: string[] = [];
  for (const agent of ["claude", "codex"]) {
    const [pidFile, gate] = [
      join(cli.sandbox.folder, `pid-${agent}`),
      join(cli.sandbox.folder, `gate-${agent}`),
    ];
    const script = { pidTo: pidFile, waitForFile: gate };
    const file = join(cli.sandbox.folder, "prompt.md");
    writeFileSync(file, cli.say(script, PROMPT));
    const creating = cli.start(["create", agent, "-a", agent, "-f", file, "--json"], { env });
    await until(() => existsSync(pidFile), { what: "the agent" });
    // In line, and in the background: its attendant runs by now.
    await cli
      .run(["send", agent, "--detach", "-"], { env, input: cli.say({}, PROMPT) })
      .then(({ stdout, stderr }) => {
        said.push(stdout, stderr);
      });
    const lines = commandLines();
    assert.ok(lines.some((line) => line.includes("fake-agent.cjs")));
    for (const secret of [...secrets, PROMPT])
      assert.deepEqual(
        lines.filter((line) => line.includes(secret)),
        [],
        `${agent}: ${secret}`,
      );
    writeFileSync(gate, "");
    const { stdout, stderr, code } = await creating.result;
    assert.equal(code, 0, stderr);
    said.push(stdout, stderr, (await cli.run(["wait", agent, "--json"], { env })).stdout);
  }
  for (const args of [["show", "claude", "--json"], ["doctor", "--json"], ["doctor"], ["status", "--json"]]) {
    const { stdout, stderr } = await cli.run(args, { env });
    said.push(stdout, stderr);
  }
  for (const secret of secrets) {
    assert.deepEqual(
      said.filter((text) => text.includes(secret)),
      [],
    );
    assert.deepEqual(
      filesWith(cli.sandbox.home, secret).filter((path) => !before.includes(path)),
      [],
    );
  }
});

test("no error repeats a prompt or a key", async (t) => {
  const cli = openFakeCli(t);
  await cli.run(["create", "x", "hi"]);
  const failures: [string[], Record<string, string | undefined>?][] = [
    [["send", "nope", PROMPT]],
    [["send", "x", PROMPT, "and", "more"]],
    [["send", "x", `--please ${PROMPT} and more`]],
    [["send", "x", "-f", "missing", PROMPT]],
    [["send", "x", "--model", "", PROMPT]],
    [["send", "x", "--agent-cmd", "/no/such/agent", PROMPT]],
    [["send", "x", PROMPT], { AGENT_SESSIONS_HOME: "/dev/null/x" }],
    [["create", "y", PROMPT.padEnd(11_000_000, "x").slice(0, 100_000), "-a", "nobody"]],
    [["create", "x", PROMPT]],
    [["create", "y", PROMPT, "-w", "/no/such/folder"]],
    [["send", "x", cli.say({ isError: true, text: "overloaded" }, PROMPT)]],
  ];
  for (const [args, env = {}] of failures) {
    const failed = await cli.run(args, { env: { ...env, AGENT_SESSIONS_DEBUG: "1" } });
    assert.notEqual(failed.code, 0, args.slice(0, 2).join(" "));
    for (const secret of [PROMPT, LOOPBACK_KEY])
      assert.ok(!(failed.stdout + failed.stderr).includes(secret), failed.stderr);
  }
});
