import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import {
  addEvent,
  digestOfFile,
  type Flood,
  type Flooded,
  FloodPlace,
  type ReadPace,
} from "../flood/flood.ts";
import { eventsIn, streamsOf, writeStream } from "../flood/streams.ts";
import { newTally, type Suite, type Tally } from "../suite.ts";

/** Of which some fifty are Node's own. */
const MOST_MB = 80;

interface Case {
  title: string;
  flood: Flood;
  /** How the turn ends; default: `succeeded`. */
  outcome?: string;
  code?: number;
  mostMb?: number;
  args?: string[];
  read?: ReadPace;
  mostMs?: number;
  /** Only what becomes of the turn, not what is passed on. */
  isCut?: boolean;
  check?: (flooded: Flooded) => string | undefined;
}

/**
 * Whatever an agent writes and however it comes, the events, the bytes and the end are those of an unhurried
 * stream, in little memory, and what ends a turn ends it.
 */
export const flood: Suite = {
  title: "floods of output: the same events, the same bytes, little memory",
  async run({ isShort, seed, tell }) {
    const tally = newTally();
    const place = await FloodPlace.open();
    try {
      for (const one of cases(place, isShort, seed)) {
        tally.rounds += 1;
        for (const loss of await lossesOf(place, one, tally)) {
          tally.losses += 1;
          tell(`LOST in ${one.title}: ${loss}`);
        }
      }
    } finally {
      place.remove();
    }
    return tally;
  },
};

async function lossesOf(place: FloodPlace, one: Case, tally: Tally): Promise<string[]> {
  const losses: string[] = [];
  const peaks: string[] = [];
  const path = one.flood.stdoutFile;
  for (const mode of one.args === undefined ? ["--json", "--stream"] : [""]) {
    tally.operations += 1;
    const args = one.args ?? [mode];
    const flooded = await place.send(one.flood, args, one.read);
    const { record, code, peakMb, tookMs } = flooded;
    const expect = (what: string, actual: unknown, expected: unknown) => {
      if (actual !== expected) losses.push(`${args.join(" ")}: ${what} is ${actual}, not ${expected}`);
    };
    expect("the outcome", record.outcome, one.outcome ?? "succeeded");
    expect("the exit code", code, one.code ?? 0);
    if (args.includes("--stream") && path !== undefined && !one.isCut) {
      const expected = digestOfFile(path);
      expect("the number of bytes", flooded.bytes, expected.bytes);
      expect("the digest of the bytes", flooded.digest, expected.digest);
    }
    const mostMb = one.mostMb ?? MOST_MB;
    if (peakMb > mostMb) losses.push(`${args.join(" ")}: ${peakMb.toFixed(1)} MB, more than ${mostMb}`);
    if (one.mostMs !== undefined && tookMs > one.mostMs) losses.push(`it took ${tookMs} ms`);
    const wrong = one.check?.(flooded);
    if (wrong !== undefined) losses.push(wrong);
    peaks.push(`${args.join(" ")} ${peakMb.toFixed(0)} MB ${tookMs} ms`);
  }
  if (path !== undefined && one.args === undefined) {
    tally.operations += 1;
    const hash = createHash("sha256");
    for (const event of eventsIn(path)) addEvent(hash, event);
    if ((await place.events(one.flood)) !== hash.digest("hex")) losses.push("the events are others");
  }
  tally.notes.push(`${one.title}: ${peaks.join(", ")}`);
  return losses;
}

function cases(place: FloodPlace & { sessionId: string }, isShort: boolean, seed: number): Case[] {
  const streams = streamsOf(place.sessionId);
  const file = (name: string, parts: Iterable<string | Uint8Array>) => {
    const path = place.path(name);
    writeStream(path, parts);
    return path;
  };
  const lines = file("lines", streams.lines(isShort ? 8_000 : 100_000, 920));
  const oneBytes = isShort ? 8e6 : 64e6;
  const strange = file("strange", streams.strange(isShort ? 20 : 400));
  const shortLines = file("short-lines", streams.shortLines(isShort ? 400_000 : 12_000_000));
  const stderrBytes = isShort ? 64e6 : 1e9;
  const lastWords = ({ record: { error } }: Flooded) =>
    error?.message.endsWith("the last words.") && error.message.length < 1_500
      ? undefined
      : `the error says ${error?.message.slice(0, 200)}`;
  const empty = file("empty", []);
  return [
    { title: `${(statSync(lines).size / 1e6).toFixed(0)} MB in lines`, flood: { stdoutFile: lines } },
    {
      title: "a slow reader",
      flood: { stdoutFile: lines },
      args: ["--stream"],
      read: { startMs: 300, pauseMs: isShort ? 1 : 2 },
    },
    {
      title: `one line of ${oneBytes / 1e6} MB`,
      flood: { stdoutFile: file("one-line", streams.oneLine(oneBytes)) },
      mostMb: 64 + (3 * oneBytes) / 2 ** 20,
    },
    { title: "millions of short lines", flood: { stdoutFile: shortLines }, args: ["--json"] },
    { title: `${stderrBytes / 1e6} MB of stderr`, flood: { stderrBytes }, args: ["--json"] },
    {
      title: `${stderrBytes / 1e6} MB of stderr and no answer`,
      flood: { stderrBytes, stdoutFile: empty },
      args: ["--json"],
      outcome: "failed",
      code: 3,
      check: lastWords,
    },
    { title: "strange bytes, at once", flood: { stdoutFile: strange } },
    {
      title: "strange bytes, cut anywhere",
      flood: { stdoutFile: strange, pieces: sizes(seed), pauseMs: 1 },
    },
    {
      title: "one byte per write",
      flood: { stdoutFile: file("bytewise", streams.strange(isShort ? 20 : 400)), pieces: [1] },
    },
    {
      title: "an end inside a character",
      flood: { stdoutFile: file("cut", streams.cutInCharacter()) },
      outcome: "failed",
      code: 3,
    },
    {
      title: "a deadline while more comes than we read",
      flood: { stdoutFile: shortLinesForEver(), pieces: [65_536], pauseMs: 4 },
      args: ["--json", "--deadline", "1s"],
      outcome: "deadline",
      code: 6,
      isCut: true,
    },
    {
      title: "a limit while nobody reads",
      flood: { stdoutFile: lines, pieces: [4_096], pauseMs: 1, lingerMs: 60_000 },
      args: ["--stream", "--max-output", "1MB"],
      read: { startMs: 4_000 },
      outcome: "output_limit",
      code: 3,
      isCut: true,
    },
  ];

  /** Longer than anybody waits for. */
  function shortLinesForEver(): string {
    return file("for-ever", ["{}\n".repeat(isShort ? 10_000_000 : 30_000_000)]);
  }
}

/** Sizes of pieces that fall on no border. */
function sizes(seed: number): number[] {
  let state = seed;
  return Array.from({ length: 97 }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return 1 + ((state >> 8) % 400);
  });
}
