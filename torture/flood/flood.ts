import { spawn } from "node:child_process";
import { createHash, type Hash } from "node:crypto";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openSessions } from "../../src/index.ts";
import { openSandbox } from "../../test/support/sandbox.ts";

const CLI = join(import.meta.dirname, "../../dist/cli.cjs");
const AGENT = join(import.meta.dirname, "flood-agent.mjs");
const PEAK = join(import.meta.dirname, "peak-memory.cjs");
const NAME = "flooded";
const NEWLINE = 0x0a;

/** What the agent writes and how. */
export interface Flood {
  stdoutFile?: string;
  /** The sizes of its writes, over and over. Default: 64 kB. */
  pieces?: number[];
  /** Between two writes. */
  pauseMs?: number;
  stderrBytes?: number;
  /** Stays for so long after its last word. */
  lingerMs?: number;
}

export interface Flooded {
  code: number | null;
  tookMs: number;
  /** The most memory that our process had at once. */
  peakMb: number;
  record: { outcome?: string; text?: string; error?: { code: string; message: string } | null };
  /** Of what came before the record; and how many bytes that were. */
  digest: string;
  bytes: number;
}

/** A conversation whose agent floods, in a throw-away place. */
export class FloodPlace {
  private readonly sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });

  static async open(): Promise<FloodPlace & { sessionId: string }> {
    const place = new FloodPlace();
    const { record } = await place.run("create", {}, ["--json"]);
    return Object.assign(place, { sessionId: String((record as { session_id?: string }).session_id) });
  }

  path(name: string): string {
    const folder = join(this.sandbox.folder, "streams");
    mkdirSync(folder, { recursive: true });
    return join(folder, name);
  }

  /** One turn through the built command line. */
  send(flood: Flood, args: string[], read?: ReadPace): Promise<Flooded> {
    return this.run("send", flood, args, read);
  }

  /** The digest of the events of one turn, in order, through the library. */
  async events(flood: Flood): Promise<string> {
    const env = this.sandbox.with({ FLOOD: JSON.stringify(flood) });
    const sessions = await openSessions({ workspace: this.sandbox.workspace, env });
    const hash = createHash("sha256");
    const flooded = await sessions.get(NAME);
    for await (const event of flooded.send("flood", { agentCommand: AGENT }))
      if (event.type !== "started" && event.type !== "result") addEvent(hash, event);
    return hash.digest("hex");
  }

  remove(): void {
    this.sandbox.remove();
  }

  private async run(verb: string, flood: Flood, args: string[], read: ReadPace = {}): Promise<Flooded> {
    const peakTo = this.path("peak");
    const argv = ["--require", PEAK, CLI, verb, NAME, "--agent-cmd", AGENT, ...args, "flood"];
    const startedMs = performance.now();
    const child = spawn(process.execPath, argv, {
      cwd: this.sandbox.workspace,
      env: this.sandbox.with({ FLOOD: JSON.stringify(flood), PEAK_TO: peakTo }),
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
    const hash = createHash("sha256");
    let bytes = 0;
    let last: Buffer[] = [];
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      if (bytes === 0 && read.startMs !== undefined) await sleep(read.startMs);
      // What comes before the last line is passed on for sure once that one has begun.
      const cut = chunk.lastIndexOf("\n", -2) + 1;
      const endsLine = cut > 0 || last.at(-1)?.at(-1) === NEWLINE;
      if (endsLine) {
        for (const piece of [...last, chunk.subarray(0, cut)]) {
          hash.update(piece);
          bytes += piece.length;
        }
        last = [];
      }
      last.push(chunk.subarray(cut));
      if (read.pauseMs !== undefined) await sleep(read.pauseMs);
    }
    const code = await exited;
    return {
      code,
      tookMs: Math.round(performance.now() - startedMs),
      peakMb: Number(readFileSync(peakTo, "utf8")) / 1024,
      record: JSON.parse(Buffer.concat(last).toString("utf8") || "{}"),
      digest: hash.digest("hex"),
      bytes,
    };
  }
}

/** How slowly the output is read. */
export interface ReadPace {
  /** After the first bytes. */
  startMs?: number;
  /** After each chunk. */
  pauseMs?: number;
}

export function addEvent(hash: Hash, event: unknown): void {
  hash.update(`${JSON.stringify(event)}\n`);
}

/** What `--stream` is to print of a file before the record: its bytes, and a line end where it has none. */
export function digestOfFile(path: string): { digest: string; bytes: number } {
  const content = readFileSync(path);
  const hash = createHash("sha256").update(content);
  const isOpen = content.at(-1) !== 0x0a;
  if (isOpen) hash.update("\n");
  return { digest: hash.digest("hex"), bytes: statSync(path).size + (isOpen ? 1 : 0) };
}
