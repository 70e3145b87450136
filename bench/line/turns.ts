import type { TurnLine } from "../../src/domain/turn/line.ts";
import type { Shared } from "../../src/stores/postgres/open.ts";
import { FILLED_AGENT, filledWorkspace, WAITING } from "../../test/support/postgres/many-rows.ts";
import { until } from "../../test/support/until.ts";
import type { FilledStore } from "./filled-store.ts";
import { answerAtOnce, orderFor } from "./orders.ts";

const NAMES = 40;
const TURNS = 400;
const CALLERS = 4;
const LOOK_MS = 500;

/** Puts a turn into the line, and resolves when its caller knows that it is recorded. */
export async function turnOverLine(line: TurnLine, workspace: number): Promise<undefined> {
  const { turnId } = await line.accept(orderFor(workspace, 0));
  while ((await line.find(turnId))?.state !== "ended") await line.changed(turnId, LOOK_MS);
  return undefined;
}

/** Returns how many turns a second so many workers run, of conversations that have several waiting, with the time to accept them. */
export async function turnsPerSecond(
  store: FilledStore,
  { line }: Shared,
  { workers, workspace }: { workers: number; workspace: number },
): Promise<number> {
  const place = filledWorkspace(workspace);
  return store.withWorkers(workers, place, async () => {
    await turnOverLine(line, workspace);
    const orders = Array.from({ length: TURNS }, (_, at) => orderFor(workspace, at % NAMES));
    const begin = performance.now();
    const accept = async () => {
      for (let next = orders.shift(); next !== undefined; next = orders.shift()) await line.accept(next);
    };
    await Promise.all(Array.from({ length: CALLERS }, accept));
    await until(
      async () => {
        const open = await store.run(
          `select 1 from agent_sessions.lane where workspace = '${place}' and done_seq < last_seq limit 1`,
        );
        return open.length === 0;
      },
      { what: "all turns to end", everyMs: 20, timeoutMs: 60_000 },
    );
    return (TURNS / (performance.now() - begin)) * 1_000;
  });
}

/** Returns how long a worker takes to its first turn where nobody has worked yet, and then to each next one. */
export async function claims(shared: Shared, rounds: number): Promise<{ firstMs: number; nextMs: number[] }> {
  const stop = new AbortController();
  const nextMs: number[] = [];
  const begin = performance.now();
  let freeMs = begin;
  let firstMs: number | undefined;
  await shared.line.work(
    { agents: [FILLED_AGENT], workspaces: [WAITING], places: 1 },
    async (claim) => {
      const tookMs = performance.now() - freeMs;
      if (firstMs === undefined) firstMs = tookMs;
      else nextMs.push(tookMs);
      if (nextMs.length === rounds) stop.abort();
      await answerAtOnce(claim);
      freeMs = performance.now();
    },
    stop.signal,
  );
  return { firstMs: firstMs ?? 0, nextMs };
}
