import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../support/environment.ts";
import { sourceFiles } from "../support/source-files.ts";

const MOST_FILES = 16;

/** Folders of tests that stand for no folder of `src/`. */
const WHOLE: Record<string, string> = {
  architecture: "The tree of the project itself.",
  agents: "One question a file, asked of every agent.",
  cli: "The command line as its user types it, with an agent that does what it is told.",
  compare: "The comparison with acpx, without an acpx.",
  compat: "The original scripts' command lines, to the byte.",
  crash: "What a process, a machine or a clock leaves behind that stops in mid-turn.",
  demo: "The recording of the demo, and how it is drawn.",
  docs: "Every command and every promise of the documents.",
  "earlier-state": "State that earlier versions have left on disk.",
  fuzz: "What is read from others, whatever it is.",
  library: "The library as its user imports it.",
  machine: "Full disks, other users, odd names, wrong kinds of files.",
  plugin: "The hooks as an agent runs them.",
  "real-agents": "The real agents, against a model on loopback.",
  scripts: "The tests' own tools.",
  skills: "The skills as an agent runs them.",
  torture: "Short rounds of what npm run torture does at length.",
};

test(`no folder of src/ has more than ${MOST_FILES} files`, () => {
  const counts = new Map<string, number>();
  for (const file of sourceFiles("src")) {
    const folder = dirname(file);
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  for (const [folder, count] of counts) assert.ok(count <= MOST_FILES, `src/${folder} has ${count}`);
});

test("a test of a room of src/ bears the name of the file or the folder that it tests", () => {
  for (const file of sourceFiles("test").filter((path) => path.endsWith(".test.ts"))) {
    if (WHOLE[file.split("/")[0] ?? ""] !== undefined) continue;
    const tested = join(REPOSITORY, "src", file.replace(/(\.property)?\.test\.ts$/, ""));
    assert.ok(existsSync(`${tested}.ts`) || existsSync(tested), `test/${file} tests nothing of that name`);
  }
});

test("what tests share is in test/support/", () => {
  for (const file of sourceFiles("test"))
    assert.ok(/\.test\.ts$|^support\//.test(file), `test/${file} is no test`);
});

test("CONTRIBUTING.md has the tree of src/, a sentence for each room", () => {
  const text = readFileSync(join(REPOSITORY, "CONTRIBUTING.md"), "utf8");
  const told = [...text.matchAll(/^ {4}src\/(\S+)\/ +\S/gm)].map(([, folder = ""]) => folder);
  const folders = readdirSync(join(REPOSITORY, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).slice(join(REPOSITORY, "src/").length));
  assert.deepEqual(told.toSorted(), folders.toSorted());
});
