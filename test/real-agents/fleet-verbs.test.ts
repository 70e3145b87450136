import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import type * as Library from "../../src/index.ts";
import { listProcesses } from "../../src/system/processes/list.ts";
import { type FleetMachine, openFleet } from "../support/cli/fleet.ts";
import { REPOSITORY } from "../support/environment.ts";
import { run, until } from "../support/run.ts";

const library: typeof Library = await import(pathToFileURL(join(REPOSITORY, "dist/index.js")).href);

async function must(machine: FleetMachine, args: readonly string[]) {
  const { code, json, stdout, stderr } = await machine.run([...args, "--json"]);
  assert.equal(code, 0, `${args.join(" ")}: ${stdout}${stderr}`);
  return json;
}

async function fails(machine: FleetMachine, args: readonly string[]) {
  const { code, json, stdout } = await machine.run([...args, "--json"]);
  assert.notEqual(code, 0, stdout);
  return json.error as { code: string; message: string; hint: string | null };
}

test("what one machine keeps, names, counts, takes away and brings back, another one finds so", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const [here, there] = [fleet.machine("here"), fleet.machine("there")];
  await fleet.machine("worker").work(["--agents", "claude"]);
  const kept = await must(here, ["once", "--keep", "audit", "--agent", "claude", "first"]);
  const second = await must(there, ["send", "audit", "second"]);
  assert.deepEqual(
    [second.session_id, second.continuity, fleet.model.requests().at(-1)?.userMessages],
    [kept.session_id, "native", ["first", "second"]],
  );
  const shown = await must(here, ["show", "audit"]);
  const told = (await here.run(["show", "audit"])).stdout;
  assert.ok(told.includes("next send") && !told.includes("sessions open"), `open is refused: ${told}`);
  // Neither of them has a file of it.
  for (const machine of [here, there]) {
    const [listed] = (await must(machine, ["list"])).names as { name: string; state: string }[];
    assert.deepEqual([listed?.name, listed?.state], ["audit", "free"]);
  }
  const total = (await must(there, ["cost"])).total as Record<string, unknown>;
  const { input_tokens, output_tokens } = shown.usage as Record<string, unknown>;
  assert.deepEqual([total.turns, total.input_tokens, total.output_tokens], [2, input_tokens, output_tokens]);
  const roleFile = join(there.workspace, "role.md");
  writeFileSync(roleFile, "You answer in one word.");
  await must(there, ["role", "set", "audit", roleFile]);
  assert.equal((await must(here, ["role", "show", "audit"])).role, "You answer in one word.");
  await must(here, ["send", "audit", "third"]);
  assert.match(JSON.stringify(fleet.model.requests().at(-1)), /You answer in one word/);
  await must(here, ["remove", "audit"]);
  assert.equal((await fails(there, ["show", "audit"])).code, "no_such_name");
  await must(there, ["restore", "audit"]);
  const fourth = await must(here, ["send", "audit", "fourth"]);
  assert.deepEqual(fleet.model.requests().at(-1)?.userMessages, ["first", "second", "third", "fourth"]);
  assert.equal(fourth.session_id, kept.session_id);
});

for (const agent of ["claude", "codex"])
  test(`${agent}: a conversation of one machine that is adopted goes on wherever a worker is`, async (t) => {
    const fleet = await openFleet(t);
    if (fleet === undefined) return;
    const here = fleet.machine("here");
    const words =
      agent === "claude" ? ["claude", "-p", "first"] : ["codex", "exec", "--skip-git-repo-check", "first"];
    const bare = await run(words, { cwd: here.workspace, env: here.sandbox.env });
    assert.equal(bare.code, 0, bare.stderr + bare.stdout);
    const { session_id: id } = await must(here, ["adopt", "mine", "--agent", agent, "--latest"]);
    // A machine that has never seen it.
    const there = fleet.machine("there");
    const worker = await there.work(["--agents", agent]);
    const sent = await must(here, ["send", "mine", "second"]);
    assert.deepEqual(
      [sent.session_id, fleet.model.requests().at(-1)?.userMessages],
      [id, ["first", "second"]],
      worker.stderr(),
    );
    await must(there, ["remove", "mine"]);
    assert.equal((await must(there, ["adopt", "yours", String(id), "--agent", agent])).session_id, id);
    await must(there, ["send", "yours", "third"]);
    assert.deepEqual(fleet.model.requests().at(-1)?.userMessages, ["first", "second", "third"]);
  });

test("the library asks where the store is that it is given, and is done when the program is", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const [here, there] = [fleet.machine("here"), fleet.machine("there")];
  await there.work(["--agents", "claude"]);
  const file = join(here.sandbox.folder, "store");
  writeFileSync(file, `${fleet.database.url}\n`, { mode: 0o600 });
  const { workspace } = here;
  for (const store of [fleet.database.url, file]) {
    const sessions = await library.openSessions({ workspace, env: here.sandbox.env, store });
    const name = store === file ? "by-file" : "by-url";
    const begun = await sessions.create(name, { prompt: `first ${name}` });
    const heard: string[] = [];
    const turn = begun.send("second");
    for await (const event of turn) heard.push(event.type);
    const { outcome, sessionId } = await turn;
    assert.deepEqual([outcome, heard.at(0), heard.at(-1)], ["succeeded", "started", "result"]);
    assert.equal((await must(there, ["show", name])).session_id, sessionId);
    await assert.rejects(begun.export(join(here.sandbox.folder, "x.gz")), { code: "unsupported" });
    await assert.rejects(sessions.resume(sessionId ?? "", "third"), { code: "unsupported" });
    await sessions.close();
    assert.equal((await begun.history()).length, 2, "it can be used further");
    await sessions.close();
  }
  const plain = await library.openSessions({ workspace, env: here.sandbox.env });
  assert.deepEqual((await plain.list()).names, [], "without it, the files of this user");
  const program = `
    import { openSessions } from ${JSON.stringify(join(REPOSITORY, "dist/index.js"))};
    const sessions = await openSessions();
    console.log((await (await sessions.get("by-url")).send("third")).outcome);`;
  const env = { ...here.sandbox.env, AGENT_SESSIONS_STORE: fleet.database.url };
  const ran = await run([process.execPath, "--input-type=module", "-e", program], { cwd: workspace, env });
  assert.deepEqual([ran.code, ran.stdout], [0, "succeeded\n"], ran.stderr);
  await assert.rejects(library.openSessions({ workspace, env: here.sandbox.env, store: "mysql://db/x" }), {
    code: "usage",
    message: /The store is a URL of mysql:/,
  });
});

test("the environment of an agent that runs leads to no database", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const machine = fleet.machine("here");
  let letGo: (answer: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  fleet.model.when("first", () => held);
  await machine.work(["--agents", "claude"], { PGAPPNAME: "a-mark-of-libpq" });
  const created = await must(machine, ["create", "x", "--agent", "claude", "--detach", "first"]);
  await until(() => fleet.model.requests().length > 0, { what: "the agent to ask the model" });
  const mark = `AGENT_SESSIONS_TURN=${created.turn_id}`;
  const environments = listProcesses().flatMap(({ pid }) => {
    try {
      const all = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
      return all.includes(mark) ? [all] : [];
    } catch {
      return [];
    }
  });
  assert.ok(environments.length > 0, "the agent that runs is seen");
  for (const environment of environments) {
    const leaks = environment.filter((one) =>
      /^AGENT_SESSIONS_STORE|^PG[A-Z]+=|postgres:|a-mark-of-libpq/.test(one),
    );
    assert.deepEqual(leaks, []);
    assert.ok(!environment.join("\n").includes(fleet.database.name), "not even by its name");
  }
  letGo("done");
  assert.equal((await must(machine, ["wait", "x"])).text, "done");
});

test("what is purged is gone from every table, and what somebody needs is not", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const { database } = fleet;
  const [here, there] = [fleet.machine("here"), fleet.machine("there")];
  await fleet.machine("worker").work(["--agents", "claude"]);
  await must(here, ["create", "secret", "--agent", "claude", "xyzzy one"]);
  await must(here, ["send", "secret", "xyzzy two"]);
  await must(here, ["create", "other", "--agent", "claude", "plugh"]);
  const columns = await database.run(
    `select table_schema || '.' || table_name as "table", column_name as "column",
       case data_type when 'bytea' then format('encode(%I, ''escape'')', column_name) else format('%I::text', column_name) end as text
     from information_schema.columns where table_schema in ('agent_sessions', 'agent_sessions_jobs')`,
  );
  /** The columns in which a word is said. */
  const isSaid = (word: string) =>
    database.run(
      columns
        .map(
          ({ table, column, text }) =>
            `select '${table}.${column}' as said where exists (select from ${table} where ${text} like '%${word}%')`,
        )
        .join(" union all "),
    );
  assert.notDeepEqual(await isSaid("xyzzy"), []);
  const needed = await must(here, ["show", "secret"]);
  await must(there, ["adopt", "also", String(needed.session_id), "--agent", "claude"]);
  const refused = await fails(here, ["remove", "--purge", "secret"]);
  assert.deepEqual(
    [refused.code, /"also" in .* is a name of it, too/.test(refused.message)],
    ["usage", true],
  );
  await must(there, ["remove", "also"]);
  const agents = await here.run(["remove", "--purge", "secret", "--json"], { AGENT_SESSIONS_TURN: "a-turn" });
  assert.match(agents.stdout, /only a person can delete a conversation for good/);
  const purged = await must(there, ["remove", "--purge", "secret"]);
  assert.deepEqual(
    [purged.type, purged.name, purged.turns, purged.session_ids],
    ["agent_sessions.purged", "secret", 2, [needed.session_id]],
  );
  assert.ok(Number(purged.transcript_bytes) > 0);
  assert.deepEqual(await isSaid("xyzzy"), [], "nowhere is it said any more");
  assert.notDeepEqual(await isSaid("plugh"), []);
  assert.equal((await fails(here, ["restore", "secret"])).code, "conversation_lost");
  assert.equal((await must(here, ["send", "other", "on"])).outcome, "succeeded");

  await database.run("update agent_sessions.turn set ended_at = now() - interval '8 days'");
  await database.run("update agent_sessions.said set at = now() - interval '2 days'");
  const would = (await must(here, ["gc", "--dry-run"])).store as Record<string, number>;
  const did = (await must(here, ["gc"])).store as Record<string, number>;
  assert.deepEqual([would, did.turns], [did, 2]);
  assert.ok((did.output_bytes ?? 0) > 0);
  assert.deepEqual((await must(here, ["gc"])).store, { turns: 0, output_bytes: 0 });
  const [left] = await database.run(
    "select (select count(*) from agent_sessions.turn) + (select count(*) from agent_sessions.said) as rows",
  );
  assert.equal(Number(left?.rows), 0);
  assert.equal(((await must(there, ["history", "other"])).turns as unknown[]).length, 2, "history stays");
  assert.equal((await must(there, ["send", "other", "and on"])).outcome, "succeeded");
});
