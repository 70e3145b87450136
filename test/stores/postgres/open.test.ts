import { openShared } from "../../../src/stores/postgres/open.ts";
import { parseStoreUrl } from "../../../src/stores/store-address.ts";
import { openDatabase } from "../../support/postgres/open.ts";
import { testRunner } from "../../support/runner.contract.ts";
import { openSharedPlace } from "../../support/shared-runner-place.ts";

testRunner("on a line on PostgreSQL", async (t) => {
  const database = await openDatabase(t);
  if (database === undefined) return undefined;
  const address = parseStoreUrl(database.url, "the test");
  return openSharedPlace(t, database.url, (_address, options) => openShared(address, options));
});
