import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { ceilingIn, programIn, serverWords } from "../../../src/app/mcp/server-words.ts";
import { tempFolder } from "../../support/temp-folder.ts";

const NO_FLAGS = { maxAccess: "edit", isReadOnly: false };

test("the server is started by its name where everybody finds this very program, else by its path", (t) => {
  const folder = tempFolder(t);
  const file = join(folder, "cli.cjs");
  writeFileSync(file, "", { mode: 0o755 });
  const bins = ["bin", "node_modules/.bin", "other"].map((bin) => join(folder, bin));
  for (const bin of bins) mkdirSync(bin, { recursive: true });
  const [bin = "", ofNpx = "", other = ""] = bins;
  for (const one of [bin, ofNpx]) symlinkSync(file, join(one, "agent-sessions"));
  writeFileSync(join(other, "agent-sessions"), "", { mode: 0o755 });
  const program = ["/usr/bin/node", file];
  const wordsWith = (PATH: string) => serverWords({ env: { PATH }, cwd: "/", program }, NO_FLAGS);
  assert.deepEqual(wordsWith(`/nowhere:${bin}`), ["agent-sessions", "mcp"]);
  for (const path of [ofNpx, `${other}:${bin}`, ""])
    assert.deepEqual(wordsWith(path), [...program, "mcp"], path);
});

test("what starts our server is known by its words, and so is what may be asked over it", () => {
  const around = { env: {}, cwd: "/", program: ["node", "/x/dist/cli.cjs"] };
  for (const maxAccess of ["read-only", "edit", "full"]) {
    const words = serverWords(around, { maxAccess, isReadOnly: true });
    assert.deepEqual([programIn(words), ceilingIn(words)], [around.program, maxAccess]);
  }
  assert.deepEqual(programIn(["tbc", "mcp"]), ["tbc"]);
  for (const words of [
    ["npx", "other", "mcp"],
    ["agent-sessions"],
    ["mcp"],
    [],
    ["node", "x", "cli.cjs", "mcp"],
  ])
    assert.equal(programIn(words), undefined, words.join(" "));
});
