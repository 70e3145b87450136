import { PostgresLine } from "../../../../src/stores/postgres/line/line.ts";
import { Seal } from "../../../../src/stores/postgres/seal.ts";
import { PostgresStore } from "../../../../src/stores/postgres/store.ts";
import { openDatabase } from "../../../support/postgres/open.ts";
import { type Machine, testLine } from "../../../support/stores/line.contract.ts";

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
      journal: (queries, key, turn, after) => store.endIn(queries, key, turn, after),
      pieces: async () => undefined,
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
