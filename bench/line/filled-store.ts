import { join } from "node:path";
import { Connection } from "../../src/stores/postgres/connection.ts";
import { migrate } from "../../src/stores/postgres/migrate.ts";
import { openShared, type Shared } from "../../src/stores/postgres/open.ts";
import { WORKER_ROLE } from "../../src/stores/postgres/schema.ts";
import { parseStoreUrl, type StoreAddress } from "../../src/stores/store-address.ts";
import { fillStore, fillWaiting, type ManyRows } from "../../test/support/postgres/many-rows.ts";
import { type Postgres, startPostgres } from "../../test/support/postgres/server.ts";
import { start } from "../../test/support/run.ts";

declare const __SOURCE_BUNDLES__: string;

const LOGIN = "bench";
/** Memory as the packages of a distribution set it, and no pause for checkpoints while rows are made. */
const SETTINGS = ["shared_buffers=128MB", "max_wal_size=4GB", "wal_level=minimal", "max_wal_senders=0"];

/** A throw-away store with many rows, as a login sees it that may run turns: row level security holds for it. */
export class FilledStore {
  private readonly opened: Shared[] = [];

  private constructor(
    private readonly server: Postgres,
    private readonly database: string,
  ) {}

  static async open(rows: ManyRows, waiting: number): Promise<FilledStore> {
    const server = await startPostgres({ settings: SETTINGS });
    if ("missing" in server) throw new Error(server.missing);
    const store = new FilledStore(server, await server.newDatabase());
    try {
      const owner = new Connection(parseStoreUrl(server.url(store.database), "the bench"));
      await migrate(owner);
      await owner.end();
      await store.run(`create role ${LOGIN} login; grant ${WORKER_ROLE} to ${LOGIN}`);
      await fillStore(store, rows);
      await fillWaiting(store, waiting);
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get url(): string {
    return this.server.url(this.database, LOGIN);
  }

  get address(): StoreAddress {
    return parseStoreUrl(this.url, "the bench");
  }

  run(sql: string): Promise<Record<string, unknown>[]> {
    return this.server.run(this.database, sql);
  }

  async shared(worker?: string): Promise<Shared> {
    const shared = await openShared(this.address, { self: null, now: () => new Date(), worker });
    this.opened.push(shared);
    return shared;
  }

  /** Runs `work` while so many processes answer each turn of a workspace at once. */
  async withWorkers<T>(count: number, workspace: string, work: () => Promise<T>): Promise<T> {
    const program = join(__SOURCE_BUNDLES__, "bench/line/drain-worker.mjs");
    const workers = Array.from({ length: count }, (_, at) =>
      start([process.execPath, program, this.url, `bench/${at + 1}`, workspace], {
        cwd: "/",
        env: { PATH: process.env.PATH ?? "" },
        keepStdin: true,
        ownGroup: true,
      }),
    );
    try {
      return await work();
    } finally {
      for (const worker of workers) worker.endInput();
      for (const worker of workers) {
        const { code, stderr } = await worker.result;
        if (code !== 0) process.stderr.write(`A worker of the bench ended with ${code}: ${stderr}\n`);
      }
    }
  }

  async close(): Promise<void> {
    for (const shared of this.opened) await shared.close();
    await this.server.remove();
  }
}
