import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { asCommands } from "../../src/app/wording.ts";
import { AGENT_SESSIONS } from "../../src/cli/surface/surface.ts";
import { REPOSITORY } from "../support/environment.ts";
import { sourceFiles } from "../support/source-files.ts";

test("hints are worded as commands to be typed in a folder", () => {
  const { step, choice } = asCommands("/");
  const about = { name: "my review", agent: "codex", workspace: "/no such folder" };
  for (const [worded, expected] of [
    [step("list"), "agent-sessions list"],
    [step("wait", { name: "x", turnId: "1", workspace: "/" }), "agent-sessions wait x --turn 1"],
    [
      step("history", about),
      "agent-sessions history 'my review' --agent codex --workspace '/no such folder'",
    ],
    [
      step("send", { fresh: true, ...about, workspace: "/" }),
      "agent-sessions send 'my review' --fresh --agent codex '…'",
    ],
    [step("restore", { name: "x", movesAgo: 1 }), "agent-sessions restore x@1"],
    [step("moves", { name: "x" }), "agent-sessions restore x --list"],
    [step("rebind", { from: "/old" }), "agent-sessions adopt --all --from /old"],
    [
      step("breakLock", { name: undefined, agent: "codex" }),
      "agent-sessions doctor --break-lock --agent codex",
    ],
    [step("create", { name: "x", ifExists: "replace" }), "agent-sessions create x --replace '…'"],
    [choice({ ifBusy: "wait" }), "--if-busy wait"],
    [choice({ agentCommand: "" }), "--agent-cmd ''"],
  ])
    assert.equal(worded, expected);
});

test("no use case names a command or a flag itself: what it says is true on every surface", () => {
  const verbs = AGENT_SESSIONS.commands.map(({ name }) => name);
  const command = new RegExp(`agent-sessions (?:${verbs.join("|")})\\b`);
  // A person gives the server to a client by a command, which is the same on every surface.
  const isCommand = (path: string) => /^app\/(wording|doctor\/mcp|mcp\/[\w-]+)\.ts$/.test(path);
  const files = sourceFiles("src").filter((path) => path.startsWith("app/") && !isCommand(path));
  assert.ok(files.length > 50);
  for (const file of files) {
    const text = readFileSync(join(REPOSITORY, "src", file), "utf8");
    // `--version` is the agents' own.
    const code = text.replaceAll(/\/\*\*.*?\*\/|^ *\/\/[^\n]*|--version/gms, "");
    assert.doesNotMatch(code, command, file);
    assert.doesNotMatch(code, /--[a-z]/, file);
  }
});
