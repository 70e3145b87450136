import { CLI } from "../../test/support/cli/fake-cli.ts";
import type { Loopback } from "../../test/support/loopback/loopback.ts";
import { type RunResult, run, start } from "../../test/support/run.ts";
import type { Random } from "../random.ts";
import type { Tally } from "../suite.ts";
import { type Kind, processesOf } from "./processes.ts";

/** What was asked for, and whether somebody was told that it was accepted. */
export interface Asked {
  name: string;
  prompt: string;
  /** Known if it was acknowledged. */
  turnId?: string;
}

/** Conversations that are used while their processes are killed. */
export class Rounds {
  readonly asked: Asked[] = [];
  agentKills = 0;

  constructor(
    private readonly place: Loopback,
    private readonly names: readonly string[],
    private readonly random: Random,
    private readonly tally: Tally,
  ) {}

  command(...words: string[]): Promise<RunResult> {
    const { workspace: cwd, env } = this.place;
    return run([process.execPath, CLI, ...words], { cwd, env });
  }

  /** Does one thing to one of the conversations, or to its processes. */
  async one(): Promise<void> {
    const chance = this.random.next();
    this.tally.rounds += 1;
    if (chance < 0.3) await this.detach();
    else if (chance < 0.6) await this.send();
    else if (chance < 0.75) await this.sendAndKill();
    else if (chance < 0.85) this.kill("keeper");
    else if (chance < 0.95) this.kill("agent");
    else await this.command("list");
  }

  private next(): Asked {
    this.tally.operations += 1;
    const asked = { name: this.random.pick(this.names) ?? "", prompt: `prompt ${this.asked.length}` };
    this.asked.push(asked);
    return asked;
  }

  private async detach(): Promise<void> {
    const asked = this.next();
    const { code, stdout } = await this.command("send", asked.name, "--detach", asked.prompt);
    if (code === 0) asked.turnId = stdout.trim();
  }

  private async send(): Promise<void> {
    const asked = this.next();
    const { stdout } = await this.command("send", asked.name, "--json", "--keep-warm", "1m", asked.prompt);
    const said = stdout.startsWith("{") ? JSON.parse(stdout) : {};
    if (typeof said.turn_id === "string") asked.turnId = said.turn_id;
  }

  private async sendAndKill(): Promise<void> {
    const { name, prompt } = this.next();
    const { workspace: cwd, env } = this.place;
    const words = ["send", name, "--keep-warm", "1m", prompt];
    const client = start([process.execPath, CLI, ...words], { cwd, env });
    await new Promise((resolve) => setTimeout(resolve, this.random.below(500)));
    if (client.kill("SIGKILL")) this.tally.kills += 1;
    await client.exited;
  }

  private kill(kind: Kind): void {
    const found = this.random.pick(processesOf(this.place.sandbox.home).filter((one) => one.kind === kind));
    if (found === undefined) return;
    try {
      process.kill(found.pid, "SIGKILL");
      this.tally.kills += 1;
      if (kind === "agent") this.agentKills += 1;
    } catch {
      // It has ended by itself.
    }
  }
}
