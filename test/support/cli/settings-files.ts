import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { FAKE_AGENT } from "../fake-agent/script.ts";
import { openFakeCli } from "./fake-cli.ts";

/** Settings that name the fake agent as the wrapper of two agents. */
export const WRAPPERS = ["claude", "codex"]
  .map((agent) => `[${agent}]\nagent-cmd = ${JSON.stringify(FAKE_AGENT)}\n`)
  .join("");

/** A command line whose user has a settings file, and a repository that may have one. */
export function openWithSettings(t: TestContext) {
  const cli = openFakeCli(t);
  const { home, workspace } = cli.sandbox;
  const user = join(home, ".config/agent-sessions/config.toml");
  const repository = join(workspace, ".agent-sessions.toml");
  const write = (path: string) => (text: string) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
  };
  const writeUser = write(user);
  writeUser(WRAPPERS);
  const here = (args: readonly string[], env: Record<string, string> = {}) =>
    cli.here(args, { plain: true, env });
  return {
    ...cli,
    user,
    repository,
    writeUser,
    writeRepository: write(repository),
    config: here,
    /** A turn whose prompt is `cli.say`'s; returns the last start of the agent. */
    turn: async (args: readonly string[], env: Record<string, string> = {}) => {
      const result = await here([...args, cli.say({}, "hi"), "--json"], env);
      assert.equal(result.code, 0, `${args.join(" ")}: ${result.stdout}${result.stderr}`);
      const { argv = [], agent } = cli.records().at(-1) ?? {};
      const after = (word: string) => (argv.includes(word) ? argv[argv.indexOf(word) + 1] : undefined);
      return {
        json: result.json,
        stderr: result.stderr,
        agent,
        argv,
        model: after("--model"),
        effort: after("--effort"),
      };
    },
    shown: async (name: string) => {
      const { model, effort, access, agent_command: command } = (await here(["show", name, "--json"])).json;
      return { model, effort, access, command };
    },
  };
}
