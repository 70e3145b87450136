// The picker in a real terminal: what a person sees, presses and gets.
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { listProcesses } from "../../src/system/processes/list.ts";
import { CLI, type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";
import { hasTmux, openTerminal, type Screen } from "../support/cli/tmux-screen.ts";
import { FAKE_AGENT } from "../support/fake-agent/script.ts";
import { until } from "../support/until.ts";

interface Place {
  cli: FakeCli;
  must(...args: string[]): Promise<void>;
  /** Runs a command line at a terminal; its exit code and the mode of the terminal follow. */
  open(args: readonly string[], options?: { columns?: number; term?: string }): Promise<Screen>;
}

async function openPlace(t: TestContext): Promise<Place | undefined> {
  const cli = openFakeCli(t);
  const { sandbox } = cli;
  if (!(await hasTmux(sandbox))) {
    t.skip("tmux is not installed");
    return undefined;
  }
  return {
    cli,
    must: async (...args) => {
      const { code, stdout, stderr } = await cli.here(args);
      assert.equal(code, 0, stdout + stderr);
    },
    open: (args, { columns = 80, term = "xterm-256color" } = {}) => {
      // tmux has its own value for the variable.
      const words = quoteWords(["env", `TERM=${term}`, process.execPath, CLI, ...args]);
      return openTerminal(
        `${words}; echo "code=$?"; stty -a | grep -o -e '-*icanon' -e '-*echo '; exec cat`,
        {
          sandbox,
          columns,
          rows: 30,
          cwd: sandbox.workspace,
          env: sandbox.with({ LC_ALL: "C.UTF-8" }),
        },
      );
    },
  };
}

async function type(screen: Screen, text: string): Promise<void> {
  await screen.press("-l", "--", text);
}

/** Waits for the end, and checks that the terminal is as it was. */
async function endsWith(screen: Screen, code: number): Promise<void> {
  await screen.see(new RegExp(`^code=${code}\\nicanon\\necho`, "m"));
  assert.equal(await screen.isCursorShown(), true);
  await screen.close();
}

test("the bare call lets a person find a name, choose what to do with it, and shows the command", async (t) => {
  const place = await openPlace(t);
  if (place === undefined) return;
  await place.must("create", "review-src", "Read it.");
  await place.must(
    "create",
    "\u8a08\u753b \u4e8c",
    "-a",
    "codex",
    "A plan\u001b]0;owned\u0007 \u202efor the launch, with many more words than there is room for.",
  );
  await place.must("create", "fix-login", "The review found it.");
  for (const columns of [80, 60]) {
    const screen = await place.open([], { columns });
    await screen.see(/Type: to search/);
    const shown = await screen.text();
    assert.equal(await screen.unbroken(), shown, `a line was broken at ${columns} columns`);
    assert.match(shown, /fix-login +free/);
    // The name counts more than the words: they are looked through where no name has what was typed.
    await type(screen, "review");
    await screen.see(/1 match/);
    await screen.see(/● review-src/);
    await screen.press("Enter");
    await screen.see(/What to do with review-src\?/);
    await screen.press("Down", "Down");
    await screen.see(/● history/);
    await screen.press("Enter");
    await screen.see(/^agent-sessions history review-src$/m);
    await screen.see(/^> Read it\.$/m);
    await endsWith(screen, 0);
  }
});

test("who leaves with Escape, Ctrl-C or Ctrl-D gets 130 and his terminal back, at each question", async (t) => {
  const place = await openPlace(t);
  if (place === undefined) return;
  await place.must("create", "x");
  // It is written again by whoever does more than look.
  const shared = join(place.cli.sandbox.env.TMPDIR ?? "", "agent-sessions");
  rmSync(shared, { recursive: true });
  for (const [key, ...line] of [["Escape"], ["C-c", "open"], ["C-d", "open"]] as const) {
    const screen = await place.open(line);
    await screen.see(/Type: to search/);
    await screen.press(key);
    await endsWith(screen, 130);
  }
  assert.equal(existsSync(shared), false);
  const screen = await place.open([]);
  await screen.see(/Type: to search/);
  await screen.press("Enter");
  await screen.see(/What to do with x/);
  await screen.press("Down");
  await screen.see(/● send/);
  await screen.press("Enter");
  await screen.see(/The prompt:/);
  await type(screen, "never sent");
  await screen.press("Escape");
  await endsWith(screen, 130);
  const { turns } = (await place.cli.here(["history", "x", "--json"])).json;
  assert.equal((turns as unknown[]).length, 1, "only the create has run");
});

test("a signal that ends the picker leaves the terminal as it was", async (t) => {
  if (process.platform !== "linux") return t.skip("/proc tells which process it is");
  const place = await openPlace(t);
  if (place === undefined) return;
  await place.must("create", "x");
  for (const [signal, code] of [
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const) {
    const screen = await place.open(["open"]);
    await screen.see(/Type: to search/);
    const mark = `HOME=${place.cli.sandbox.home}`;
    const [picker] = listProcesses().filter(({ pid }) => isPicker(pid, mark));
    process.kill(picker?.pid ?? Number.NaN, signal);
    await endsWith(screen, code);
  }
});

function isPicker(pid: number, mark: string): boolean {
  try {
    const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, "latin1").split("\0");
    return read("cmdline")[1] === CLI && read("cmdline")[2] === "open" && read("environ").includes(mark);
  } catch {
    // Gone, or of another user.
    return false;
  }
}

test("send and open without a name ask for it, keep their options, and leave the keyboard to the agent", async (t) => {
  const place = await openPlace(t);
  if (place === undefined) return;
  await place.must("create", "same");
  await place.must("create", "same", "-a", "codex");
  const { sandbox } = place.cli;
  const sending = await place.open(["send", "--agent-cmd", FAKE_AGENT, "-q"]);
  await sending.see(/Type: to search/);
  await type(sending, "claude");
  await sending.see(/1 match/);
  await sending.press("Enter");
  await sending.see(/The prompt:/);
  await sending.press("Enter");
  await sending.see(/Type something/);
  await type(sending, "--is it $HOME?");
  await sending.press("Enter");
  await sending.see(/You said: --is it \$HOME\?/);
  const said = (await sending.unbroken()).replaceAll("\n", " ");
  assert.match(said, /agent-sessions send --agent claude --agent-cmd \S+ -q -- same '--is it \$HOME\?'/);
  await endsWith(sending, 0);

  const window = join(sandbox.folder, "window.sh");
  writeFileSync(window, `#!/bin/sh\necho READY\nread line\necho "got $line" | tee ${sandbox.folder}/got\n`);
  chmodSync(window, 0o700);
  const opening = await place.open(["open", "-a", "codex", "--agent-cmd", window]);
  await opening.see(/Type: to search/);
  await opening.press("Enter");
  await opening.see(/^READY$/m);
  await type(opening, "every single key of this");
  await opening.press("Enter");
  await endsWith(opening, 0);
  assert.equal(readFileSync(join(sandbox.folder, "got"), "utf8"), "got every single key of this\n");
});

test("where there is nothing to choose from, or nobody to choose, all is as before", async (t) => {
  const place = await openPlace(t);
  if (place === undefined) return;
  const { cli } = place;
  const empty = await place.open([]);
  await empty.see(/Exit codes:/);
  await endsWith(empty, 0);
  const nameless = await place.open(["open"]);
  await nameless.see(/Missing required argument 'name'/);
  await endsWith(nameless, 2);
  await place.must("create", "x");
  const dumb = await place.open([], { term: "dumb" });
  await dumb.see(/Exit codes:/);
  await endsWith(dumb, 0);
  const bare = await cli.run([]);
  assert.deepEqual([bare.code, bare.stdout.includes("Exit codes:"), bare.stderr], [0, true, ""]);
  const send = await cli.run(["send"]);
  assert.equal(send.code, 2);
  assert.match(send.stderr, /Missing required argument 'name'/);
  const json = await place.open(["send", "--json"]);
  await until(async () => (await json.unbroken()).includes('"exit_code":2'), {
    what: "an error for a program",
  });
  await endsWith(json, 2);
});
