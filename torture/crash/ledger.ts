import { setTimeout as sleep } from "node:timers/promises";
import { type EndedTurn, nameKey, type OnDisk, readDisk } from "./on-disk.ts";
import type { Operation } from "./operation.ts";
import type { Place, Ran, Victim } from "./place.ts";

/** A turn that was acknowledged: that it ended so, or that it will run. */
interface Acknowledged {
  prompt: string;
  /** Absent where only its acceptance was acknowledged. */
  outcome?: string;
}

/**
 * A command that waits for nobody ends long before this, and one that waits for somebody who is gone does not: our
 * locks have 30 s of patience. How slow the slowest was is told; a busy machine may be the reason.
 */
const RUNS_WITHIN_MS = 60_000;
const LOOK_MS = 100;
const WAITS_FOR_THE_DEAD_MS = 10_000;

/**
 * What was acknowledged in a place, and what therefore must be there. What was asked for and cut off may have
 * happened or not, and nothing between.
 */
export class Ledger {
  private readonly names = new Map<string, string>();
  private readonly turns = new Map<string, Acknowledged>();
  /** By prompt, for those that were cut off: an agent that was left alone must have come to a recorded end. */
  private readonly leftAlone = new Set<string>();
  /** The slowest command that had nobody to wait for. */
  slowestMs = 0;

  constructor(private readonly place: Place) {}

  /** The names that are there, as far as is known. */
  namesOf(agent: string): string[] {
    return [...this.names.keys()]
      .filter((key) => key.startsWith(`${agent} `))
      .map((key) => key.split(" ")[1] ?? "");
  }

  /** Takes note of an operation that nobody cut off. Returns what is wrong about it. */
  note(operation: Operation, ran: Ran): string[] {
    const problems = this.promptly(ran);
    if (ran.code !== 0) problems.push(`exit ${ran.code}: ${ran.stdout}${ran.stderr}`);
    else this.acknowledge(operation, ran.json ?? {});
    return problems;
  }

  /**
   * Takes note of an operation that was cut off, looks at what became of it by the next command, and at all
   * that was acknowledged before. Returns what is wrong.
   */
  async settle(operation: Operation, ran: Ran, victim: Victim): Promise<string[]> {
    const { json } = ran;
    if (ran.code !== 0 && ran.code !== null) return [`exit ${ran.code}: ${ran.stdout}${ran.stderr}`];
    // What was printed is acknowledged, whatever became of the command a moment later.
    const isAcknowledged = json !== undefined && json.error === undefined;
    const { prompt } = operation;
    if (isAcknowledged) this.acknowledge(operation, json);
    if (prompt !== undefined && victim === "command") this.leftAlone.add(prompt);
    const before = readDisk(this.place).flaws.filter((flaw) => !flaw.endsWith("unsettled"));
    const listed = await this.place.run(["list"]);
    const problems = [...before, ...this.promptly(listed)];
    if (listed.code !== 0)
      return [...problems, `list: exit ${listed.code}: ${listed.stdout}${listed.stderr}`];
    problems.push(...this.compareNames(listed, isAcknowledged ? undefined : operation));
    const disk = await this.readSettled();
    return [...problems, ...disk.flaws, ...this.compareMapping(disk), ...this.compareTurns(disk)];
  }

  /** Reads the disk once what was accepted has run: a command that comes by sees to it. */
  private async readSettled(): Promise<OnDisk> {
    const startedMs = performance.now();
    for (;;) {
      const disk = readDisk(this.place);
      const isSettled = !disk.flaws.some((flaw) => flaw.endsWith("unsettled"));
      if (isSettled || performance.now() - startedMs > RUNS_WITHIN_MS) return disk;
      await sleep(LOOK_MS);
      await this.place.run(["list"]);
    }
  }

  private acknowledge(
    { kind, agent, name, newName, prompt }: Operation,
    json: Record<string, unknown>,
  ): void {
    const key = nameKey(agent, name);
    const id = String(json.session_id);
    if (kind === "remove") this.names.delete(key);
    else if (kind === "rename") {
      this.names.set(nameKey(agent, newName ?? ""), this.names.get(key) ?? "");
      this.names.delete(key);
    } else {
      this.names.set(key, id);
      const outcome = kind === "detach" ? {} : { outcome: String(json.outcome) };
      this.turns.set(String(json.turn_id), { prompt: prompt ?? "", ...outcome });
    }
  }

  /** Whether a command met nobody to wait for, and took it so. */
  private promptly({ durationMs, stderr }: Ran): string[] {
    this.slowestMs = Math.max(this.slowestMs, durationMs);
    const problems = [];
    if (/waiting|is busy/i.test(stderr)) problems.push(`it waited: ${stderr.trim()}`);
    if (durationMs > WAITS_FOR_THE_DEAD_MS)
      problems.push(`it took ${Math.round(durationMs)} ms with nobody to wait for`);
    return problems;
  }

  /** The names that are there against those that must be; what the cut operation did about its own is taken over. */
  private compareNames(listed: Ran, cut: Operation | undefined): string[] {
    const rows = listed.json?.names as { name: string; agent: string; session_id: string }[];
    const found = new Map(rows.map((row) => [nameKey(row.agent, row.name), row.session_id]));
    const problems: string[] = [];
    if (cut !== undefined) problems.push(...this.takeOver(cut, found));
    for (const [key, id] of this.names) {
      if (found.get(key) !== id) problems.push(`${key} is ${found.get(key)}, acknowledged was ${id}`);
    }
    for (const key of found.keys()) {
      if (!this.names.has(key)) problems.push(`${key} is there, which was removed or never made`);
    }
    return problems;
  }

  private takeOver({ kind, agent, name, newName }: Operation, found: ReadonlyMap<string, string>): string[] {
    const key = nameKey(agent, name);
    const [was, is] = [this.names.get(key), found.get(key)];
    if (kind === "rename") {
      const target = nameKey(agent, newName ?? "");
      if (is === was) return [];
      if (is !== undefined || found.get(target) !== was) return [`${key} was renamed by halves to ${target}`];
      this.names.delete(key);
      this.names.set(target, was ?? "");
      return [];
    }
    if (is === was) return [];
    if (kind === "send" || kind === "detach") return [`${key} moved from ${was} to ${is} by a turn`];
    if (kind === "remove" ? is !== undefined : is === undefined && was !== undefined)
      return [`${key} was ${was} and is ${is} after ${kind}`];
    if (is === undefined) this.names.delete(key);
    else this.names.set(key, is);
    return [];
  }

  private compareMapping({ mapping }: OnDisk): string[] {
    const show = (names: ReadonlyMap<string, string>) =>
      JSON.stringify([...names].sort(([left], [right]) => (left < right ? -1 : 1)));
    return show(mapping) === show(this.names)
      ? []
      : [`the mapping files show ${show(mapping)}, not ${show(this.names)}`];
  }

  private compareTurns({ journal, settled, prompts }: OnDisk): string[] {
    const problems: string[] = [];
    const said = countOf(prompts);
    for (const [prompt, times] of said) if (times > 1) problems.push(`${prompt} was said ${times} times`);
    const recorded = countOf(journal.map(({ turnId }) => turnId));
    for (const [turnId, times] of recorded) if (times > 1) problems.push(`${turnId} has ${times} records`);
    const told = countOf(journal.map(({ prompt }) => prompt ?? ""));
    for (const [prompt, times] of told) if (times > 1) problems.push(`${prompt} has ${times} turns`);

    const ends = new Map<string, EndedTurn>([...settled, ...journal].map((end) => [end.turnId, end]));
    for (const [turnId, { prompt, outcome }] of this.turns) {
      const end = ends.get(turnId);
      if (end === undefined) problems.push(`turn ${turnId} (${prompt}) was acknowledged and has no record`);
      else if (outcome !== undefined && end.outcome !== outcome)
        problems.push(`turn ${turnId} was acknowledged as ${outcome} and is ${end.outcome}`);
      else if (end.outcome === "succeeded" && said.get(prompt) !== 1)
        problems.push(`turn ${turnId} succeeded, and ${prompt} was said ${said.get(prompt) ?? 0} times`);
    }
    for (const { turnId, outcome, prompt = "" } of journal) {
      if (outcome === "succeeded" && said.get(prompt) !== 1)
        problems.push(
          `turn ${turnId} is recorded as succeeded and ${prompt} was said ${said.get(prompt) ?? 0} times`,
        );
    }
    const outcomes = new Map(journal.map(({ prompt, outcome }) => [prompt, outcome]));
    for (const prompt of this.leftAlone) {
      if (said.has(prompt) && outcomes.get(prompt) !== "succeeded")
        problems.push(`${prompt} was answered and is recorded as ${outcomes.get(prompt)}`);
    }
    return problems;
  }
}

function countOf(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
