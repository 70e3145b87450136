import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import test from "node:test";
import { testDatabase } from "../../support/postgres/database.ts";

test("a database of its own, and a server that can be stopped and started", async (t) => {
  const [first, second] = [await testDatabase(t), await testDatabase(t)];
  if (first === undefined || second === undefined) return;
  t.diagnostic(first.server.version);
  await first.run("create table here (x int); insert into here values (7)");
  await assert.rejects(second.run("select * from here"), /does not exist/);
  await first.server.stop("immediate");
  await assert.rejects(first.run("select * from here"));
  await first.server.start();
  assert.deepEqual(await first.run("select * from here"), [{ x: 7 }]);
  assert.ok(existsSync(first.server.folder));
});
