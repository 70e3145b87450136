import { Connection } from "../../src/stores/postgres/connection.ts";
import { migrate } from "../../src/stores/postgres/migrate.ts";
import { parseStoreUrl } from "../../src/stores/store-address.ts";
import { type Postgres, type ServerOptions, startPostgres } from "../../test/support/postgres/server.ts";
import { until } from "../../test/support/until.ts";
import { callsIn } from "./calls.ts";
import { check, type Found } from "./check.ts";
import { type Accepted, Client } from "./client.ts";
import { Machine } from "./machine.ts";
import { type Rows, readRows } from "./rows.ts";

/** Machines that share nothing but a database, and somebody who asks. */
export class Fleet {
  readonly machines: Machine[] = [];

  private constructor(
    readonly server: Postgres,
    readonly database: string,
    readonly client: Client,
  ) {}

  /** Returns why there can be none where no PostgreSQL can be had. */
  static async open(options: ServerOptions = {}): Promise<Fleet | { missing: string }> {
    const server = await startPostgres(options);
    if ("missing" in server) return server;
    const database = await server.newDatabase();
    const connection = new Connection(parseStoreUrl(server.url(database), "the torture"));
    await migrate(connection);
    await connection.end();
    return new Fleet(server, database, new Client(server.url(database)));
  }

  get url(): string {
    return this.server.url(this.database);
  }

  async add(given: Partial<ConstructorParameters<typeof Machine>[0]> = {}): Promise<Machine> {
    const machine = new Machine({ storeUrl: this.url, ...given });
    this.machines.push(machine);
    await machine.start();
    return machine;
  }

  /** Waits until these turns have ended. */
  async ended(turns: readonly Accepted[], timeoutMs: number): Promise<void> {
    const ids = turns.map(({ turnId }) => `'${turnId}'`).join(",");
    const open = `select count(*)::int as n from agent_sessions.turn where turn_id in (${ids}) and state <> 'ended'`;
    await until(async () => (await this.server.run(this.database, open))[0]?.n === 0, {
      what: `${turns.length} turns to end`,
      timeoutMs,
      everyMs: 200,
    });
  }

  /** Waits until the agents of these turns are at work. */
  async atWork(turns: readonly Accepted[]): Promise<void> {
    const isAtWork =
      (calls: ReturnType<Fleet["calls"]>) =>
      ({ prompt }: Accepted) =>
        calls.get(prompt)?.some(({ hasEnded }) => !hasEnded) === true;
    await until(() => turns.every(isAtWork(this.calls())), {
      what: `${turns.length} agents to be at work at once`,
      everyMs: 50,
    });
  }

  rows(): Promise<Rows> {
    return readRows(this.server, this.database);
  }

  async check(): Promise<Found> {
    const rows = await this.rows();
    return check(this.client.accepted, rows, this.calls());
  }

  private calls() {
    return callsIn(this.machines.map(({ agentLog }) => agentLog));
  }

  /** Stops the workers in good order. Returns what is wrong about it. */
  async stop(): Promise<string[]> {
    const said = await Promise.all(this.machines.map((machine) => machine.stop()));
    const left = this.machines.flatMap((machine) => machine.processes());
    return [...said.flatMap((one) => one ?? []), ...left.map((pid) => `process ${pid} is left`)];
  }

  async remove(): Promise<void> {
    for (const machine of this.machines) machine.remove();
    await this.client.remove();
    await this.server.remove();
  }
}
