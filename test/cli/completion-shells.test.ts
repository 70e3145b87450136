// Tabs in real shells: what is on the line after them, and what the command gets when Enter is pressed.
import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { CLI, openFakeCli } from "../support/cli/fake-cli.ts";
import { PLAIN_SHELLS, type ShellName, whyWithout } from "../support/cli/shells.ts";
import { hasTmux, openTerminal, type Screen } from "../support/cli/tmux-screen.ts";
import { until } from "../support/until.ts";

const NAMES = ["my name", "a:b:one", "a:b:two", "cost $5", "it's", 'say "x"', "\u8a08\u753b \u4e8c", "star*"];

/** What is typed, and the words that the command line has after a Tab and Enter. */
const CASES: [typed: string, words: string[]][] = [
  ["probe histo", ["history"]],
  ["probe send x --fork-f", ["send", "x", "--fork-from"]],
  ["probe list --sort=cr", ["list", "--sort=created"]],
  ["probe show my", ["show", "my name"]],
  ["probe show my\\ n", ["show", "my name"]],
  ['probe show "my', ["show", "my name"]],
  ["probe show 'my n", ["show", "my name"]],
  ["probe show a:b:o", ["show", "a:b:one"]],
  ["probe show cos", ["show", "cost $5"]],
  ['probe show "cos', ["show", "cost $5"]],
  ["probe show it", ["show", "it's"]],
  ["probe show say", ["show", 'say "x"']],
  ["probe show \u8a08", ["show", "\u8a08\u753b \u4e8c"]],
  ["probe show sta", ["show", "star*"]],
  ["probe restore go", ["restore", "gone"]],
  ["probe list -w sub/fo", ["list", "-w", "sub/folder"]],
];

for (const shell of ["bash", "zsh", "fish"] as ShellName[])
  test(`${shell} completes a verb, an option, a value and names with what a shell would read`, async (t) => {
    const cli = openFakeCli(t);
    const { sandbox } = cli;
    const place = { workspace: sandbox.workspace, env: sandbox.env };
    if (!(await hasTmux(place as never))) return t.skip("tmux is not installed");
    const why = await whyWithout(shell, sandbox);
    if (why !== undefined) return t.skip(why);
    mkdirSync(join(sandbox.workspace, "sub/folder"), { recursive: true });
    for (const name of [...NAMES, "gone"]) {
      const { code, stderr } = await cli.here(["create", name]);
      assert.equal(code, 0, stderr);
    }
    await cli.here(["remove", "gone"]);
    const bin = join(sandbox.folder, "bin");
    mkdirSync(bin);
    for (const name of ["agent-sessions", "tbc"]) symlinkSync(CLI, join(bin, name));
    const path = [bin, dirname(process.execPath), "/usr/local/bin:/usr/bin:/bin"].join(":");
    const { command, prompt } = PLAIN_SHELLS[shell];
    const screen = await openTerminal(command, {
      sandbox,
      columns: 120,
      rows: 40,
      cwd: sandbox.workspace,
      env: sandbox.with({ PATH: path, TERM: "xterm-256color", LC_ALL: "C.UTF-8" }),
    });
    const install =
      shell === "fish"
        ? "agent-sessions completion fish | source"
        : `eval "$(agent-sessions completion ${shell})"`;
    // What is completed is shown by a command of another name, word by word: none of it is run.
    const probe = {
      bash: "probe() { printf '<%s>' \"$@\"; echo .; }; complete -F _agent_sessions probe",
      zsh: "probe() { printf '<%s>' \"$@\"; echo .; }; compdef _agent_sessions probe",
      fish: "function probe; printf '<%s>' $argv; echo .; end; complete -c probe -f -k -a '(__agent_sessions_complete)'",
    }[shell];
    await type(screen, `${prompt}; ${install}; ${probe}; clear`);
    await screen.press("Enter");
    await screen.see(/^READY>$/m);
    for (const [typed, words] of CASES) {
      const before = await lastLine(screen);
      assert.equal(before, "READY>", typed);
      await type(screen, typed);
      await screen.see(new RegExp(`READY> ${escaped(typed)}$`, "m"));
      await screen.press("Tab");
      await until(async () => (await lastLine(screen)) !== `READY> ${typed}`, {
        what: `${typed} to be completed in ${shell}`,
        everyMs: 50,
      });
      await screen.press("Enter");
      const expected = `${words.map((word) => `<${word}>`).join("")}.`;
      // zsh takes the slash of a folder away again.
      await until(async () => (await screen.text()).replace("/>.", ">.").includes(`${expected}\n`), {
        what: `${expected} in ${shell}`,
        timeoutMs: 10_000,
        everyMs: 50,
      }).catch(async (error) => {
        throw new Error(`${error.message}\n${await screen.text()}`);
      });
      await type(screen, "clear");
      await screen.press("Enter");
      await until(async () => (await screen.text()).trim() === "READY>", {
        what: "an empty screen",
        everyMs: 50,
      });
    }
    // The programs themselves, under both names; the candidates are listed where there are several.
    for (const program of ["agent-sessions", "tbc"]) {
      await type(screen, `${program} show a:b:`);
      await screen.press("Tab");
      if (shell === "bash") await screen.press("Tab");
      await screen.see(/two/);
      await screen.see(/one/);
      await screen.press("C-c");
      // zsh may drop what is typed while it handles the interrupt.
      const clear = async () => {
        await screen.press("C-l");
        return (await screen.text()).trim() === "READY>";
      };
      await until(clear, { what: "an empty screen", everyMs: 200 });
    }
    await screen.close();
  });

async function type(screen: Screen, text: string): Promise<void> {
  await screen.press("-l", "--", text);
}

async function lastLine(screen: Screen): Promise<string> {
  return (await screen.text()).trimEnd().split("\n").at(-1) ?? "";
}

function escaped(text: string): string {
  return text.replaceAll(/[\\$()*+.?[\]^{|}"']/g, "\\$&");
}
