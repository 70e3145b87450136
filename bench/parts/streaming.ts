import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { agentSessions, run } from "../command.ts";
import { withFastAgent } from "../fast-agent.ts";
import { figure, type Part, timing } from "../result.ts";
import { timeInTurn } from "../rounds.ts";
import { differences, ratios } from "../spread.ts";

const NAME = "streamed";
const LINES = 100_000;
const TICKS = 40;

const TEXT = "x".repeat(850);
const AROUND = { session_id: randomUUID(), parent_tool_use_id: null, uuid: randomUUID() };
/** A piece of an answer, of which a turn needs to know nothing more once there was one. */
const PIECE = {
  type: "stream_event",
  event: { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: TEXT } },
  ...AROUND,
};
/** A whole message, each of which may be the last. */
const MESSAGE = {
  type: "assistant",
  message: { id: "msg_1", type: "message", role: "assistant", content: [{ type: "text", text: TEXT }] },
  ...AROUND,
};

/** Says the same 100,000 times, in 1,060 bytes each, 106 MB in all, as fast as it can. */
const floodOf = (value: object) => `#!/bin/sh
cat > /dev/null
exec "${process.execPath}" -e '
const line = ${JSON.stringify(JSON.stringify(value))}.padEnd(1059) + "\\n";
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
      const [pieces, messages, clock] = ["pieces.sh", "messages.sh", "clock.sh"].map((name) =>
        join(place.cwd, name),
      ) as [string, string, string];
      writeFileSync(pieces, floodOf(PIECE), { mode: 0o755 });
      writeFileSync(messages, floodOf(MESSAGE), { mode: 0o755 });
      writeFileSync(clock, CLOCK, { mode: 0o755 });
      await run(
        { argv: agentSessions("create", NAME, "hi", "--agent-cmd", FAST_AGENT), ...place },
        options.stop,
      );
      const ours = (agent: string) => agentSessions("send", NAME, "go", "--stream", "--agent-cmd", agent);
      const into = (reader: string, argv: readonly string[]) => () => ({
        argv: ["sh", "-c", `"$@" < /dev/null | ${reader} > /dev/null`, "sh", ...argv],
        ...place,
      });
      const timesMs = await timeInTurn(
        {
          bare: into("cat", [pieces]),
          pieces: into("cat", ours(pieces)),
          messages: into("cat", ours(messages)),
          bareRead: into("md5sum", [pieces]),
          piecesRead: into("md5sum", ours(pieces)),
        },
        options,
      );
      const delaysMs: number[] = [];
      for (let round = 0; round < options.rounds; round += 1)
        delaysMs.push(...(await delaysOf(ours(clock), place)));
      return {
        timings: [
          timing("106 MB of the agent alone into cat", timesMs.bare),
          timing("106 MB of send --stream into cat, pieces of text", timesMs.pieces),
          timing("106 MB of send --stream into cat, whole messages", timesMs.messages),
          timing("106 MB of the agent alone into md5sum", timesMs.bareRead),
          timing("106 MB of send --stream into md5sum, pieces of text", timesMs.piecesRead),
        ],
        figures: [
          figure("pieces into cat over the agent alone", "ms", differences(timesMs.pieces, timesMs.bare)),
          figure("pieces into cat / the agent alone", "times", ratios(timesMs.pieces, timesMs.bare), 1.5),
          figure("messages into cat / the agent alone", "times", ratios(timesMs.messages, timesMs.bare)),
          figure(
            "pieces into md5sum / the agent alone",
            "times",
            ratios(timesMs.piecesRead, timesMs.bareRead),
          ),
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
