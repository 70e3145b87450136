import { join } from "node:path";
import type { TestContext } from "node:test";
import { REPOSITORY } from "../environment.ts";
import { type Loopback, openLoopback } from "../loopback/loopback.ts";
import { realAgents } from "../loopback/real-agents.ts";
import { type Running, type RunResult, run, start } from "../run.ts";

const CLI = join(REPOSITORY, "dist/cli.cjs");

export type Json = Record<string, unknown> & { error: { code: string; message: string } | null };

export interface RealCli extends Loopback {
  /** Runs the built command line with the real agents on PATH, in the workspace or in `cwd`. */
  run(args: readonly string[], cwd?: string): Promise<RunResult & { json: Json }>;
  start(args: readonly string[]): Running;
  /** What the model was told by the user in its newest request. */
  lastPrompts(): string[];
  /** Runs `show` until what it says fits. */
  showUntil(name: string, what: string, fits: (shown: Json) => boolean): Promise<Json>;
}

/** With `other`, in a place of its own, whose agents talk to the model of another one. */
export function openRealCli(t: TestContext, other?: Pick<Loopback, "model">): Promise<RealCli> {
  realAgents();
  return openCli(t, other);
}

/** The same, with whatever agents there are. */
export async function openCli(t: TestContext, other?: Pick<Loopback, "model">): Promise<RealCli> {
  const loopback = await openLoopback(other?.model);
  t.after(() => loopback.close());
  const { env, workspace, model } = loopback;
  const cli: RealCli = {
    ...loopback,
    run: async (args, cwd = workspace) => {
      const result = await run([process.execPath, CLI, ...args], { cwd, env });
      const last = result.stdout.trimEnd().split("\n").at(-1) ?? "";
      return { ...result, json: last.startsWith("{") ? JSON.parse(last) : {} };
    },
    start: (args) => start([process.execPath, CLI, ...args], { cwd: workspace, env }),
    lastPrompts: () => model.requests().at(-1)?.userMessages ?? [],
    showUntil: async (name, what, fits) => {
      const { until } = await import("../until.ts");
      return until(
        async () => {
          const { json } = await cli.run(["show", name, "--json"]);
          return fits(json) ? json : undefined;
        },
        { what, everyMs: 50 },
      );
    },
  };
  return cli;
}

/** A model that holds its answer to a prompt back until it is let go. */
export function hold(cli: RealCli, prompt: string): (answer: string) => void {
  let letGo: (answer: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  cli.model.when(prompt, () => held);
  return letGo;
}
