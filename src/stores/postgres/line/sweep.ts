import type { Serves } from "../../../domain/turn/line.ts";
import { endLate } from "./end-waiting.ts";
import type { LineParts } from "./parts.ts";

/** How many tickets a sweep writes in one transaction. */
const SWEPT_AT_ONCE = 500;

/** Writes tickets for lanes that have work and none. */
export async function sweep(
  parts: LineParts,
  { agents, workspaces }: Pick<Serves, "agents" | "workspaces">,
): Promise<void> {
  await endLate(parts, "l.agent = any($1) and l.workspace = any($2)", [agents, workspaces]);
  const { tickets, connection } = parts;
  for (const agent of agents)
    for (const workspace of workspaces) {
      const queue = await tickets.queueOf(agent, workspace);
      const lanes = await connection.query<{ lane: string }>(
        // A set operation: how long it takes does not depend on what the database believes of tickets that are new.
        `select lane::text as lane from lane l where l.agent = $1 and l.workspace = $2 and l.done_seq < l.last_seq
         except select singleton_key from agent_sessions_jobs.job where name = $3 and state in ('created', 'retry', 'active')`,
        [agent, workspace, queue],
      );
      for (let from = 0; from < lanes.length; from += SWEPT_AT_ONCE) {
        const some = lanes.slice(from, from + SWEPT_AT_ONCE).map(({ lane }) => lane);
        await connection.transaction((queries) => tickets.sendAll(queries, queue, some));
      }
      if (lanes.length >= SWEPT_AT_ONCE) await tickets.recount();
    }
}
