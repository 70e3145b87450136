import type { Random } from "../random.ts";
import type { Fleet } from "./fleet.ts";

/** What ends: the worker alone, its agents with it, or all that its machine had. */
const ENDS = ["worker", "worker", "agents", "machine"] as const;

/** Kills workers at random, and starts them again. */
export class Kills {
  private readonly counts = { worker: 0, agents: 0, machine: 0 };

  constructor(
    private readonly fleet: Fleet,
    private readonly random: Random,
  ) {}

  get count(): number {
    return this.counts.worker + this.counts.agents + this.counts.machine;
  }

  async some(times: number): Promise<void> {
    for (let at = 0; at < times; at += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300 + this.random.below(4_000)));
      const machine = this.victim();
      const what = this.random.pick(ENDS);
      this.counts[what] += 1;
      await machine?.kill(what === "worker" ? "worker" : "everyone", { andWipe: what === "machine" });
      // Some are back before anybody has missed them, some after another has taken over.
      if (this.random.below(3) === 0)
        await new Promise((resolve) => setTimeout(resolve, this.random.below(15_000)));
      await machine?.start();
    }
  }

  /** Mostly one whose agent just runs. */
  private victim() {
    const { machines } = this.fleet;
    const busy = machines.filter((machine) => machine.processes().length > 0);
    return this.random.pick(busy.length > 0 && this.random.below(4) > 0 ? busy : machines);
  }

  summary(): string {
    const { worker, agents, machine } = this.counts;
    return `${worker} workers were killed alone, ${agents} with their agents, ${machine} with all that their machine had`;
  }
}
