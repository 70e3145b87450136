import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { type Running, start } from "../test/support/run.ts";
import { openSandbox, type Sandbox } from "../test/support/sandbox.ts";
import { command, note } from "./narrator.ts";
import { writeShop } from "./shop.ts";
import { CLI } from "./stage.ts";
import { verify } from "./verify.ts";

/** How soon another worker takes over: the shortest that there is, so that nobody has to watch for long. */
export const LEASE_S = 10;
const WORKER = ["worker", "--on-lost", "resend", "--lease", `${LEASE_S}s`, "--max-access", "edit"];

/** Makes a folder a clone of the shop: the remote is what machines call a workspace by. */
export function cloneShop(workspace: string): void {
  writeShop(workspace);
  appendFileSync(
    join(workspace, ".git/config"),
    '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://git.example/acme/shop.git\n',
  );
}

/** A machine with a home, a clone and a worker of its own. */
export class FleetMachine {
  private constructor(
    readonly name: string,
    private readonly sandbox: Sandbox,
    private readonly worker: Running,
  ) {}

  /** Starts the worker, and resolves once it takes turns. */
  static async open(name: string, { modelUrl, store }: { modelUrl: string; store: string }) {
    const sandbox = openSandbox({ modelUrl });
    cloneShop(sandbox.workspace);
    command(["agent-sessions", ...WORKER]);
    const worker = start([process.execPath, CLI, ...WORKER], {
      cwd: sandbox.workspace,
      env: sandbox.with({ AGENT_SESSIONS_STORE: store }),
      ownGroup: true,
    });
    const machine = new FleetMachine(name, sandbox, worker);
    try {
      await worker.waitFor((_, stderr) => stderr.includes("takes turns"), { what: `the worker of ${name}` });
    } catch (error) {
      machine.destroy();
      throw error;
    }
    note(`${name}: ${worker.stderr().trim()}`);
    return machine;
  }

  /** Whether its worker has begun this turn. */
  hasBegun(turnId: string): boolean {
    return this.worker.stderr().includes(`Runs ${turnId} `);
  }

  /** The machine is gone: its worker, its agent, its clone and its home. */
  destroy(): void {
    this.worker.kill("SIGKILL");
    this.sandbox.remove();
  }

  /** Asks the worker to stop, which it does in order. */
  async stop(): Promise<void> {
    this.worker.kill("SIGTERM");
    const { code } = await this.worker.exited;
    verify(code === 0, `The worker of ${this.name} ended with ${code}: ${this.worker.stderr()}`);
  }
}
