import { Connection } from "../../src/stores/postgres/connection.ts";
import type { Shared } from "../../src/stores/postgres/open.ts";
import { PostgresStore } from "../../src/stores/postgres/store.ts";
import {
  FILLED_AGENT,
  filledName,
  filledSession,
  filledWorkspace,
} from "../../test/support/postgres/many-rows.ts";
import { plansOf } from "../../test/support/postgres/plans.ts";
import { timeCommands } from "../line/commands.ts";
import { FilledStore } from "../line/filled-store.ts";
import { orderFor } from "../line/orders.ts";
import { claims, turnOverLine, turnsPerSecond } from "../line/turns.ts";
import { type Figure, figure, type Measured, type Part, type PlanSeen, planSeen, timing } from "../result.ts";
import { type RoundOptions, timeCalls } from "../rounds.ts";
import { differences } from "../spread.ts";

const ROWS = { workspaces: 200, names: 500, turns: 10 };
const WAITING = 10_000;
/** What the line may add to a turn. */
const IDLE_AT_MOST_MS = 10;
/** Which workspaces of the filled store are whose. */
const PLACES = { looking: 3, accepting: 4, idle: 5, draining: 10 };

/** The line on PostgreSQL, in a store that has been in use for a while. */
export const line: Part = {
  title: `The line, with ${(ROWS.workspaces * ROWS.names).toLocaleString("en-US")} names and ${(ROWS.workspaces * ROWS.names * ROWS.turns).toLocaleString("en-US")} turns`,
  defaultRounds: 20,
  measure: async (options) => {
    const store = await FilledStore.open(ROWS, WAITING);
    try {
      return await measureLine(store, options);
    } finally {
      await store.close();
    }
  },
};

async function measureLine(store: FilledStore, options: RoundOptions): Promise<Measured> {
  const { rounds, stop } = options;
  const shared = await store.shared("bench/1");
  const connection = new Connection(store.address);
  const asked = questions(shared, connection);
  const plans: PlanSeen[] = [];
  const times: [string, number[]][] = [];
  for (const [name, ask] of Object.entries(asked)) {
    times.push([name, await timeCalls(rounds, stop, ask)]);
    plans.push(planSeen(name, await plansOf(ask)));
  }
  await connection.end();

  const idle = filledWorkspace(PLACES.idle);
  const idleMs = await store.withWorkers(1, idle, async () => {
    await turnOverLine(shared.line, PLACES.idle);
    return timeCalls(rounds, stop, () => turnOverLine(shared.line, PLACES.idle));
  });
  const perSecond: Figure[] = [];
  for (const workers of [1, 2, 4]) {
    stop.throwIfAborted();
    const found = await turnsPerSecond(store, shared, { workers, workspace: PLACES.draining + workers });
    perSecond.push(
      figure(`turns a second, ${workers === 1 ? "1 worker" : `${workers} workers`}`, "per s", [found]),
    );
  }
  const claimed = await claims(await store.shared("bench/1"), rounds);
  plans.push(planSeen("claim", await plansOf(async () => claims(await store.shared("bench/2"), 1))));
  const commands = await timeCommands(store.url, options);
  return {
    timings: [timing("send, files", commands.local), timing("send, over the store", commands.line)],
    figures: [
      ...times.map(([name, ms]) => figure(name, "ms", ms)),
      figure("accepted to told, over running it", "ms", idleMs, IDLE_AT_MOST_MS),
      ...perSecond,
      figure(`claim the next, ${WAITING.toLocaleString("en-US")} waiting`, "ms", claimed.nextMs),
      figure("first claim where nobody has worked, as many waiting", "ms", [claimed.firstMs]),
      figure("send over the store, more than with files", "ms", differences(commands.line, commands.local)),
    ],
    plans,
  };
}

function questions(shared: Shared, connection: Connection): Record<string, () => Promise<undefined>> {
  const scope = { agent: FILLED_AGENT, workspace: filledWorkspace(PLACES.looking) };
  const sessions = Array.from({ length: ROWS.names }, (_, at) => filledSession(PLACES.looking, at));
  const meant = { workspaces: [scope.workspace] };
  let accepted = 0;
  return {
    accept: async () => {
      accepted += 1;
      await shared.line.accept(orderFor(PLACES.accepting, accepted));
      return undefined;
    },
    "resolve a name": async () => {
      await shared.store.find(scope, filledName(7));
      return undefined;
    },
    // By a store that knows no name yet, as a command does.
    [`list ${ROWS.names} names with their last turns`]: async () => {
      const store = new PostgresStore({ connection, self: null, now: () => new Date() });
      await store.list(scope);
      await store.glances(FILLED_AGENT, sessions);
      await shared.line.list(meant);
      await shared.line.list({ ...meant, areEnded: true });
      return undefined;
    },
  };
}
