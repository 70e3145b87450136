import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAST_AGENT } from "../../test/fake-agent/script.ts";
import { agentSessions, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { figure, type Part, timing } from "../result.ts";
import { timeInTurn } from "../rounds.ts";
import { differences, ratios } from "../spread.ts";

const NAME = "streamed";
const LINES = 100_000;
const TICKS = 40;

/** Says 100,000 lines of 1,060 bytes, 106 MB, as fast as it can. */
const FLOOD = `#!/bin/sh
cat > /dev/null
exec "${process.execPath}" -e '
const line = JSON.stringify({ type: "stream_event", text: "x".repeat(1020) }) + "\\n";
const block = Buffer.from(line.repeat(100));
const { writeSync } = require("node:fs");
for (let at = 0; at < ${LINES} / 100; at += 1) for (let done = 0; done < block.length; ) done += writeSync(1, block, done);
writeSync(1, JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "ok" }) + "\\n");
'
`;

/** Says now and then what time it is. */
const CLOCK = `#!/bin/sh
cat > /dev/null
exec "${process.execPath}" -e '
let left = ${TICKS};
const tick = setInterval(() => {
  require("node:fs").writeSync(1, JSON.stringify({ type: "tick", at: String(process.hrtime.bigint()) }) + "\\n");
  if (--left > 0) return;
  clearInterval(tick);
  require("node:fs").writeSync(1, JSON.stringify({ type: "result", subtype: "success", is_error: false, result: "ok" }) + "\\n");
}, 20);
'
`;

/** How fast an agent's lines come through, and how soon. */
export const streaming: Part = {
  title: "Streaming",
  defaultRounds: 5,
  measure: (options) =>
    withFastAgent({}, async (place) => {
      const [flood, clock] = [join(place.cwd, "flood.sh"), join(place.cwd, "clock.sh")];
      writeFileSync(flood, FLOOD, { mode: 0o755 });
      writeFileSync(clock, CLOCK, { mode: 0o755 });
      await run(
        { argv: agentSessions("create", NAME, "hi", "--agent-cmd", FAST_AGENT), ...place },
        options.stop,
      );
      const ours = (agent: string) => agentSessions("send", NAME, "go", "--stream", "--agent-cmd", agent);
      const intoCat = (argv: readonly string[]) => ({
        argv: ["sh", "-c", '"$@" < /dev/null | cat > /dev/null', "sh", ...argv],
        ...place,
      });
      const { bare, sent } = await timeInTurn(
        { bare: () => intoCat([flood]), sent: () => intoCat(ours(flood)) },
        options,
      );
      const delaysMs: number[] = [];
      for (let round = 0; round < options.rounds; round += 1)
        delaysMs.push(...(await delaysOf(ours(clock), place)));
      return {
        timings: [
          timing("106 MB of the agent alone into cat", bare),
          timing("106 MB of send --stream into cat", sent),
        ],
        figures: [
          figure("106 MB of send --stream over the agent alone", "ms", differences(sent, bare)),
          figure("106 MB of send --stream / the agent alone", "times", ratios(sent, bare), 1.5),
          figure("from the agent's writing of a line to its reader", "ms", delaysMs, 10),
        ],
      };
    }),
};

/** How long each line of the clock took to its reader, by the clock that all processes share. */
async function delaysOf(
  argv: readonly string[],
  { cwd, env }: { cwd: string; env: Record<string, string> },
): Promise<number[]> {
  const [file = "", ...args] = argv;
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
  const delaysMs: number[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const now = process.hrtime.bigint();
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const at = /^\{"type":"tick","at":"(\d+)"/.exec(line)?.[1];
      if (at !== undefined) delaysMs.push(Number(now - BigInt(at)) / 1e6);
    }
  });
  await once(child, "close");
  if (delaysMs.length !== TICKS) throw new Error(`${delaysMs.length} of ${TICKS} lines came through.`);
  return delaysMs;
}
