import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import test, { type TestContext } from "node:test";
import { Client } from "pg";
import { AppError } from "../../../../src/domain/errors.ts";
import { TRANSCRIPT } from "../../../../src/domain/session/transcript-store.ts";
import type { Claim, LineOrder } from "../../../../src/domain/turn/line.ts";
import type { Connection } from "../../../../src/stores/postgres/connection.ts";
import { PostgresLine } from "../../../../src/stores/postgres/line/line.ts";
import { PostgresPieces } from "../../../../src/stores/postgres/pieces.ts";
import { Seal } from "../../../../src/stores/postgres/seal.ts";
import { PostgresStore } from "../../../../src/stores/postgres/store.ts";
import { openDatabase } from "../../../support/postgres/open.ts";
import { ended, type Machine, order, testLine } from "../../../support/stores/line.contract.ts";
import { until } from "../../../support/until.ts";

testLine("on PostgreSQL", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return undefined;
  const store = new PostgresStore({
    connection: database.connection,
    self: undefined,
    now: () => new Date(),
  });
  const machine = async (worker: string): Promise<Machine> => {
    let isAlive = true;
    const connection = database.connect();
    const line = new PostgresLine(connection, {
      worker,
      leaseS: 10,
      seal: Seal.none,
      isAlive: () => isAlive,
      names: (queries, scope, change) => store.updateIn(queries, scope, change),
      ending: (queries, end) => store.ending(queries, end, new PostgresPieces(connection, Seal.none)),
    });
    t.after(() => line.close());
    const hang = () => {
      isAlive = false;
    };
    return {
      line,
      hang,
      wake: () => {
        isAlive = true;
      },
      die: async () => {
        hang();
        line.close();
        await connection.end();
      },
    };
  };
  return { store, machine };
});

/** Lets a line work until its turn has ended; returns what ran. */
async function workUntilEnded(line: PostgresLine, { turnId, scope }: LineOrder): Promise<string[]> {
  const stop = new AbortController();
  const ran: string[] = [];
  const serves = { agents: [scope.agent], workspaces: [scope.workspace], places: 1 };
  const done = line.work(
    serves,
    async (claim) => {
      ran.push(claim.order.turnId);
      await claim.end({ result: ended(claim).result });
    },
    stop.signal,
  );
  await until(async () => (await line.find(turnId))?.state === "ended", { what: "the end of the turn" });
  stop.abort();
  await done;
  return ran;
}

test("a ticket that is lost is written anew, and one too many finds nothing", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const line = lineOn(t, database.connection);
  const [first, second, third] = [order(), order(), order()];
  // The first worker makes the queue.
  await line.accept(first);
  assert.deepEqual(await workUntilEnded(line, first), [first.turnId]);
  const later = lineOn(t, database.connect());
  await later.accept(second);
  await database.run("delete from agent_sessions_jobs.job");
  assert.deepEqual(await workUntilEnded(later, second), [second.turnId]);
  const last = lineOn(t, database.connect());
  await last.accept(third);
  await database.run(`insert into agent_sessions_jobs.job (name, data, singleton_key, policy)
    select name, data, singleton_key, policy from agent_sessions_jobs.job where state = 'created'`);
  assert.deepEqual(await workUntilEnded(last, third), [third.turnId]);
});

test("whoever may only ask puts turns into the line and reads their results", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const role = `asker_${database.name}`;
  await database.run(`create role ${role} login in role agent_sessions_client`);
  t.after(() => database.run(`drop owned by ${role}; drop role ${role}`));
  const client = lineOn(t, database.connect(role));
  const [first, second, third] = [order(), order(), order()];
  await client.accept(first);
  const worker = lineOn(t, database.connection);
  await workUntilEnded(worker, first);
  const again = lineOn(t, database.connect(role));
  await again.accept(second);
  await again.accept(third);
  await again.askToEnd(third.turnId, { at: new Date().toISOString(), by: "a test" });
  assert.equal((await again.find(third.turnId))?.result?.outcome, "cancelled");
  await workUntilEnded(lineOn(t, database.connect()), second);
  assert.equal((await again.find(second.turnId))?.result?.text, "answer 1");
});

test("a turn that is accepted while its first worker starts does not wait for the next sweep", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const [first, second] = [order(), order({ sessionId: "session-2" })];
  const worker = lineOn(t, database.connect());
  const stop = new AbortController();
  const ran: string[] = [];
  let working: Promise<void> | undefined;
  const work = () =>
    worker.work(
      { agents: [first.scope.agent], workspaces: [first.scope.workspace], places: 1 },
      async (claim) => {
        ran.push(claim.order.turnId);
        await claim.end({ result: ended(claim).result });
      },
      stop.signal,
    );
  // By then the client knows of no queue, and the worker has looked for work without seeing this turn.
  const client = lineOn(t, database.connection, async () => {
    working = work();
    await until(() => ran.includes(first.turnId), { what: "the worker's first look" });
  });
  await client.accept(first);
  await client.accept(second, () => []);
  const acceptedMs = performance.now();
  await until(() => ran.includes(second.turnId), { what: "the second turn" });
  const tookMs = performance.now() - acceptedMs;
  assert.ok(tookMs < 20_000, `${tookMs} ms: the next sweep comes after a minute`);
  stop.abort();
  await working;
});

test("an end is recorded once though the answer to its commit is lost, and its transcript has grown by then", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const connection = database.connect();
  const store = new PostgresStore({ connection, self: undefined, now: () => new Date() });
  const pieces = new PostgresPieces(connection, Seal.none);
  const line = new PostgresLine(connection, {
    leaseS: 10,
    seal: Seal.none,
    names: async () => undefined,
    ending: (queries, end) => store.ending(queries, end, pieces),
  });
  t.after(() => line.close());
  const asked = order();
  const key = { agent: asked.scope.agent, sessionId: asked.sessionId ?? "" };
  await line.accept(asked);
  const said = Buffer.from("a line\n");
  const growth = [
    {
      path: TRANSCRIPT,
      generation: 1,
      at: 0,
      bytes: said.length,
      data: said,
      uptoSha: createHash("sha256").update(said).digest(),
    },
  ];
  const original = Client.prototype.query;
  let lost = 0;
  const losing = function (this: Client, ...args: unknown[]) {
    const answer = Reflect.apply(original, this, args) as Promise<unknown>;
    const [asks] = args as [{ text?: string }];
    if (asks.text !== "commit" || lost > 0) return answer;
    lost += 1;
    return answer.then(() => Promise.reject(new Error("Connection terminated unexpectedly")));
  };
  const stop = new AbortController();
  const ends: unknown[] = [];
  const run = async (claim: Claim) => {
    Client.prototype.query = losing as typeof original;
    await claim.end({ ...ended(claim), growth }).then(
      () => ends.push("recorded"),
      (error: unknown) => ends.push(error),
    );
    Client.prototype.query = original;
    stop.abort();
  };
  t.after(() => {
    Client.prototype.query = original;
  });
  await line.work(
    { agents: [asked.scope.agent], workspaces: [asked.scope.workspace], places: 1 },
    run,
    stop.signal,
  );
  assert.deepEqual([lost, ends], [1, ["recorded"]]);
  assert.equal((await store.session(key).journal.read()).length, 1);
  assert.deepEqual(
    (await pieces.heads(key)).map(({ at, bytes }) => [at, bytes]),
    [[0, said.length]],
  );
});

test("a worker whose look for work is broken off looks again as soon as the database is back", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return;
  const asked = order();
  // Nobody has served its queue: it has no ticket.
  await lineOn(t, database.connection).accept(asked);
  const connection = database.connect();
  const query = connection.query.bind(connection);
  let broken = 0;
  t.mock.method(connection, "query", async (text: string, values?: readonly unknown[]) => {
    // The second one comes when the worker begins to hear of notices.
    if (!text.includes("l.done_seq < l.last_seq") || broken === 2) return query(text, values);
    broken += 1;
    throw new AppError("state_unreadable", "The database is away.", { facts: { is_away: true } });
  });
  const startedMs = performance.now();
  assert.deepEqual(await workUntilEnded(lineOn(t, connection), asked), [asked.turnId]);
  assert.equal(broken, 2);
  const tookMs = performance.now() - startedMs;
  assert.ok(tookMs < 20_000, `${tookMs} ms: the next sweep comes after a minute`);
});

type Names = ConstructorParameters<typeof PostgresLine>[1]["names"];

function lineOn(t: TestContext, connection: Connection, names: Names = async () => undefined): PostgresLine {
  const line = new PostgresLine(connection, {
    leaseS: 10,
    seal: Seal.none,
    names,
    ending: async () => ({ write: () => undefined, writeNames: async () => undefined }),
  });
  t.after(() => line.close());
  return line;
}
