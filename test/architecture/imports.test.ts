import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { REPOSITORY } from "../support/environment.ts";
import { importsOf, sourceFiles } from "../support/source-files.ts";

/** Which rooms a room may use, and which of Node's modules; `true` stands for all of them. */
const RULES: Record<string, { rooms: string[]; node: true | string[] }> = {
  domain: { rooms: [], node: [] },
  agents: { rooms: ["domain"], node: ["node:path"] },
  system: { rooms: ["domain"], node: true },
  stores: { rooms: ["domain", "system"], node: ["node:path", "node:crypto", "node:timers/promises"] },
  app: {
    rooms: ["domain", "agents", "system", "stores"],
    node: ["node:path", "node:crypto", "node:timers/promises"],
  },
  compat: { rooms: ["domain", "agents", "system", "stores", "app"], node: true },
  library: { rooms: ["domain", "system", "app"], node: [] },
  bridges: { rooms: ["domain", "agents", "system"], node: true },
  plugin: { rooms: ["domain", "agents", "system", "stores"], node: ["node:path"] },
  mcp: { rooms: ["domain", "app"], node: ["node:crypto", "node:url"] },
  ui: {
    rooms: ["domain", "mcp"],
    node: ["node:crypto", "node:events", "node:fs", "node:http", "node:net", "node:path"],
  },
  cli: { rooms: ["domain", "agents", "system", "stores", "app", "mcp", "ui"], node: true },
};

/** The rooms of app/, the lowest first: a file uses its own room and those before it. What is in one row is apart. */
const APP_ROOMS = [
  ["."],
  ["conversation", "gc", "config", "gate", "tree"],
  ["mcp", "budget"],
  ["turn"],
  ["local"],
  ["names"],
  ["watch"],
  ["ask"],
  ["window", "tell"],
  ["store"],
  ["doctor", "keeper", "travel"],
  ["line"],
  ["compose"],
  ["worker"],
];

const files = sourceFiles("src");
const isEntry = (file: string) =>
  /^((cli|compat|plugin)\/main|bridges\/(codex|acp)|library\/surroundings)\.ts$/.test(file);
const isOwn = (imported: string) => /\.tsx?$/.test(imported);
const roomOf = (file: string) => file.split("/")[0] ?? "";

for (const [room, rule] of Object.entries(RULES)) {
  test(`${room}/ imports only what it may use`, () => {
    for (const file of files.filter((path) => path.startsWith(`${room}/`))) {
      for (const imported of importsOf(file)) {
        const isAllowed = isOwn(imported)
          ? [room, ...rule.rooms].includes(roomOf(imported))
          : !imported.startsWith("node:") ||
            rule.node === true ||
            rule.node.includes(imported) ||
            isEntry(file);
        assert.ok(isAllowed, `${file} may not import ${imported}`);
      }
      if (isEntry(file) || room === "system") continue;
      const text = readFileSync(join(REPOSITORY, "src", file), "utf8");
      assert.doesNotMatch(text, /process\.(env|cwd|exit)\b/, `${file} reads the process`);
    }
  });
}

/** What asks for turns knows a `Runner`; these see the files of this machine, and why. */
const SEE_FILES: Record<string, string> = {
  "app/context.ts": "carries them to what runs turns",
  "app/warm-agents.ts": "the same",
  "app/installed-agents.ts": "what programs have said of their versions is kept in files",
  "app/only-people.ts": "looks for the agents that run turns and windows",
  "app/compose/": "chooses the store and the runner",
  "app/local/": "the runner of this machine",
  "app/turn/": "runs and settles turns",
  "app/conversation/": "the agent's files of a conversation",
  "app/ask/attend.ts": "runs a turn that was accepted",
  "app/ask/first-turn.ts": "runs the first turn of a conversation",
  "app/ask/askers/asker.ts": "hands a turn that is written down to what runs it",
  "app/ask/askers/background.ts": "the same",
  "app/ask/askers/create-request.ts": "says what a conversation begins with",
  "app/ask/create.ts": "writes down the first turn of a conversation",
  "app/ask/fork-copy.ts": "writes times as mapping files do",
  "app/ask/once.ts": "runs a turn without a conversation",
  "app/keeper/": "runs turns that were accepted",
  "app/window/": "windows are of this machine",
  "app/gc/": "deletes files",
  "app/config/": "which settings files were allowed is kept in files",
  "app/gate/": "gates are kept in files",
  "app/doctor/": "examines files",
  "app/travel/": "brings files to this machine, and takes them back",
  "app/worker/": "runs turns of a line in folders of its own",
  "app/names/adopt.ts": "writes times as mapping files do",
  "app/names/taken.ts": "a name is reserved as long as the turn that reserved it is there",
  "app/names/resolve.ts": "looks for names whose folder is gone",
  "app/tell/cost.ts": "reads what turns without a conversation have cost",
};

test("no module exports a variable: a rare command, which is a file of its own, would keep an old value", () => {
  for (const file of files)
    assert.doesNotMatch(readFileSync(join(REPOSITORY, "src", file), "utf8"), /^export (?:let|var)\b/m, file);
});

test("who asks for turns, follows or lists them, knows no file of theirs", () => {
  const seers = files.filter((file) => {
    const text = readFileSync(join(REPOSITORY, "src", file), "utf8");
    return importsOf(file).some((one) => one.startsWith("stores/file")) || /context\.turns\b/.test(text);
  });
  const inApp = seers.filter((file) => file.startsWith("app/"));
  const isListed = (file: string) => Object.keys(SEE_FILES).some((path) => file.startsWith(path));
  assert.deepEqual(
    inApp.filter((file) => !isListed(file)),
    [],
  );
  for (const path of Object.keys(SEE_FILES))
    assert.ok(
      inApp.some((file) => file.startsWith(path)),
      `${path} needs no exception`,
    );
});

test("what runs in a browser imports nothing of Node, and what serves it nothing that needs a browser", () => {
  for (const file of files.filter((path) => path.startsWith("ui/"))) {
    const isOfPage = file.startsWith("ui/page/");
    for (const imported of importsOf(file)) {
      const isAllowed = isOfPage
        ? !imported.startsWith("node:") && !/^(mcp|ui\/server)\//.test(imported)
        : !imported.startsWith("ui/page/");
      assert.ok(isAllowed, `${file} may not import ${imported}`);
    }
  }
});

test("only the store on PostgreSQL knows its packages, and only a start that has one loads it", () => {
  for (const file of files.filter((path) => !path.startsWith("stores/postgres/"))) {
    const text = readFileSync(join(REPOSITORY, "src", file), "utf8");
    assert.doesNotMatch(text, /from "pg(-boss)?"|import\("pg(-boss)?"\)/, file);
    // Types are gone once it is built.
    const imports = text.matchAll(
      /^(import|export) (?!type )[^;]*? from "[^"]*\/stores\/postgres\/[^"]*";/gm,
    );
    assert.deepEqual(
      [...imports].map(([whole]) => whole),
      [],
      file,
    );
  }
});

test("every room has a rule", () => {
  const rooms = new Set(files.filter((file) => file.includes("/")).map(roomOf));
  assert.deepEqual([...rooms].toSorted(), Object.keys(RULES).toSorted());
});

test("inside app/ the arrows point one way", () => {
  const roomInApp = (file: string) => (file.split("/").length > 2 ? (file.split("/")[1] ?? "") : ".");
  const rowOf = (file: string) => APP_ROOMS.findIndex((row) => row.includes(roomInApp(file)));
  for (const file of files.filter((path) => path.startsWith("app/"))) {
    assert.notEqual(rowOf(file), -1, `${file} is in a room without a rule`);
    for (const imported of importsOf(file).filter((path) => path.startsWith("app/"))) {
      const isAllowed = roomInApp(imported) === roomInApp(file) || rowOf(imported) < rowOf(file);
      assert.ok(isAllowed, `${file} may not import ${imported}`);
    }
  }
});

test("no file imports itself by way of others", () => {
  const isClean = new Set<string>();
  const follow = (file: string, way: readonly string[]): void => {
    if (isClean.has(file)) return;
    assert.ok(!way.includes(file), `A circle: ${[...way, file].join(" → ")}`);
    for (const imported of importsOf(file).filter(isOwn)) follow(imported, [...way, file]);
    isClean.add(file);
  };
  for (const file of files) follow(file, []);
});
