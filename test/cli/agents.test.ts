import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { agents } from "../../src/agents/index.ts";
import type { Agent } from "../../src/domain/agent/agent.ts";
import { openFakeCli } from "../support/cli/fake-cli.ts";
import { ROWS } from "../support/promises/rows.ts";

test("agents tells of each one whether it is here, its version, and what it can do", async (t) => {
  const cli = openFakeCli(t);
  const bin = join(cli.sandbox.folder, "bin");
  mkdirSync(bin);
  const put = (name: string, script: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  put("claude", "echo '2.1.329 (Claude Code)'; echo more");
  put("codex", "exit 3");
  // A folder of that name is no program.
  const others = Object.keys(agents).filter((name) => name !== "claude" && name !== "codex");
  for (const name of others) mkdirSync(join(bin, name));
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  const { json, code } = await cli.here(["agents", "--json"], { env });
  assert.equal(code, 0);
  const told = json.agents as Record<string, unknown>[];
  const known: Agent[] = Object.values(agents);
  assert.deepEqual(
    told.map(({ name }) => name),
    known.map(({ name }) => name),
  );
  for (const [at, agent] of known.entries()) {
    const { name, title, can, costs, roleLimitBytes, asksForAccess = false } = agent;
    const { chooseId, changeRole, fork, ...rest } = can;
    assert.deepEqual(
      [told[at]?.title, told[at]?.can, told[at]?.costs],
      [
        title,
        {
          ...rest,
          choose_id: chooseId,
          change_role: changeRole,
          fork: fork !== false,
          role: roleLimitBytes > 0,
          // What the real program was seen to do.
          restore: ROWS.some((row) => row.agent === name && row.lost === "restored"),
          asks_for_access: asksForAccess,
        },
        costs,
      ],
    );
  }
  const seen = told.map(({ name, path, version, problem }) => [name, path, version, problem]);
  assert.deepEqual(seen, [
    ["claude", join(bin, "claude"), "2.1.329", null],
    ["codex", join(bin, "codex"), null, "failed"],
    ...others.map((name) => [name, null, null, null]),
  ]);
  const { stdout } = await cli.here(["agents"], { env });
  const lines = stdout.trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^AGENT +VERSION +FORK .* PATH$/);
  assert.match(lines[1] ?? "", /^claude +2\.1\.329 +yes +low\.\.max +yes +yes +all .*dollars +\/.*\/claude$/);
  assert.match(lines[2] ?? "", /^codex +failed /);
  assert.equal(lines.length, 1 + known.length);
  for (const line of lines.slice(3)) assert.match(line, /^(?:acp +--agent-cmd|\w+ +not installed) /);
});

test("the help of commands that start a conversation names the agents there are", async (t) => {
  const cli = openFakeCli(t);
  for (const verb of ["create", "once"]) {
    const { stdout } = await cli.here([verb, "--help"], { plain: true });
    const words = stdout.replaceAll(/\s+/g, " ");
    assert.ok(words.includes(`${Object.keys(agents).join(" | ")} (default: claude)`), stdout);
  }
});
