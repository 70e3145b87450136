// What a person sees in a real terminal, at three widths, as it is in `test/support/screens/`. With UPDATE_SCREENS=1 those
// files are written anew.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { widthOf } from "../../src/cli/output/width.ts";
import { openRealCli, type RealCli } from "../support/cli/real-cli.ts";
import { hasTmux, openScreen } from "../support/cli/tmux-screen.ts";
import { REPOSITORY } from "../support/environment.ts";
import { until } from "../support/until.ts";

const SCREENS = join(REPOSITORY, "test/support/screens");
const SHIFT_CLOCK = join(REPOSITORY, "test/support/shift-clock.mjs");
const DAY_MS = 86_400_000;

const ANSWER = `# Prices

The function \`toCents\` **rounds** each price; three others only pass it on, as one can see in the table below.

| Function | Rounds |
| --- | --- |
| toCents | yes |
| total | no |

- 漢字 and 🚀 in a list item that is long enough to be broken on every one of these screens, however wide it is
- second`;

/** What differs between two runs is made equal, without a change of its width. */
function alike(screen: string): string {
  return screen
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) =>
      id.replace(/[0-9a-f]/g, "0"),
    )
    .replaceAll(/\b20\d{6}-\d{6}-[0-9a-f]{8}\b/g, "20260102-030405-0a1b2c3d")
    .replaceAll(/\b20\d\d-\d\d-\d\d \d\d:\d\d\b/g, "2026-01-02 03:04")
    .replaceAll(/\b20\d\d-\d\d-\d\d\b/g, "2026-01-02")
    .replaceAll(/\b20\d\d\/\d\d\/\d\d\b/g, "2026/01/02")
    .replaceAll(/T\d\d-\d\d-\d\d-/g, "T03-04-05-")
    .replaceAll(/\bas-[A-Za-z0-9]{6}\b/g, "as-000000")
    .replaceAll(/…[A-Za-z0-9]{1,6}(?=\/(?:api|docs|workspace)\b)/g, (part) => part.replace(/[^…]/g, "0"))
    .replaceAll(/\b\d+\.\d s\b/g, "1.0 s")
    .replaceAll(/\b\d+ (bytes|kB)\b|\b\d+\.\d kB\b/g, (size) => size.replace(/\d/g, "1"));
}

async function prepare(cli: RealCli): Promise<() => void> {
  const there = ["api", "docs"].map((name) => cli.sandbox.addWorkspace(name));
  const must = async (...args: string[]) => {
    const { code, stdout, stderr } = await cli.run(args);
    assert.equal(code, 0, stdout + stderr);
  };
  cli.model.when(/^Which function rounds/, ANSWER);
  cli.model.when("Break it.", { status: 400, message: "The model has no such tool." });
  const [api = "", docs = ""] = there;
  const create = (name: string, prompt: string, agent = "codex", workspace = cli.workspace) =>
    must("create", name, "-a", agent, "-w", workspace, prompt);
  await create("review-src", "Which function rounds the prices, and which ones only pass them on?", "claude");
  await create("漢字レビュー", "Read the documents of the importer.", "claude");
  await create("🚀 launch plan", "Write a plan for the launch.");
  await create("fix-login", "Fix the login, it fails for names with spaces.");
  await create("a-name-that-is-longer-than-most-columns-are-wide", "Short words.");
  await create("background", "Begin.");
  await create("migrate", "Look at the schema.", "codex", api);
  await create("cafe\u0301-notes", "Notes on the cafe.", "codex", api);
  await create("broken", "Begin.", "codex", api);
  await create("translate", "Translate the front page into German.", "codex", docs);
  await create("한국어 문서", "Translate it into Korean.", "codex", docs);
  await create("release-notes", "Collect what has changed.", "codex", docs);
  assert.equal((await cli.run(["send", "broken", "-w", api, "Break it."])).code, 3);
  await must("send", "background", "--detach", "Tell me when it is done.");
  await until(
    async () => (await cli.run(["list", "--format", "{name} {state}"])).stdout.includes("background unread"),
    { what: "the answer that nobody reads" },
  );
  let finish = (_: string): void => undefined;
  const held = new Promise<string>((resolve) => {
    finish = resolve;
  });
  cli.model.when("Run the tests of the login.", () => held);
  await must("send", "fix-login", "--detach", "Run the tests of the login.");
  await cli.model.received("Run the tests of the login.");
  return () => finish("done");
}

test("what people read fits the width of their terminal, and is cut with a mark", async (t) => {
  const cli = await openRealCli(t);
  if (!(await hasTmux(cli))) return t.skip("tmux is not installed");
  cli.env.AGENT_SESSIONS_CALLER = "somebody";
  const finish = await prepare(cli);
  t.after(finish);
  mkdirSync(SCREENS, { recursive: true });
  const screens: [file: string, args: string[]][] = [
    ["list", ["list", "--sort", "name"]],
    ["list-all", ["list", "--all", "--sort", "name"]],
    ["status", ["status", "--all"]],
    ["show", ["show", "review-src"]],
    ["history", ["history", "review-src", "--no-pager"]],
  ];
  for (const columns of [60, 80, 120])
    for (const [what, args] of screens) {
      const env = {
        NODE_OPTIONS: `--import=${SHIFT_CLOCK}`,
        SHIFT_CLOCK_MS: String(3 * DAY_MS + 3_600_000),
        TZ: "UTC",
      };
      const screen = await openScreen(cli, args, { columns, rows: 60, env });
      await screen.see(/^code=0$/m);
      const text = await screen.text();
      // What our commands print as it is, such as a long path, may be longer than the terminal is wide.
      if (what !== "show")
        assert.equal(await screen.unbroken(), text, `${what} at ${columns} columns: a line was broken`);
      await screen.close();
      const shown = `${alike(text.slice(0, text.indexOf("code=0"))).trimEnd()}\n`;
      for (const line of shown.split("\n")) assert.ok(widthOf(line) <= columns, line);
      const path = join(SCREENS, `${what}-${columns}.txt`);
      if (process.env.UPDATE_SCREENS === "1") writeFileSync(path, shown);
      assert.ok(existsSync(path), `${path} is missing: run this test with UPDATE_SCREENS=1`);
      assert.equal(shown, readFileSync(path, "utf8"), `${what} at ${columns} columns`);
    }
});
