import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { until } from "../until.ts";
import { findBinaries, serverUser } from "./binaries.ts";

export interface ServerOptions {
  /** Also listens on this port of 127.0.0.1; default: on its socket alone. */
  port?: number | undefined;
  /** Whether what it has committed survives a crash of the machine; default false. A killed server loses nothing in any case. */
  isDurable?: boolean | undefined;
  /** More lines of postgresql.conf, such as `ssl = on`. */
  settings?: readonly string[] | undefined;
}

/** Returns a server of its own in a folder below /tmp, or why there can be none. */
export async function startPostgres(options: ServerOptions = {}): Promise<Postgres | { missing: string }> {
  // The path of a socket has 107 bytes at most, which a TMPDIR of a test may use up.
  const folder = mkdtempSync("/tmp/pg-");
  const binaries = findBinaries(folder);
  if ("missing" in binaries) {
    rmSync(folder, { recursive: true, force: true });
    return binaries;
  }
  const server = new Postgres(folder, binaries.folder, binaries.from, options);
  try {
    await server.start();
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}

/** A throw-away server. Everybody on this machine may log in as `postgres`, who may do everything. */
export class Postgres {
  private process: ChildProcess | undefined;
  private databases = 0;
  private isInitialised = false;

  constructor(
    readonly folder: string,
    private readonly binaries: string,
    readonly version: string,
    private readonly options: ServerOptions,
  ) {}

  /** Starts it, or starts it again behind a `stop`; resolves when it takes connections. */
  async start(): Promise<void> {
    if (!this.isInitialised) this.initialise();
    const log: Buffer[] = [];
    const { port } = this.options;
    const settings = [
      "max_connections=200",
      "shared_buffers=32MB",
      ...(this.options.isDurable ? [] : ["fsync=off", "full_page_writes=off"]),
      ...(this.options.settings ?? []),
    ];
    const child = spawn(
      join(this.binaries, "postgres"),
      [
        ...["-D", this.dataFolder, "-k", this.folder, "-h", port === undefined ? "" : "127.0.0.1"],
        ...(port === undefined ? [] : ["-p", String(port)]),
        ...settings.flatMap((setting) => ["-c", setting]),
      ],
      { ...serverUser(), stdio: ["ignore", "ignore", "pipe"], env: { PATH: "/usr/bin:/bin", LC_ALL: "C" } },
    );
    child.stderr?.on("data", (chunk: Buffer) => log.push(chunk));
    this.process = child;
    process.once("exit", this.kill);
    await until(
      async () => {
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`PostgreSQL has not started: ${Buffer.concat(log).toString()}`);
        return this.isReady();
      },
      { what: "PostgreSQL to take connections", everyMs: 20 },
    );
    child.unref();
  }

  /** `fast` ends what runs and stops in order; `immediate` is as if the server had crashed. */
  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    const child = this.process;
    if (child === undefined) return;
    this.process = undefined;
    process.removeListener("exit", this.kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const over = new Promise((resolve) => child.once("exit", resolve));
    child.ref();
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await over;
  }

  async remove(): Promise<void> {
    await this.stop("immediate");
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Makes a database, empty or as another one is; returns its name. Nobody may be connected with the other one. */
  async newDatabase(template = "template1"): Promise<string> {
    this.databases += 1;
    const name = `test_${this.databases}`;
    await this.run("postgres", `create database ${name} template ${template}`);
    return name;
  }

  /** The address of a database by the socket, for a role without a password. */
  url(database: string, role = "postgres"): string {
    const { port } = this.options;
    return `postgres://${role}@${encodeURIComponent(this.folder)}${port === undefined ? "" : `:${port}`}/${database}`;
  }

  /** The address by TCP; needs the option `port`. */
  tcpUrl(database: string, role = "postgres"): string {
    if (this.options.port === undefined) throw new Error("This server listens on its socket alone.");
    return `postgres://${role}@127.0.0.1:${this.options.port}/${database}`;
  }

  /** Runs statements as the server's owner. */
  async run(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      const result = await client.query(sql);
      return (Array.isArray(result) ? result.at(-1) : result).rows;
    } finally {
      await client.end();
    }
  }

  private get dataFolder(): string {
    return join(this.folder, "data");
  }

  private async isReady(): Promise<boolean> {
    const client = new Client({ connectionString: this.url("postgres") });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  private initialise(): void {
    const { uid, gid } = serverUser();
    mkdirSync(this.dataFolder, { mode: 0o700 });
    // The tests that run as somebody else must reach the socket.
    chmodSync(this.folder, 0o755);
    if (uid !== undefined && gid !== undefined)
      for (const path of [this.folder, this.dataFolder]) chownSync(path, uid, gid);
    const words = ["-D", this.dataFolder, "-U", "postgres", "-A", "trust", "--no-sync", "--no-locale"];
    const ran = spawnSync(join(this.binaries, "initdb"), [...words, "--encoding=UTF8"], {
      ...serverUser(),
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    });
    if (ran.status !== 0) throw new Error(`initdb has failed: ${ran.error?.message ?? ran.stderr}`);
    this.isInitialised = true;
  }

  /** The last that this process does, should nobody have stopped the server. */
  private readonly kill = (): void => {
    this.process?.kill("SIGQUIT");
    rmSync(this.folder, { recursive: true, force: true });
  };
}
