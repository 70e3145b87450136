import type { TestContext } from "node:test";
import { PostgresStore } from "../../../src/stores/postgres/store.ts";
import { identifySelf } from "../../../src/system/processes/identity.ts";
import { cutStatementsAt } from "../../support/postgres/cut-statements.ts";
import { openDatabase } from "../../support/postgres/open.ts";
import { testSearch } from "../../support/stores/search.contract.ts";
import { type StoreInTest, testStore } from "../../support/stores/store.contract.ts";

testStore("postgres", openStore);
testSearch("postgres", openStore);

async function openStore(t: TestContext): Promise<StoreInTest | undefined> {
  const database = await openDatabase(t);
  if (database === undefined) return undefined;
  const open = () => {
    const store = new PostgresStore({
      connection: database.connect(),
      self: identifySelf(),
      now: () => new Date(),
    });
    t.after(() => store.leave());
    return store;
  };
  return { store: open(), another: open, cutAt: cutStatementsAt, isAtomic: true };
}
