import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { openRealCli } from "../support/cli/real-cli.ts";
import { codeBlocks, userDocuments } from "../support/docs/code-blocks.ts";
import { runBlocks } from "../support/docs/shell-session.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/until.ts";

const blocks = codeBlocks("README.md");

/** The one block of commands that holds `words`. */
function blockWith(words: string): string {
  const found = blocks.filter(({ language, text }) => language === "sh" && text.includes(words));
  assert.equal(found.length, 1, `blocks of the README with ${words}`);
  return found[0]?.text ?? "";
}

/** The three commands and the five recipes, in their order. */
const RECIPES = [
  "agent-sessions list",
  "Now do it.",
  "wait bold careful",
  "--on-end",
  "--request-id",
  "agent-sessions ask",
];

test("every document with commands has a test that runs them", () => {
  const run = [
    "README.md",
    "docs/budgets.md",
    "docs/commands.md",
    "docs/fleet.md",
    "docs/gates.md",
    "docs/guide-agents.md",
    "docs/guide-ci.md",
    "docs/guide.md",
    "docs/install.md",
    "docs/mcp.md",
    "docs/settings.md",
  ];
  const hasCommands = (document: string) =>
    codeBlocks(document).some(({ language }) => language === "sh" || language === "console");
  assert.deepEqual(userDocuments().filter(hasCommands).sort(), run);
  const known = [
    "npm run demo\n",
    "npm run demo:quick",
    "npm test",
    "npm pack",
    "plugin install",
    ...RECIPES,
  ];
  const commands = known.map((words) => blockWith(words));
  const all = blocks.filter(({ language }) => language === "sh").map(({ text }) => text);
  assert.deepEqual(all.toSorted(), commands.toSorted(), "and no block of the README is left out below");
});

test("the README's two first commands are what CI runs", () => {
  const ci = readFileSync(join(REPOSITORY, ".ci/run"), "utf8");
  for (const words of ["npm run demo", "npm test"]) {
    assert.equal(blockWith(`${words}\n`), `npm ci && ${words}\n`);
    for (const command of ["npm ci", words]) assert.match(ci, new RegExp(`^part .* ${command}$`, "m"));
  }
});

test("the README's three commands and five recipes", async (t) => {
  const cli = await openRealCli(t);
  const [first, plan, forks, detached, ci, own] = await runBlocks(cli, RECIPES.map(blockWith));
  assert.match(first ?? "", /You said: Which file would you refactor first\?[\s\S]*review-src/);
  assert.match(plan ?? "", /You said: Now do it\.\n$/);
  assert.match(
    forks ?? "",
    /bold:[\s\S]*boldest change\.[\s\S]*careful:[\s\S]*smallest change that helps\.|careful:[\s\S]*bold:/,
  );
  assert.match(detached ?? "", /You said: Read everything, twice\.\n$/);
  await until(() => existsSync(join(cli.workspace, "review.done")), { what: "the program at the end" });
  assert.equal(ci, "You said: What changed since you last looked?\n");
  assert.match(own ?? "", /You said: And where are its tests\?\n$/);
  const prompts = cli.model.requests().at(-1)?.userMessages ?? [];
  assert.deepEqual(prompts, ["Which file is the entry of this program?", "And where are its tests?"]);
});

test("the README's install, and the plugin from what was installed", async (t) => {
  const cli = await openRealCli(t);
  // `npm ci` has run already, or this test would not, and the package is that of the repository.
  const before = `
    npm() {
      case $1 in
        ci) ;;
        pack) command npm pack --ignore-scripts --silent "${REPOSITORY}" ;;
        *) command npm "$@" ;;
      esac
    }
    export npm_config_prefix="$HOME/installed" npm_config_offline=true`;
  const [, version, plugin, list] = await runBlocks(
    cli,
    [
      blockWith("npm pack"),
      '"$HOME/installed/bin/agent-sessions" --version',
      blockWith("plugin install"),
      "claude plugin list",
    ],
    { before },
  );
  assert.match(version ?? "", /^\d+\.\d+\.\d+\n$/);
  assert.match(plugin ?? "", /session-persist/);
  assert.match(list ?? "", /session-persist@agent-sessions[\s\S]*enabled/);
});
