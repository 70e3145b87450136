import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { openShared } from "../../../../src/stores/postgres/open.ts";
import { WORKER_ROLE } from "../../../../src/stores/postgres/schema.ts";
import { storeStatus } from "../../../../src/stores/postgres/status.ts";
import { parseStoreUrl } from "../../../../src/stores/store-address.ts";
import {
  FILLED_AGENT,
  filledName,
  filledSession,
  filledWorkspace,
  fillStore,
  fillWaiting,
  WAITING,
} from "../../../support/postgres/many-rows.ts";
import { openDatabase } from "../../../support/postgres/open.ts";
import { plansOf, type StatementPlan, wideScans } from "../../../support/postgres/plans.ts";

const ROWS = { workspaces: 400, names: 10, turns: 20 };
const WAITING_LANES = 6_000;
/** What a workspace has, twice: who reads more has read what was not meant. */
const MOST_ROWS = 400;

/** One test with many parts: the rows take longer than all that is asked of them. */
test("what is asked of a store with many rows reads only the rows that are meant", async (t) => {
  const store = await openFilled(t);
  if (store === undefined) return;
  const { shared, connection } = store;
  const scope = { agent: FILLED_AGENT, workspace: filledWorkspace(3) };
  const key = { agent: FILLED_AGENT, sessionId: filledSession(3, 4) };
  const turn = { scope, name: filledName(4), calledBy: "the test", acceptedAt: new Date().toISOString() };
  const order = { ...turn, turnId: "asked-1", prompt: "Hello.", sessionId: key.sessionId, requestId: "r1" };
  const { store: names, line } = shared;
  const session = names.session(key);
  const sessions = Array.from({ length: ROWS.names }, (_, at) => filledSession(3, at));
  const asked: Record<string, () => Promise<unknown>> = {
    "resolve a name": () => names.find(scope, filledName(4)),
    "list names": () => names.list(scope),
    "how each conversation of a list stands": () => names.glances(FILLED_AGENT, sessions),
    "the last turn of a conversation": () => session.journal.last(),
    "one turn of a conversation": () => session.journal.find("filled-7"),
    "what a conversation waits for": () => line.list(key),
    "what waits and runs in a workspace": () => line.list({ workspaces: [scope.workspace] }),
    "what has ended lately in a workspace": () =>
      line.list({ workspaces: [scope.workspace], agent: FILLED_AGENT, areEnded: true }),
    "a turn": () => line.find("filled-7"),
    accept: () => line.accept(order),
    "a request id": () => line.made(key, "r1"),
    cancel: () => line.askToEnd("asked-1", { at: turn.acceptedAt, by: "the test" }),
  };
  for (const [what, ask] of Object.entries(asked)) {
    const plans = await plansOf(ask);
    assert.ok(plans.length > 0, what);
    await t.test(what, () => assertNarrow(plans, MOST_ROWS));
  }
  await t.test("a journal as long as a year: its last turn is one row", async () => {
    const long = { ...key, sessionId: filledSession(5, 5) };
    await store.run(
      `insert into agent_sessions.journal (session, n, turn_id, turn) select session, g, '"long-' || g || '"', turn
         from agent_sessions.journal, generate_series(${ROWS.turns + 1}, 3000) g where n = 1 and session = (select session from agent_sessions.session where session_id = '"${long.sessionId}"');
       update agent_sessions.session set turns = 3000 where session_id = '"${long.sessionId}"'; analyze agent_sessions.journal`,
    );
    let last: unknown;
    const plans = await plansOf(async () => {
      last = await shared.store.session(long).journal.last();
    });
    assert.ok(last !== undefined);
    assertNarrow(plans, 2);
  });
  await t.test("what waits is counted, and those that have ended are not looked at", async () => {
    const plans = await plansOf(() => storeStatus(connection));
    const turns = plans.flatMap(({ scans }) => scans.filter(({ table }) => table === "turn"));
    assert.ok(turns.length > 0);
    for (const { how, rows } of turns) assert.ok(how !== "Seq Scan" && rows <= WAITING_LANES, how);
  });
  await t.test("a worker claims the next turn without looking at other turns", async () => {
    const stop = new AbortController();
    const claimed: string[] = [];
    const plans = await plansOf(() =>
      shared.line.work(
        { agents: [FILLED_AGENT], workspaces: [WAITING], places: 1 },
        async (claim) => {
          claimed.push(claim.order.turnId);
          if (claimed.length === 3) stop.abort();
          await claim.end({ result: {} as never });
        },
        stop.signal,
      ),
    );
    assert.equal(claimed.length, 3);
    const written = plans.filter(({ text }) => /^insert into agent_sessions_jobs\.job_common/i.test(text));
    assert.ok(written.length > 0 && written.length < 20, `${written.length} statements wrote the tickets`);
    const taken = plans.filter(({ text }) => text.includes("strict_fifo_heads"));
    for (const { scans } of taken)
      for (const { table, rows } of scans)
        assert.ok(
          rows <= 2 * WAITING_LANES,
          `${rows} rows of ${table} to take one of ${WAITING_LANES} tickets`,
        );
    // It looks once at what it is to serve, and takes a ticket from all of its queue.
    const claims = plans.filter(({ text }) => !/^select lane::text as lane|strict_fifo_heads/.test(text));
    assertNarrow(claims, MOST_ROWS);
  });
});

function assertNarrow(plans: readonly StatementPlan[], mostRows: number): void {
  assert.deepEqual(wideScans(plans, mostRows), []);
}

async function openFilled(t: TestContext) {
  const database = await openDatabase(t);
  if (database === undefined) return undefined;
  await fillStore(database, ROWS);
  await fillWaiting(database, WAITING_LANES);
  await database.run(`create role planner login; grant ${WORKER_ROLE} to planner`);
  t.after(() => database.run("drop role planner"));
  const address = parseStoreUrl(database.as("planner"), "the test");
  const shared = await openShared(address, { self: null, now: () => new Date(), worker: "machine/1" });
  t.after(() => shared.close());
  return { ...database, shared, connection: database.connect("planner") };
}
