// The prompt from an editor, and typed at a terminal.
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { type FakeCli, openFakeCli } from "../support/cli/fake-cli.ts";

const skip = process.platform !== "linux";

/** A command line with an editor that runs a line of shell; `$1` is the file. */
function openEditor(t: TestContext) {
  const cli = openFakeCli(t);
  const { folder } = cli.sandbox;
  const editor = join(folder, "my editor");
  const temp = join(folder, "temp");
  mkdirSync(temp);
  const write = (line: string) => {
    writeFileSync(editor, `#!/bin/sh\n${line}\n`);
    chmodSync(editor, 0o755);
  };
  const call = (args: readonly string[], env: Record<string, string> = {}) =>
    end(
      atTerminal(cli, quoteWords(cli.argv(args)), {
        EDITOR: `'${editor}' --wait`,
        TMPDIR: temp,
        ...env,
      }),
    );
  /** What is left of prompts. */
  const left = () => readdirSync(temp).filter((name) => name.startsWith("agent-sessions-prompt-"));
  return { cli, folder, temp, write, call, left };
}

async function lastPrompt(cli: FakeCli, name: string): Promise<unknown> {
  const { json } = await cli.here(["history", name, "--json"]);
  return (json.turns as { prompt: string }[]).at(-1)?.prompt;
}

test("a prompt that is missing at a terminal is written in the editor, in a file that only its user can read", {
  skip,
}, async (t) => {
  const { cli, folder, write, call, left } = openEditor(t);
  assert.equal((await cli.run(["create", "x", "first"])).code, 0);
  const seen = join(folder, "seen");
  write(
    `{ stat -c '%a %s' "$2"; stat -c %a "\${2%/*}"; echo "$1"; } > '${seen}'; printf '# Title\\n\\n  two  \\n' > "$2"`,
  );
  const sent = await call(["send", "x"]);
  assert.equal(sent.code, 0, sent.stdout);
  assert.equal(readFileSync(seen, "utf8"), "600 0\n700\n--wait\n");
  assert.equal(await lastPrompt(cli, "x"), "# Title\n\n  two  ");
  assert.deepEqual(left(), []);

  write('printf visual > "$1"');
  const { code, stdout } = await call(["create", "y", "--edit"], { VISUAL: join(folder, "my\\ editor") });
  assert.equal(code, 0, stdout);
  assert.equal(await lastPrompt(cli, "y"), "visual");
});

test("what is not written is not sent; what could not be sent is kept", { skip }, async (t) => {
  const { cli, temp, write, call, left } = openEditor(t);
  assert.equal((await cli.run(["create", "x", "first"])).code, 0);
  write('printf "  \\n" > "$2"');
  const blank = await call(["send", "x"]);
  assert.equal(blank.code, 2);
  assert.match(blank.stdout, /Nothing was written in the editor, so nothing was sent/);
  write('rm "$2"; exit 3');
  const failed = await call(["send", "x"]);
  assert.equal(failed.code, 2);
  assert.match(failed.stdout, /The editor .*--wait has failed \(exit code 3\); nothing was sent/);
  const absent = await call(["send", "x"], { EDITOR: "no-such-editor" });
  assert.equal(absent.code, 2);
  assert.match(absent.stdout, /no-such-editor could not be started \(ENOENT\)/);
  assert.deepEqual(left(), []);
  assert.equal(await lastPrompt(cli, "x"), "first");

  // Nobody writes for a name that there is not.
  write('echo opened >> "$2"');
  const unknown = await call(["send", "nope"]);
  assert.equal(unknown.code, 4);
  assert.deepEqual(left(), []);

  write('echo "worth keeping" > "$2"');
  const refused = await call(["send", "x", "--effort", "huge"]);
  assert.equal(refused.code, 2);
  const [folder = ""] = left();
  const path = join(temp, folder, "prompt.md");
  assert.ok(refused.stdout.includes(`What you wrote is kept: --prompt-file ${path}`), refused.stdout);
  assert.equal(readFileSync(path, "utf8"), "worth keeping\n");
});

test("a command that is ended while the editor is open ends the editor, and tells where the text is", {
  skip,
}, async (t) => {
  const { cli, temp, write, call, left } = openEditor(t);
  assert.equal((await cli.run(["create", "x", "first"])).code, 0);
  for (const signal of ["TERM", "HUP"]) {
    const waits = "for turn in $(seq 200); do sleep 0.05; done";
    write(
      `trap 'echo " a word" >> "$2"; exit 0' ${signal}; printf half > "$2"; kill -${signal} $PPID; ${waits}`,
    );
    const before = left();
    const ended = await call(["send", "x"]);
    assert.equal(ended.code, 143, ended.stdout);
    const [folder = ""] = left().filter((name) => !before.includes(name));
    const path = join(temp, folder, "prompt.md");
    assert.ok(ended.stdout.includes(`What you wrote is kept: --prompt-file ${path}`), ended.stdout);
    assert.match(ended.stdout, new RegExp(`Nothing was sent: this command got SIG${signal}`));
    assert.equal(readFileSync(path, "utf8"), "half a word\n");
  }
  assert.equal(await lastPrompt(cli, "x"), "first");
});

test("no editor is opened for a program, nor for a command that can do without a prompt", {
  skip,
}, async (t) => {
  const { cli, folder, write, call } = openEditor(t);
  const opened = join(folder, "opened");
  write(`touch '${opened}'`);
  assert.equal((await call(["create", "x"])).code, 0);
  assert.equal((await cli.run(["send", "x"])).code, 2);
  const json = await call(["send", "x", "--json"]);
  assert.match(json.stdout, /"prompt_empty"/);
  const none = await call(["send", "x"], { EDITOR: "", VISUAL: " " });
  assert.match(none.stdout, /The prompt is empty[\s\S]*with - in its place, or set EDITOR/);
  const asked = await call(["send", "x", "--edit"], { EDITOR: "", VISUAL: "" });
  assert.match(asked.stdout, /neither VISUAL nor EDITOR is set/);
  assert.equal(asked.code, 2);
  assert.equal(existsSync(opened), false);
});

test("- at a terminal tells how to end the prompt", { skip }, async (t) => {
  const { cli } = openEditor(t);
  assert.equal((await cli.run(["create", "x", "first"])).code, 0);
  const sending = atTerminal(cli, quoteWords(cli.argv(["send", "x", "-"])));
  await sending.waitFor((stdout) => stdout.includes("Type the prompt; end it with Ctrl-D."), {
    what: "the note",
  });
  sending.write("typed\n\u0004");
  const { code, stdout } = await end(sending);
  assert.equal(code, 0, stdout);
  assert.equal(await lastPrompt(cli, "x"), "typed\n");
});
