import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import { type LoopbackModel, startModel } from "../loopback/model.ts";
import { realAgents } from "../loopback/real-agents.ts";
import { type OpenDatabase, openDatabase } from "../postgres/open.ts";
import { type Running, type RunResult, run, start } from "../run.ts";
import { openSandbox, type Sandbox } from "../sandbox.ts";
import type { Json } from "./real-cli.ts";

const CLI = join(REPOSITORY, "dist/cli.cjs");

/** A machine of its own: home, agents and folders; it shares nothing but the database. */
export interface FleetMachine {
  sandbox: Sandbox;
  workspace: string;
  run(args: readonly string[], extra?: Record<string, string>): Promise<RunResult & { json: Json }>;
  start(args: readonly string[]): Running;
  /** Starts a worker, and resolves once it takes turns. */
  work(args?: readonly string[], extra?: Record<string, string>): Promise<Running>;
}

export interface RealFleet {
  model: LoopbackModel;
  database: OpenDatabase;
  machine(folder: string): FleetMachine;
}

/** Machines with the real agents, which share a store; undefined where no PostgreSQL can be had. */
export async function openFleet(t: TestContext): Promise<RealFleet | undefined> {
  realAgents();
  const database = await openDatabase(t);
  if (database === undefined) return undefined;
  const model = await startModel();
  t.after(() => model.stop());
  const machine = (folder: string): FleetMachine => {
    const sandbox = openSandbox({ modelUrl: model.url });
    t.after(() => sandbox.remove());
    const workspace = sandbox.addWorkspace(folder);
    writeFileSync(
      join(workspace, ".git/config"),
      '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://git.example/acme/shop.git\n',
    );
    const env = { ...sandbox.env, AGENT_SESSIONS_STORE: database.url };
    const begin = (args: readonly string[], extra: Record<string, string> = {}) =>
      start([process.execPath, CLI, ...args], { cwd: workspace, env: { ...env, ...extra } });
    return {
      sandbox,
      workspace,
      run: async (args, extra = {}) => {
        const result = await run([process.execPath, CLI, ...args], {
          cwd: workspace,
          env: { ...env, ...extra },
        });
        const last = result.stdout.trimEnd().split("\n").at(-1) ?? "";
        return { ...result, json: last.startsWith("{") ? JSON.parse(last) : {} };
      },
      start: (args) => begin(args),
      work: async (args = [], extra = {}) => {
        const worker = begin(["worker", "--lease", "10s", ...args], extra);
        t.after(async () => {
          worker.kill("SIGKILL");
          await worker.exited;
        });
        await worker.waitFor((_, stderr) => stderr.includes("takes turns"), { what: "a worker" });
        return worker;
      },
    };
  };
  return { model, database, machine };
}
