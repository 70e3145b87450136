import { ACCESSES } from "../../domain/agent/access.ts";
import { defineCommand } from "../command.ts";
import { JSON_OPTION } from "../options.ts";
import type { WorkerFlags } from "./worker-flags.ts";

export const workerCommand = defineCommand({
  name: "worker",
  needsNoConfig: true,
  summary: "run the turns of a store that machines share",
  description:
    "Takes turns from the store that AGENT_SESSIONS_STORE names, and runs them on this machine, until it is asked to stop. Turns of one conversation run one after another, whichever worker has them. Whoever may send may run commands here, as far as this worker allows.",
  examples: [
    "agent-sessions worker --workspace ~/shop",
    "agent-sessions worker --concurrency 4 --agents claude,codex --workspace ~/shop --max-access edit",
  ],
  closing: `
At SIGTERM or Ctrl-C, a worker takes nothing new, and waits for its turns for as
long as --grace says. The second one ends them.
`,
  options(command) {
    command
      .option("-c, --concurrency <n>", "how many turns at once (default: 1)")
      .option("--agents <names>", "take only turns of these agents (default: those that are installed)")
      .option(
        "-w, --workspace <dir>",
        "take turns of this folder; may be given again (default: the current one)",
        (one: string, before: string[] | undefined) => [...(before ?? []), one],
      )
      .option(
        "--max-access <access>",
        `the most that a turn may do here: ${ACCESSES.join(", ")} (default: no limit)`,
      )
      .option("--allow-agent-args", "let turns say how their agent is started, and its arguments")
      .option(
        "--on-lost <policy>",
        "turns whose worker is gone after the agent had begun: fail ends them as unknown, resend runs them again (default: fail)",
      )
      .option(
        "--lease <duration>",
        "after how long without a sign of life another worker takes over, at least 10s (default: 30s)",
      )
      .option(
        "--grace <duration>",
        "how long to wait for running turns when asked to stop (default: for ever)",
      )
      .option(...JSON_OPTION);
  },
  async run(io, flags: WorkerFlags) {
    const { runWorker } = await import("./run-worker.ts");
    return runWorker(io, flags);
  },
});
