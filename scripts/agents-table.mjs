import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BEGIN = "<!-- What `agent-sessions agents` tells; written by scripts/agents-table.mjs. -->\n";
const END = "<!-- End of the table. -->\n";

/** The README with what each agent can do, as the built `agent-sessions agents` tells it. */
export function withAgentsTable(root) {
  const home = mkdtempSync(join(tmpdir(), "agent-sessions-table-"));
  const printed = execFileSync(process.execPath, [join(root, "dist/cli.cjs"), "agents"], {
    encoding: "utf8",
    // No agent is found there, so that the table is the same everywhere.
    env: { PATH: home, HOME: home, AGENT_SESSIONS_NO_CACHE: "1" },
  });
  rmSync(home, { recursive: true });
  const [titles = [], ...agents] = printed
    .trimEnd()
    .split("\n")
    // The version, or what stands in its place, is not the same everywhere.
    .map((line) => line.split(/ {2,}/).filter((cell, at) => cell !== "" && at !== 1));
  // All but the path, which comes last.
  const row = (cells) => `| ${cells.slice(0, titles.length - 1).join(" | ")} |\n`;
  const head = row(titles.map((title) => title.toLowerCase())) + row(titles.map(() => "---"));
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [before, after] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (before === -1 || after === -1) throw new Error(`README.md has no place for the table: ${BEGIN}`);
  return readme.slice(0, before + BEGIN.length) + head + agents.map(row).join("") + readme.slice(after);
}
