import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { openSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../environment.ts";

/** The agents whose conversations can be continued on another machine. */
const AGENTS = "claude,codex,copilot";

/** The store of one sandbox, in a run of the tests over a store. */
export interface SandboxStore {
  /** What its commands have in their environment. */
  env: Record<string, string>;
  /** Starts a worker for a folder; it ends with the sandbox, as all that has its HOME. */
  work(folder: string, env: Record<string, string>): void;
}

/** Returns a database of its own for a sandbox; undefined where the tests run over files. */
export function openSandboxStore(folder: string): SandboxStore | undefined {
  const { AGENT_SESSIONS_TEST_STORE: run } = process.env;
  if (run === undefined) return undefined;
  const { server, template } = JSON.parse(run) as { server: string; template: string };
  const name = `sandbox_${randomBytes(6).toString("hex")}`;
  const made = spawnSync(
    process.execPath,
    ["-e", MAKE, server, `create database ${name} template ${template}`],
    {
      cwd: REPOSITORY,
      encoding: "utf8",
    },
  );
  if (made.status !== 0) throw new Error(`There is no database for this sandbox: ${made.stderr}`);
  const url = new URL(server);
  url.pathname = name;
  const env = { AGENT_SESSIONS_STORE: url.href };
  let workers = 0;
  return {
    env,
    work(workspace, others) {
      workers += 1;
      const log = openSync(join(folder, `worker-${workers}.log`), "w", 0o600);
      spawn(
        process.execPath,
        [
          ...[join(REPOSITORY, "dist/cli.cjs"), "worker", "--workspace", workspace],
          ...["--agents", AGENTS, "--allow-agent-args", "--concurrency", "8", "--lease", "10s"],
        ],
        // Where tests put an agent that takes the place of the real one.
        {
          cwd: workspace,
          env: { ...others, ...env, PATH: `${join(folder, "bin")}:${others.PATH}` },
          stdio: ["ignore", log, log],
        },
      ).unref();
    },
  };
}

const MAKE = `
const { Client } = require("pg");
const client = new Client({ connectionString: process.argv[1] });
client.connect().then(() => client.query(process.argv[2])).then(() => client.end());`;
