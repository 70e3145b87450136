import { AppError } from "../../domain/errors.ts";
import type { Connection, Queries } from "./connection.ts";
import {
  BEGINNING,
  JOBS_ROLES,
  JOBS_SCHEMA,
  MIGRATIONS,
  type Migration,
  ROLES,
  SCHEMA_VERSION,
} from "./schema.ts";

/** What a migration has done, or would do. */
export interface Migrated {
  /** The version before; 0 for an empty database. */
  from: number;
  to: number;
  /** What each new step has made. */
  steps: readonly string[];
}

/** One migration at a time. */
const MIGRATION_LOCK = 7_263_041_195;

/**
 * Brings the tables to the version of this program, all or nothing, and then those of pg-boss. Again is without effect.
 *
 * @throws AppError `state_newer` for the tables of a newer program; otherwise as `storeError` says
 */
export async function migrate(connection: Connection): Promise<Migrated> {
  const done = await connection.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await queries.query(BEGINNING);
    const from = await newestStep(queries);
    refuseNewer(from, connection);
    const steps = MIGRATIONS.filter(({ version }) => version > from);
    for (const step of steps) await queries.query(stepSql(step));
    await queries.query(ROLES);
    return { from, to: SCHEMA_VERSION, steps: steps.map(({ what }) => what) };
  });
  await connection.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    // By other connections: pg-boss has transactions of its own.
    await migrateJobs(connection);
  });
  return done;
}

/** pg-boss takes some 50 ms to load: only what uses it does. */
const pgBoss = () => import("./jobs/pg-boss.ts");

/** The same as SQL for whoever may run nothing else on the database; for an empty one. */
export async function migrationSql(): Promise<string> {
  const { getConstructionPlans } = await pgBoss();
  const own = [BEGINNING, ...MIGRATIONS.map(stepSql), ROLES].map((part) => part.trim());
  return [
    "-- The tables of agent-sessions, and those of pg-boss. Run it as the role that is to own them.",
    "begin;",
    ...own,
    "commit;",
    getConstructionPlans(JOBS_SCHEMA).trim(),
    "begin;",
    JOBS_ROLES.trim(),
    "commit;",
    "",
  ].join("\n\n");
}

/** @throws AppError `state_unreadable` where the tables are missing or older, `state_newer` where they are newer */
export async function requireSchema(connection: Connection): Promise<void> {
  const [found] = await connection.query<{ there: boolean }>(
    "select to_regclass('version') is not null as there",
  );
  const version = found?.there ? await newestStep(connection) : 0;
  refuseNewer(version, connection);
  if (version === SCHEMA_VERSION) return;
  const what =
    version === 0
      ? "has no tables of agent-sessions yet"
      : `has tables of version ${version}, and this program needs ${SCHEMA_VERSION}`;
  throw new AppError("state_unreadable", `The store ${connection.address.shown} ${what}.`, {
    hint: "Run `agent-sessions store migrate` as the role that is to own them.",
  });
}

async function newestStep(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ version: number | null }>(
    "select max(version) as version from version",
  );
  return row?.version ?? 0;
}

function refuseNewer(version: number, { address }: Connection): void {
  if (version <= SCHEMA_VERSION) return;
  throw new AppError(
    "state_newer",
    `The store ${address.shown} has tables of version ${version}; this program knows ${SCHEMA_VERSION}.`,
    { hint: "Update agent-sessions on this machine." },
  );
}

function stepSql({ version, sql }: Migration): string {
  return `${sql.trim()}\ninsert into version (version) values (${version});`;
}

async function migrateJobs(connection: Connection): Promise<void> {
  const { PgBoss } = await pgBoss();
  const boss = new PgBoss({
    db: { executeSql: async (text, values) => ({ rows: await connection.query(text, values) }) },
    schema: JOBS_SCHEMA,
    supervise: false,
    schedule: false,
  });
  boss.on("error", () => undefined);
  await boss.start();
  await boss.stop({ graceful: false });
  await connection.query(JOBS_ROLES);
}
