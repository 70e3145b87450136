import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RealCli } from "../../cli/real-cli.ts";
import { whyNo } from "../../loopback/real-agents.ts";
import { run } from "../../run.ts";
import { until } from "../../until.ts";
import type { PromiseRow } from "../row.ts";

export const opencode: PromiseRow = {
  agent: "opencode",
  whyMissing: () => whyNo("opencode"),
  shell: (command) => ({ name: "bash", args: { command, description: "run it" } }),
  // What opencode 1.18.33 gives to models whose name begins with gpt-; others get `write`.
  write: (path) => ({
    name: "apply_patch",
    args: { patchText: `*** Begin Patch\n*** Add File: ${path}\n+made\n*** End Patch` },
  }),
  mayRun: ["--access", "full"],
  unknownId: "ses_de627dc59ffenFLcjb4tPrX06g",
  lost: "restored",
  lose: async (cli, id) => {
    await copied(cli);
    await run(["opencode", "session", "delete", id], { cwd: cli.workspace, env: cli.env });
  },
  no: { schema: "opencode 1.18.33 takes no schema" },
};

/** Resolves once the copy of the last turn is kept, which no command waits for. */
async function copied(cli: RealCli): Promise<void> {
  const { last_turn: last } = (await cli.run(["show", "x", "--json"])).json;
  const { turn_id: turnId } = last as { turn_id: string };
  const sessions = join(cli.env.AGENT_SESSIONS_HOME ?? "", "sessions");
  const isKept = () =>
    existsSync(sessions) &&
    readdirSync(sessions, { recursive: true, encoding: "utf8" }).some((path) =>
      path.endsWith(`${turnId}.json`),
    );
  await until(isKept, { what: `the copy of turn ${turnId}`, timeoutMs: 300_000 });
}
