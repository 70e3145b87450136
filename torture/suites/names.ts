import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { findAgent } from "../../src/agents/index.ts";
import { editsOf, replay } from "../../src/domain/names/log.ts";
import { StateHome } from "../../src/stores/file/home.ts";
import { FileStore } from "../../src/stores/file/store.ts";
import { findTempRoot, findViewRoot } from "../../src/system/places/temp.ts";
import { REPOSITORY } from "../../test/support/environment.ts";
import { FAST_AGENT } from "../../test/support/fake-agent/script.ts";
import { openSandbox, type Sandbox } from "../../test/support/sandbox.ts";
import { NAMES_OF_A_PROCESS, SHARED_NAMES, STOPPED, type WorkerReport } from "../names/acknowledged.ts";
import { checkOrder, transitionsOf } from "../names/check-log.ts";
import type { WorkerTask } from "../names/names-worker.ts";
import { Random } from "../random.ts";
import { newTally, type Suite, type Tally, type TortureOptions } from "../suite.ts";

interface Size {
  rounds: number;
  processes: number;
  operations: number;
  commandLines: number;
  /** How often somebody empties the temporary folder meanwhile. */
  sweeps: number;
  /** How many more processes are killed in the moment in which they have the names locked. */
  kills: number;
  /** How long one process is stopped while it has the names locked: in the first round, and in the others. */
  stopsMs: [first: number, later: number];
}

const FULL: Size = {
  rounds: 20,
  processes: 16,
  operations: 25,
  commandLines: 2,
  sweeps: 3,
  kills: 8,
  stopsMs: [12_000, 400],
};
const SHORT: Size = {
  rounds: 2,
  processes: 6,
  operations: 12,
  commandLines: 1,
  sweeps: 2,
  kills: 4,
  stopsMs: [400, 400],
};

/** The most lines of the file of uses for each name. */
const LINES_PER_NAME = 10;

/** Many processes work on the names of one workspace at once, while the mapping file goes away now and then. */
export const names: Suite = {
  title: "many processes create, replace, move, rename, remove and restore names of one workspace",
  run: async (options) => {
    const size = options.isShort ? SHORT : FULL;
    const sandbox = openSandbox({ modelUrl: "http://127.0.0.1:9" });
    const tally = newTally();
    try {
      const run = new NamesRun(sandbox, size, options, tally);
      await run.prepare();
      for (let round = 1; round <= size.rounds; round += 1) await run.round(round);
      tally.notes.push(run.summary());
      return tally;
    } finally {
      sandbox.remove();
    }
  },
};

class NamesRun {
  private readonly worker: string;
  private readonly store: FileStore;
  private readonly scope: { workspace: string; agent: string };
  private readonly home: StateHome;
  private refused = 0;
  private sweeps = 0;
  private uses = 0;

  constructor(
    private readonly sandbox: Sandbox,
    private readonly size: Size,
    private readonly options: TortureOptions,
    private readonly tally: Tally,
  ) {
    this.worker = join(sandbox.folder, "names-worker.mjs");
    this.scope = { workspace: sandbox.workspace, agent: "claude" };
    const uid = process.getuid?.() ?? 0;
    this.home = new StateHome(sandbox.env.AGENT_SESSIONS_HOME ?? "");
    this.store = new FileStore({
      home: this.home,
      viewRoot: findViewRoot(findTempRoot(sandbox.env, sandbox.workspace), uid),
      uid,
      findAgent,
      now: () => new Date(),
      notify: () => undefined,
    });
  }

  /** Makes the worker one file: that starts in a tenth of the time. */
  async prepare(): Promise<void> {
    await build({
      entryPoints: [join(REPOSITORY, "torture/names/names-worker.ts")],
      outfile: this.worker,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20.19",
    });
  }

  async round(round: number): Promise<void> {
    const before = (await this.moves()).length;
    const random = new Random(this.options.seed + round);
    const task = (label: string): WorkerTask => ({
      label,
      seed: random.below(2 ** 31),
      round,
      operations: this.size.operations,
      commandLines: this.size.commandLines,
      cli: join(REPOSITORY, "dist/cli.cjs"),
      agentCommand: FAST_AGENT,
    });
    const workers = Array.from({ length: this.size.processes }, (_, index) =>
      this.start({ ...task(`p${index}`), isToStop: index === 0 }),
    );
    await Promise.all(workers.map(({ ready }) => ready));
    for (const { child } of workers) child.stdin?.write("go\n");
    const ended = Promise.all(workers.map(({ report }) => report));
    const dying = this.kill(() => this.start({ ...task("dying"), isToDie: true }), ended);
    await this.sweep(random, ended);
    await dying;
    const reports = await ended;
    this.tally.rounds += 1;
    await this.check(round, before, reports);
  }

  /** The lines of the log, without that of the uses that are not in it. */
  private async moves(): Promise<unknown[]> {
    const lines = await this.store.log(this.scope);
    return lines.filter((line) => [...editsOf([line])].some(({ op }) => op !== "used"));
  }

  private start(task: WorkerTask): {
    child: ChildProcess;
    ready: Promise<unknown>;
    report: Promise<WorkerReport>;
  } {
    const child = spawn(process.execPath, [this.worker, JSON.stringify(task)], {
      cwd: this.sandbox.workspace,
      env: this.sandbox.env,
      stdio: ["pipe", "pipe", "inherit"],
    });
    let output = "";
    const stopMs = this.size.stopsMs[task.round === 1 ? 0 : 1];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (text.includes(STOPPED)) setTimeout(() => child.kill("SIGCONT"), stopMs);
    });
    const report = once(child, "close").then(([code]): WorkerReport => {
      if (code === 0) return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as WorkerReport;
      return { acknowledged: [], refused: 0, uses: 0, losses: [`${task.label} ended with ${code}`] };
    });
    return { child, ready: Promise.race([once(child.stdout, "data"), report]), report };
  }

  /** Leaves the names locked by the dead, one after the other while the others work. */
  private async kill(start: () => { child: ChildProcess }, ended: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (let left = this.size.kills; left > 0 && !isOver; left -= 1) {
      await once(start().child, "close");
      this.tally.kills += 1;
    }
  }

  /** Takes the mapping file away at random moments, as whatever cleans a temporary folder does. */
  private async sweep(random: Random, ended: Promise<unknown>): Promise<void> {
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    for (let left = this.size.sweeps; left > 0; left -= 1) {
      await new Promise((resolve) => setTimeout(resolve, random.below(400)));
      if (isOver) return;
      rmSync(this.store.mappingPath(this.scope) ?? "", { force: true });
      this.sweeps += 1;
    }
  }

  private async check(round: number, before: number, reports: readonly WorkerReport[]): Promise<void> {
    const acknowledged = reports.flatMap((report) => report.acknowledged);
    this.tally.operations += acknowledged.length;
    for (const { refused, uses } of reports) {
      this.refused += refused;
      this.uses += uses;
    }
    const lines = await this.store.log(this.scope);
    const moves = await this.moves();
    const log = transitionsOf(moves.slice(0, before), moves.slice(before));
    const losses = [
      ...reports.flatMap((report) => report.losses),
      ...checkOrder(log, acknowledged),
      ...(await this.checkViews(lines)),
      ...this.checkUses(),
    ];
    this.tally.losses += losses.length;
    const { seed, tell } = this.options;
    for (const loss of losses.slice(0, 10)) tell(`LOSS in round ${round} of seed ${seed}: ${loss}`);
    if (losses.length > 10) tell(`and ${losses.length - 10} more in this round`);
  }

  /** Uses of names are in no line of their own in the log, and do not make their file longer for good. */
  private checkUses(): string[] {
    const folder = this.home.namesFolder(this.scope);
    const own = linesOf(join(folder, "log.jsonl")).filter((line) => {
      const edits = [...editsOf([line])];
      return edits.length > 0 && edits.every(({ op }) => op === "used");
    });
    const uses = linesOf(join(folder, "used.jsonl"));
    const most = LINES_PER_NAME * (NAMES_OF_A_PROCESS * this.size.processes + SHARED_NAMES);
    return [
      ...(own.length === 0 ? [] : [`${own.length} lines of the log tell nothing but uses`]),
      ...(uses.length > most ? [`the file of uses has ${uses.length} lines`] : []),
    ];
  }

  /** The log, the names that a new process reads, and the mapping file agree. */
  private async checkViews(lines: readonly unknown[]): Promise<string[]> {
    const { entries } = await this.store.list(this.scope);
    const expected = idsOf(replay(lines).entries.values());
    const mapping = JSON.parse(readFileSync(this.store.mappingPath(this.scope) ?? "", "utf8")) as {
      aliases: Record<string, { session_id: string }>;
    };
    const shown = Object.entries(mapping.aliases).map(([name, { session_id: sessionId }]) => ({
      name,
      sessionId,
    }));
    const views: [string, string][] = [
      ["what a command reads", idsOf(entries.values())],
      ["the mapping file", idsOf(shown)],
    ];
    return views.flatMap(([what, found]) =>
      found === expected ? [] : [`${what} differs from the log: ${found} instead of ${expected}`],
    );
  }

  summary(): string {
    const { processes, operations } = this.size;
    return `${processes} processes × ${operations} operations a round; ${this.refused} were refused, as for names that exist or are gone; the mapping file was taken away ${this.sweeps} times; names were used ${this.uses} times; in each round one process was stopped with the names locked, ${this.size.stopsMs[0] / 1000} s in the first`;
  }
}

function linesOf(path: string): unknown[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

function idsOf(entries: Iterable<{ name: string; sessionId: string }>): string {
  return JSON.stringify([...entries].map(({ name, sessionId }) => [name, sessionId]).sort());
}
