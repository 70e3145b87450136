import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { start } from "../../test/support/run.ts";
import { until } from "../../test/support/until.ts";
import { agentSessions, run, timeMs } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { figure, type Part, timing } from "../result.ts";
import { differences } from "../spread.ts";

const NAME = "killed";

/** Says that it has begun, and answers once it is let go. */
const WAITING_AGENT = `#!/bin/sh
: > begun
until [ -e go ]; do sleep 0.01; done
"${FAST_AGENT}" "$@"
: > ended
`;

/** What the command after a SIGKILL has to do more than any other. */
export const settling: Part = {
  title: "After a kill in the middle of a turn",
  defaultRounds: 15,
  measure: (options) =>
    withFastAgent({}, async (place) => {
      const agent = join(place.cwd, "waiting.sh");
      writeFileSync(agent, WAITING_AGENT, { mode: 0o755 });
      const marks = ["begun", "go", "ended"].map((mark) => join(place.cwd, mark)) as [string, string, string];
      const [begun, go, ended] = marks;
      const list = () => timeMs({ argv: agentSessions("list", "--json"), ...place }, options.stop);
      const send = ["send", NAME, "hi", "--agent-cmd", agent];
      /** Kills whoever sees to a turn, lets the agent come to its end, and times the next command. */
      const listAfter = async (begin: () => Promise<() => void>) => {
        for (const mark of marks) rmSync(mark, { force: true });
        const kill = await begin();
        await until(() => existsSync(begun), { what: "the agent to begin" });
        kill();
        writeFileSync(go, "");
        await until(() => existsSync(ended), { what: "the agent to end" });
        return list();
      };
      await run(
        { argv: agentSessions("create", NAME, "hi", "--agent-cmd", FAST_AGENT), ...place },
        options.stop,
      );
      const timesMs = { plain: [] as number[], caller: [] as number[], attendant: [] as number[] };
      for (let round = 0; round <= options.rounds; round += 1) {
        const plain = await list();
        const caller = await listAfter(async () => {
          const sending = start(agentSessions(...send), place);
          return () => sending.kill("SIGKILL");
        });
        const attendant = await listAfter(async () => {
          const { stdout } = await run({ argv: agentSessions(...send, "--detach"), ...place }, options.stop);
          return () =>
            process.kill(attendantOf(place.env.AGENT_SESSIONS_HOME ?? "", stdout.trim()), "SIGKILL");
        });
        // The first round is not counted, as everywhere.
        if (round === 0) continue;
        timesMs.plain.push(plain);
        timesMs.caller.push(caller);
        timesMs.attendant.push(attendant);
      }
      const { plain, caller, attendant } = timesMs;
      return {
        timings: [
          timing("list, nothing to settle", plain),
          timing("list, after the kill of a send", caller),
          timing("list, after the kill of what attends to a detached turn", attendant),
        ],
        figures: [
          figure("settling after the kill of a send", "ms", differences(caller, plain)),
          figure("settling after the kill of an attendant", "ms", differences(attendant, plain)),
        ],
      };
    }),
};

function attendantOf(home: string, turnId: string): number {
  return JSON.parse(readFileSync(join(home, "turns", turnId, "attendant.json"), "utf8")).pid;
}
