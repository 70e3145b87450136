import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { start } from "../../test/support/run.ts";
import { agentSessions, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { type RoundOptions, type TimesMs, timeInTurn } from "../rounds.ts";

const FLAGS = ["--agent", "claude", "--agent-cmd", FAST_AGENT];

/** Times a whole `send`: of this machine's own files, and over a store with an idle worker on the same machine. */
export function timeCommands(url: string, options: RoundOptions): Promise<{ local: TimesMs; line: TimesMs }> {
  return withFastAgent({}, async ({ cwd, env }) => {
    writeFileSync(join(cwd, ".agent-sessions.toml"), 'workspace-id = "bench"\n');
    const shared = { ...env, AGENT_SESSIONS_STORE: url };
    const worker = start(agentSessions("worker", "--agents", "claude", "--allow-agent-args"), {
      cwd,
      env: shared,
      ownGroup: true,
    });
    const command = (verb: "create" | "send", around: Record<string, string>) => ({
      argv: agentSessions(verb, "timed", "Say hello.", "--json", ...FLAGS),
      cwd,
      env: around,
    });
    try {
      await worker.waitFor((_, stderr) => stderr.includes("takes turns"));
      for (const around of [env, shared]) await run(command("create", around), options.stop);
      return await timeInTurn(
        { local: () => command("send", env), line: () => command("send", shared) },
        options,
      );
    } finally {
      worker.kill("SIGTERM");
      await worker.exited;
    }
  });
}
