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
  plugin: { rooms: ["domain", "agents", "system", "stores"], node: ["node:path"] },
  cli: { rooms: ["domain", "agents", "system", "stores", "app"], node: true },
};

/** The rooms of app/, the lowest first: a file uses its own room and those before it. What is in one row is apart. */
const APP_ROOMS = [
  ["."],
  ["conversation", "gc"],
  ["turn"],
  ["local"],
  ["names"],
  ["watch"],
  ["ask"],
  ["window", "tell"],
  ["doctor"],
  ["compose"],
];

const files = sourceFiles("src");
const isEntry = (file: string) => /^((cli|compat|plugin)\/main|library\/surroundings)\.ts$/.test(file);
const isOwn = (imported: string) => imported.endsWith(".ts");
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
