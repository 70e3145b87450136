import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listProcesses } from "../../src/system/processes/list.ts";
import { CLI } from "../../test/support/cli/fake-cli.ts";
import { type Running, start } from "../../test/support/run.ts";
import { openSandbox, type Sandbox } from "../../test/support/sandbox.ts";

const AGENT = join(import.meta.dirname, "logged-agent.sh");
/** The port where nobody listens. */
const NO_MODEL = "http://127.0.0.1:9";
/** The least that there is. */
export const LEASE_S = 10;

interface MachineOptions {
  storeUrl: string;
  /** How many turns at once. */
  places?: number;
  onLost?: "fail" | "resend";
  /** Returns the words that start its worker; default: as they are. */
  within?: (argv: readonly string[]) => string[];
}

/** A machine with a home, an agent and a workspace of its own, and a worker that can be killed and started again. */
export class Machine {
  readonly sandbox: Sandbox = openSandbox({ modelUrl: NO_MODEL });
  readonly agentLog = join(this.sandbox.folder, "agent-log");
  worker: Running | undefined;
  private readonly env: Record<string, string>;

  constructor(private readonly options: MachineOptions) {
    const { sandbox } = this;
    const programs = join(sandbox.folder, "programs");
    mkdirSync(programs);
    copyFileSync(AGENT, join(programs, "claude"));
    writeFileSync(this.agentLog, "");
    writeFileSync(
      join(sandbox.workspace, ".git/config"),
      '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://git.example/acme/shop.git\n',
    );
    this.env = sandbox.with({
      PATH: `${programs}:${sandbox.env.PATH}`,
      TORTURE_LOG: this.agentLog,
      AGENT_SESSIONS_STORE: options.storeUrl,
    });
    this.makeAgentHome();
  }

  /** Starts the worker; resolves once it takes turns. */
  async start(): Promise<void> {
    const { options, sandbox } = this;
    const words = [
      ...["worker", "--agents", "claude", "--lease", `${LEASE_S}s`],
      ...["--concurrency", String(options.places ?? 2), "--on-lost", options.onLost ?? "fail"],
    ];
    const argv = [process.execPath, CLI, ...words];
    const place = { cwd: sandbox.workspace, env: this.env };
    const worker = start(options.within?.(argv) ?? argv, place);
    this.worker = worker;
    await worker.waitFor((_, stderr) => stderr.includes("takes turns"), { what: "a worker" });
  }

  /** Kills the worker, and with `everyone` its agents, as when a machine stops; then what it had may be gone, too. */
  async kill(who: "worker" | "everyone", { andWipe = false }: { andWipe?: boolean } = {}): Promise<number> {
    const { worker } = this;
    worker?.kill("SIGKILL");
    await worker?.exited;
    this.worker = undefined;
    let agents = 0;
    if (who === "everyone")
      for (const pid of this.processes()) {
        try {
          process.kill(pid, "SIGKILL");
          agents += 1;
        } catch {
          // It has ended meanwhile.
        }
      }
    if (andWipe) {
      for (const part of [".claude", "agent-sessions-state"])
        rmSync(join(this.sandbox.home, part), {
          recursive: true,
          force: true,
          maxRetries: 5,
          retryDelay: 20,
        });
      this.makeAgentHome();
    }
    return agents;
  }

  /** Asks the worker to stop. Returns what it said if it has not stopped in good order. */
  async stop(): Promise<string | undefined> {
    const { worker } = this;
    if (worker === undefined) return undefined;
    worker.kill("SIGTERM");
    const { code } = await worker.exited;
    this.worker = undefined;
    return code === 0 ? undefined : `a worker ended with ${code}: ${worker.stderr()}`;
  }

  /** The processes that have this machine's home, apart from the worker. */
  processes(): number[] {
    const mark = `\0HOME=${this.sandbox.home}\0`;
    return listProcesses().flatMap(({ pid }) => {
      if (pid === this.worker?.pid) return [];
      try {
        return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(mark) ? [pid] : [];
      } catch {
        return [];
      }
    });
  }

  remove(): void {
    this.worker?.kill("SIGKILL");
    this.sandbox.remove();
  }

  private makeAgentHome(): void {
    mkdirSync(join(this.sandbox.home, ".claude/projects/x"), { recursive: true });
  }
}
