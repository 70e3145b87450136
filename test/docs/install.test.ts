import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";
import { REPOSITORY } from "../support/environment.ts";

test("install, upgrade and uninstall: every command runs as it stands, and what stays is what the page says", async (t) => {
  const cli = await openRealCli(t);
  const { home } = cli.sandbox;
  // `npm ci` has run already, or this test would not; the package is that of the repository, and the demo is built.
  const before = `
    npm() {
      case $1 in
        ci) [ "$*" = 'ci --workspaces=false' ] ;;
        pack) command npm pack --ignore-scripts --silent "${REPOSITORY}" ;;
        run) (cd "${REPOSITORY}" && node scripts/run-source.mjs demo/quick.ts) ;;
        *) command npm "$@" ;;
      esac
    }
    git() { [ "$*" = pull ]; }
    mkdir -p "$HOME"/.{claude,codex,copilot}
    export npm_config_prefix="$HOME/installed" npm_config_offline=true PATH="$HOME/installed/bin:$PATH"
    unset AGENT_SESSIONS_HOME`;
  const [demo, install, extras, library, upgrade, uninstall, forget, ...none] = codeBlocks("docs/install.md")
    .filter(({ language }) => language === "sh")
    .map(({ text }) => text);
  assert.deepEqual(none, []);
  const blocks = [
    demo,
    install,
    "readlink -f $(command -v agent-sessions)",
    `${extras}ls "$HOME"/.{claude,codex,copilot}/skills`,
    `for skill in "$HOME"/.{claude,codex,copilot}/skills/*; do ls "$skill"/scripts/*.mjs; done`,
    library,
    "agent-sessions create review 'Read src/.'",
    upgrade,
    "agent-sessions send review 'Still there?'",
    uninstall,
    `find "$HOME/.local/state/agent-sessions" -name journal.jsonl`,
    forget,
  ].map((block) => block ?? "");
  const outputs = await runBlocks(cli, blocks, { before });
  assert.match(outputs[0] ?? "", /The agent is claude [\d.]+/);
  assert.ok(outputs[2]?.startsWith(join(home, "installed/lib/node_modules/agent-sessions/")), outputs[2]);
  assert.match(
    outputs[3] ?? "",
    /Successfully installed plugin(?:[\s\S]*\nagent-sessions\n(?:.*-invoke-(?:once|persist)\n){5}){3}$/,
  );
  assert.equal(outputs[4]?.trimEnd().split("\n").length, 18, "each skill has its program");
  assert.match(outputs[5] ?? "", /\{ names: \[\], total: 0, creating: \[\] \}\n$/);
  assert.equal(outputs[8], "You said: Still there?\n");
  assert.match(outputs[10] ?? "", /journal\.jsonl\n$/, "a later installation has it still");
  assert.deepEqual(readdirSync(join(home, "installed/lib/node_modules")), []);
  assert.deepEqual(readdirSync(join(home, "installed/bin")), []);
  for (const agent of [".claude", ".codex", ".copilot"])
    assert.deepEqual(readdirSync(join(home, agent, "skills")), []);
  assert.equal(existsSync(join(home, ".local/state/agent-sessions")), false);
  assert.equal(existsSync(join(home, ".cache/agent-sessions")), false);
  const transcripts = readdirSync(join(home, ".claude/projects"), { recursive: true, encoding: "utf8" });
  assert.ok(transcripts.some((file) => file.endsWith(".jsonl")));
});
