import type { Connection } from "./connection.ts";
import { type WorkerSeen, workersSeen } from "./line/workers.ts";
import { JOBS_SCHEMA, WORKER_ROLE } from "./schema.ts";

/** What is in a store, as one team sees it. Times are ISO 8601. */
export interface StoreStatus {
  /** When it was read, by the server's clock. */
  at: string;
  /** The version of the tables. */
  version: number;
  /** Such as `15.18`. */
  server: string;
  role: string;
  /** Empty for the team without a name. */
  team: string;
  isWorker: boolean;
  /** Whether this connection is encrypted. */
  isEncrypted: boolean;
  names: number;
  conversations: number;
  /** How much the store takes on the server's disk, of all teams. */
  bytes: number;
  /** `line`: at most a hundred agents and workspaces, those that wait longest first. */
  waiting: { turns: number; oldestAt?: string; line: WaitingTurns[] };
  /** At most a hundred, the oldest first. */
  running: RunningTurn[];
  /** Conversations with waiting turns that no worker was told of; workers find them within a minute. */
  forgotten: number;
  /** Those that have not ended in order, the oldest first; one that was killed stays for a day. */
  workers: WorkerSeen[];
}

/** What waits of an agent in a workspace. */
export interface WaitingTurns {
  agent: string;
  workspace: string;
  turns: number;
  oldestAt: string;
  /** Whether a worker that lives takes turns of both. */
  isServed: boolean;
}

export interface RunningTurn {
  turnId: string;
  agent: string;
  workspace: string;
  worker: string;
  attempt: number;
  startedAt?: string;
  /** When the worker has last shown that it lives. */
  seenAt?: string;
}

interface Counted {
  at: Date;
  version: number;
  server: string;
  role: string;
  team: string;
  is_worker: boolean;
  is_encrypted: boolean;
  names: number;
  conversations: number;
  bytes: number;
  waiting: number;
  oldest: Date | null;
  forgotten: number;
}

const COUNTED = `select now() as at,
  (select max(version) from version) as version,
  current_setting('server_version') as server,
  session_user as role,
  my_team() as team,
  pg_has_role(session_user, '${WORKER_ROLE}', 'member') as is_worker,
  coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as is_encrypted,
  (select count(*) from name where entry is not null) as names,
  (select count(*) from session where record is not null) as conversations,
  (select coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relkind = 'r') as bytes,
  (select count(*) from turn where state = 'queued') as waiting,
  (select min(accepted_at) from turn where state = 'queued') as oldest,
  (select count(*) from (select lane::text from lane where done_seq < last_seq
    except select singleton_key from ${JOBS_SCHEMA}.job_common where state < 'completed') lost) as forgotten`;

const RUNNING = `select turn_id, agent, workspace, worker, attempt, turn.started_at, turn.begun_at, job.seen
  from turn join lane using (lane)
  left join lateral (select max(heartbeat_on) as seen from ${JOBS_SCHEMA}.job_common
    where singleton_key = lane.lane::text and state = 'active') job on true
  where turn.state = 'running' order by turn.begun_at limit 100`;

const WAITING = `select agent, workspace, count(*) as turns, min(accepted_at) as oldest
  from turn join lane using (lane) where state = 'queued' group by agent, workspace order by oldest limit 100`;

/** Returns what is in a store. @throws AppError as `storeError` says */
export async function storeStatus(connection: Connection): Promise<StoreStatus> {
  const [counted] = await connection.query<Counted>(COUNTED);
  if (counted === undefined) throw new Error("The store has not answered.");
  const running = await connection.query<{
    turn_id: string;
    agent: string;
    workspace: string;
    worker: string | null;
    attempt: number;
    started_at: Date | null;
    begun_at: Date | null;
    seen: Date | null;
  }>(RUNNING);
  const workers = await workersSeen(connection);
  const line = await connection.query<{ agent: string; workspace: string; turns: number; oldest: Date }>(
    WAITING,
  );
  const isServed = (agent: string, workspace: string) =>
    workers.some(
      (worker) => !worker.isLost && worker.agents.includes(agent) && worker.workspaces.includes(workspace),
    );
  const { at, is_worker, is_encrypted, oldest, waiting, server, ...rest } = counted;
  return {
    ...rest,
    at: at.toISOString(),
    server: server.split(" ")[0] ?? server,
    isWorker: is_worker,
    isEncrypted: is_encrypted,
    waiting: {
      turns: waiting,
      ...(oldest === null ? {} : { oldestAt: oldest.toISOString() }),
      line: line.map(({ oldest: since, ...one }) => ({
        ...one,
        oldestAt: since.toISOString(),
        isServed: isServed(one.agent, one.workspace),
      })),
    },
    workers,
    running: running.map(({ turn_id, agent, workspace, worker, attempt, started_at, begun_at, seen }) => {
      const startedAt = started_at ?? begun_at;
      return {
        turnId: turn_id,
        agent,
        workspace,
        worker: worker ?? "unknown",
        attempt,
        ...(startedAt === null ? {} : { startedAt: startedAt.toISOString() }),
        ...(seen === null ? {} : { seenAt: seen.toISOString() }),
      };
    }),
  };
}
