import { randomUUID } from "node:crypto";
import type { Serves } from "../../../domain/turn/line.ts";
import type { Connection } from "../connection.ts";

/** A worker as it says of itself. */
export interface WorkerSeen {
  worker: string;
  agents: string[];
  workspaces: string[];
  places: number;
  /** ISO 8601, as the database's clock has it. */
  since: string;
  seenAt: string;
  /** It has given no sign of life for as long as it may: its turns are another's. */
  isLost: boolean;
}

/** One that was killed is listed for so long. */
const KEPT = "1 day";
/** The most that are listed, those that were seen last. */
const MOST = 500;

/** Lets others know that a worker is there, until `stop`. It decides nothing: whose a turn is, its row says. */
export class WorkerSign {
  private readonly id = randomUUID();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly self: { name: string; leaseS: number; isAlive(): boolean },
  ) {}

  async start({ agents, workspaces, places }: Serves): Promise<void> {
    const { name, leaseS, isAlive } = this.self;
    const sign = async () => {
      await this.connection.query(
        `insert into worker (worker, name, agents, workspaces, places, lease_s) values ($1, $2, $3::json, $4::json, $5, $6)
         on conflict (worker) do update set seen_at = now()`,
        [this.id, name, JSON.stringify(agents), JSON.stringify(workspaces), places, leaseS],
      );
    };
    await sign();
    await this.connection.query(`delete from worker where seen_at < now() - interval '${KEPT}'`);
    this.timer = setInterval(
      () => {
        // While the database is away, nobody sees it.
        if (isAlive()) sign().catch(() => undefined);
      },
      (leaseS * 1_000) / 3,
    ).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.connection.query("delete from worker where worker = $1", [this.id]).catch(() => undefined);
  }
}

/** Whether a worker of the login's team that lives takes turns of an agent in a workspace. */
export async function isServed(
  connection: Connection,
  { agent, workspace }: { agent: string; workspace: string },
): Promise<boolean> {
  const rows = await connection.query(
    `select from worker where seen_at >= now() - make_interval(secs => lease_s)
     and $1 in (select json_array_elements_text(agents)) and $2 in (select json_array_elements_text(workspaces)) limit 1`,
    [agent, workspace],
  );
  return rows.length > 0;
}

/** Returns the workers of the login's team, those that began last behind the others. */
export async function workersSeen(connection: Connection): Promise<WorkerSeen[]> {
  const rows = await connection.query<{
    name: string;
    agents: string[];
    workspaces: string[];
    places: number;
    since: Date;
    seen_at: Date;
    is_lost: boolean;
  }>(
    `select name, agents, workspaces, places, since, seen_at, seen_at < now() - make_interval(secs => lease_s) as is_lost
     from (select * from worker order by seen_at desc limit ${MOST}) seen order by since, name`,
  );
  return rows.map(({ name, since, seen_at, is_lost, ...rest }) => ({
    worker: name,
    ...rest,
    since: since.toISOString(),
    seenAt: seen_at.toISOString(),
    isLost: is_lost,
  }));
}
