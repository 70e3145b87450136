import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import test from "node:test";

const source = resolve(import.meta.dirname, "../../src");

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

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
);

for (const [room, rule] of Object.entries(RULES)) {
  test(`${room}/ imports only what it may use`, () => {
    for (const file of files.filter((path) => path.startsWith(`${room}/`))) {
      const text = readFileSync(join(source, file), "utf8");
      const isEntry = /^((cli|compat|plugin)\/main|library\/surroundings)\.ts$/.test(file);
      for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)) {
        if (specifier.startsWith(".")) {
          const target = relative(source, resolve(join(source, file), "..", specifier)).split("/")[0] ?? "";
          assert.ok(target === room || rule.rooms.includes(target), `${file} may not import ${specifier}`);
        } else if (specifier.startsWith("node:")) {
          assert.ok(
            rule.node === true || rule.node.includes(specifier) || isEntry,
            `${file} may not import ${specifier}`,
          );
        }
      }
      if (!isEntry && room !== "system") {
        assert.doesNotMatch(text, /process\.(env|cwd|exit)\b/, `${file} reads the process`);
      }
    }
  });
}

test("every room has a rule", () => {
  const rooms = new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]));
  assert.deepEqual(
    [...rooms].filter((room) => RULES[room ?? ""] === undefined),
    [],
  );
});
