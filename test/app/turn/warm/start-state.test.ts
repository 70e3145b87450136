import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { warm } from "../../../../src/agents/claude/warm.ts";
import { StartState } from "../../../../src/app/turn/warm/start-state.ts";
import { run } from "../../../support/run.ts";
import { tempFolder } from "../../../support/temp-folder.ts";

test("the state changes with each file that an agent reads at its start, by whatever way it is reached", (t) => {
  const root = tempFolder(t);
  const folder = join(root, "work", "deep");
  const HOME = join(root, "home");
  for (const path of [folder, join(HOME, ".claude/rules"), join(root, "elsewhere/skill")])
    mkdirSync(path, { recursive: true });
  const state = new StartState(warm, { HOME });
  let before = state.of(folder, []);
  const changes = (what: string, change: () => void, args: string[] = []) => {
    change();
    const after = state.of(folder, args);
    assert.notEqual(after, before, what);
    assert.equal(state.of(folder, args), after, "nothing has changed since");
    before = state.of(folder, []);
  };
  const write = (path: string, text: string) => writeFileSync(join(root, path), text);
  changes("a file above", () => write("work/CLAUDE.md", "See @notes.md and @~/own.md, and @deep/a\\ b.md."));
  changes("what it includes", () => write("work/notes.md", "@more/x.md"));
  changes("what that includes", () => {
    mkdirSync(join(root, "work/more"));
    write("work/more/x.md", "x");
  });
  changes("in the home folder", () => write("home/own.md", "own"));
  changes("a name with a blank", () => write("work/deep/a b.md", "blank"));
  changes("a rule of the user", () => write("home/.claude/rules/tone.md", "quiet"));
  changes("a linked folder", () => {
    mkdirSync(join(folder, ".claude/skills"), { recursive: true });
    symlinkSync(join(root, "elsewhere/skill"), join(folder, ".claude/skills/linked"));
  });
  changes("in the linked folder", () => write("elsewhere/skill/SKILL.md", "do"));
  changes("a file that an argument names", () => write("work/deep/mine.json", "{}"), [
    "--settings=mine.json",
  ]);
  changes("what links to it", () => {
    write("elsewhere/CLAUDE.md", "@included.md");
    symlinkSync(join(root, "elsewhere/CLAUDE.md"), join(folder, "CLAUDE.md"));
  });
});

test("a pipe, a folder and a loop in the place of a file hold up nobody, and too many files keep no agent", async (t) => {
  const folder = tempFolder(t);
  const state = new StartState(warm, { HOME: folder });
  const { PATH = "" } = process.env;
  assert.equal((await run(["mkfifo", join(folder, "CLAUDE.md")], { cwd: folder, env: { PATH } })).code, 0);
  mkdirSync(join(folder, "CLAUDE.local.md"));
  mkdirSync(join(folder, ".claude/rules"), { recursive: true });
  symlinkSync("..", join(folder, ".claude/rules/up"));
  const before = state.of(folder, []);
  assert.notEqual(before, undefined);
  assert.equal(state.of(folder, []), before);
  for (let at = 0; at < 1_100; at += 1) writeFileSync(join(folder, `.claude/rules/${at}.md`), "");
  assert.equal(state.of(folder, []), undefined, "too many");
});
