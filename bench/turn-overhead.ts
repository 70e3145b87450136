import { randomUUID } from "node:crypto";
import { agentSessions, type Command, NOTHING_ON_NODE, run } from "./command.ts";
import { type Figure, figure, type Measured, timing } from "./result.ts";
import { type RoundOptions, type TimesMs, timeInTurn } from "./rounds.ts";
import { differences, ratios } from "./spread.ts";

export interface AgentUnderBench {
  /** What is started without us. */
  bare: string;
  /** What makes `create` and `send` start the same program. */
  flags: readonly string[];
  workspace: string;
  env: Record<string, string>;
}

const PROMPT = "Say hello.";

/** The conversation that every timed `send` continues. */
const CONTINUED = "continued";

/** Starts an agent behind a gate as we do, and does nothing else: what is over this is ours. */
const LEAST = `
require("node:crypto");
const { spawn } = require("node:child_process");
const gate = 'read -r _ <&3 || exit 125; exec "$@" 3<&-';
const child = spawn("/bin/sh", ["-c", gate, "sh", ...process.argv.slice(1)], { stdio: [0, 1, 2, "pipe"], detached: true });
child.stdio[3].end("go\\n");
child.on("exit", (code) => process.exit(code));
`;

/** The most that `send` should cost on top of the agent, in starts of an empty Node. */
const SEND_AT_MOST = 2;

/**
 * Times `create` and `send` against the agent alone, which gets equal arguments and the same prompt on
 * standard input, in a conversation of its own that grows as fast as ours.
 */
export async function measureTurns(agent: AgentUnderBench, options: RoundOptions): Promise<Measured> {
  const place = { cwd: agent.workspace, env: agent.env };
  const bare = (...session: string[]): Command => ({
    argv: [agent.bare, "-p", "--output-format", "stream-json", "--verbose", ...session],
    ...place,
    input: PROMPT,
  });
  const ours = (verb: "create" | "send", name: string): Command => ({
    argv: agentSessions(verb, name, "-", "--json", ...agent.flags),
    ...place,
    input: PROMPT,
  });

  const continuedId = randomUUID();
  await run(bare("--session-id", continuedId), options.stop);
  await run(ours("create", CONTINUED), options.stop);
  let created = 0;
  const timesMs = await timeInTurn(
    {
      node: () => ({ argv: NOTHING_ON_NODE, ...place }),
      bareCreate: () => bare("--session-id", randomUUID()),
      create: () => ours("create", `created-${++created}`),
      bareSend: () => bare("--resume", continuedId),
      least: () => {
        const { argv, ...rest } = bare("--resume", continuedId);
        return { ...rest, argv: [process.execPath, "-e", LEAST, "--", ...argv] };
      },
      send: () => ours("send", CONTINUED),
    },
    options,
  );
  return {
    timings: [
      timing("node -e 0", timesMs.node),
      timing("agent alone, new conversation", timesMs.bareCreate),
      timing("create", timesMs.create),
      timing("agent alone, --resume", timesMs.bareSend),
      timing("the same from a Node that does nothing else", timesMs.least),
      timing("send", timesMs.send),
    ],
    figures: [
      ...overhead("a Node that does nothing else", timesMs.least, timesMs.bareSend, timesMs.node),
      ...overhead("create", timesMs.create, timesMs.bareCreate, timesMs.node),
      ...overhead("send", timesMs.send, timesMs.bareSend, timesMs.node, SEND_AT_MOST),
    ],
  };
}

function overhead(verb: string, ours: TimesMs, bare: TimesMs, node: TimesMs, atMost?: number): Figure[] {
  const extraMs = differences(ours, bare);
  return [
    figure(`overhead of ${verb}`, "ms", extraMs),
    figure(`overhead of ${verb} / node -e 0`, "times", ratios(extraMs, node), atMost),
  ];
}
