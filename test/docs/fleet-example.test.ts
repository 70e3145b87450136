import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { parse } from "yaml";
import { REPOSITORY } from "../support/environment.ts";
import { startModel } from "../support/loopback/model.ts";
import { realAgents } from "../support/loopback/real-agents.ts";
import { testDatabase } from "../support/postgres/database.ts";
import { type Running, type RunResult, run, start } from "../support/run.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";
import { tempFolder } from "../support/temp-folder.ts";

const EXAMPLE = join(REPOSITORY, "examples/fleet");

interface Service {
  image?: string;
  command?: string;
  entrypoint?: string;
  environment?: Record<string, string>;
  secrets?: string[];
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
  profiles?: string[];
}

const compose: {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, null>;
} = parse(readFileSync(join(EXAMPLE, "compose.yaml"), "utf8"), { merge: true });

test("what the services name is there: secrets, volumes, files, and those that they wait for", () => {
  for (const [name, service] of Object.entries(compose.services)) {
    const { secrets = [], volumes = [], environment = {}, depends_on = {} } = service;
    for (const secret of secrets) assert.ok(secret in compose.secrets, `${name}: ${secret}`);
    for (const value of Object.values(environment)) {
      const [, secret] = /^\/run\/secrets\/(.*)$/.exec(value) ?? [];
      if (secret !== undefined) assert.ok(secrets.includes(secret), `${name} reads ${value}`);
    }
    for (const volume of volumes) {
      const [source = ""] = volume.split(":");
      const isThere = source.startsWith("./")
        ? readdirSync(EXAMPLE).includes(source.slice(2))
        : source in compose.volumes;
      assert.ok(isThere, `${name}: ${volume}`);
    }
    for (const other of Object.keys(depends_on)) assert.ok(other in compose.services, `${name}: ${other}`);
  }
});

test("the commands of the services, run without containers: tables, logins, two workers, a client", async (t) => {
  const fleet = await openExample(t);
  if (fleet === undefined) return;
  for (const once of ["migrate", "logins", "migrate", "logins"]) {
    const { code, stderr }: RunResult = await fleet.start(once).result;
    assert.equal(code, 0, `${once}: ${stderr}`);
  }
  const workers = ["worker-1", "worker-2"].map((name) => fleet.start(name));
  for (const worker of workers) {
    t.after(() => worker.kill("SIGKILL"));
    await worker.waitFor((_, stderr) =>
      /Worker .* takes turns of .*claude.* in git:git\.example/.test(stderr),
    );
  }
  const client = (...words: string[]) => fleet.start("client", words).result;
  const prompt = "The word is zanzibar.";
  const created = await client("create", "review", "--agent", "claude", "--json", prompt);
  assert.equal(created.code, 0, created.stderr + created.stdout);
  const sent = await client("send", "review", "--json", "And now?");
  assert.deepEqual([sent.code, JSON.parse(sent.stdout).text], [0, "You said: And now?"], sent.stderr);
  assert.deepEqual(fleet.asked(), [prompt, "And now?"]);

  const status = JSON.parse((await client("store", "status", "--json")).stdout);
  assert.deepEqual([status.role, status.is_worker, status.is_sealed], ["client", false, true]);
  const rows = JSON.stringify(
    await fleet.query("select encode(prompt, 'escape') as prompt, request, result from agent_sessions.turn"),
  );
  assert.ok(!rows.includes("zanzibar"), rows);

  for (const worker of workers) {
    worker.kill("SIGTERM");
    assert.equal((await worker.exited).code, 0, worker.stderr());
  }
});

/** The services as processes of this machine: what is a path in a container is one in a throw-away folder. */
async function openExample(t: TestContext) {
  realAgents();
  if (spawnSync("psql", ["--version"]).status !== 0) {
    t.skip("There is no psql on this machine.");
    return undefined;
  }
  const database = await testDatabase(t);
  if (database === undefined) return undefined;
  const { server } = database;
  const folder = join(tempFolder(t), "fleet");
  cpSync(EXAMPLE, folder, { recursive: true });
  const made = await run(["sh", join(folder, "setup.sh")], {
    cwd: "/",
    env: { PATH: process.env.PATH ?? "" },
  });
  assert.equal(made.code, 0, made.stderr);
  const secrets = join(folder, "secrets");
  const before = readFileSync(join(secrets, "key"));
  await run(["sh", join(folder, "setup.sh")], { cwd: "/", env: { PATH: process.env.PATH ?? "" } });
  assert.deepEqual(readFileSync(join(secrets, "key")), before, "a key that is there stays");

  const here = (text: string, work = "/work") =>
    text
      .replaceAll("/run/secrets", secrets)
      .replaceAll("%2Fvar%2Frun%2Fpostgresql", encodeURIComponent(server.folder))
      .replaceAll("/var/run/postgresql", server.folder)
      .replaceAll("/fleet/logins.sh", join(folder, "logins.sh"))
      .replaceAll("/work", work)
      .replace(/\/agents$/m, `/${database.name}`);
  for (const file of readdirSync(secrets).filter((name) => name.endsWith("_store")))
    rewrite(join(secrets, file), here);
  rewrite(join(folder, "logins.sh"), here);

  // The server of the tests trusts everybody: from here on, only its own user.
  const password = readFileSync(join(secrets, "owner_password"), "utf8").trim();
  await database.run(`create role owner superuser login password '${password}'`);
  writeFileSync(
    join(server.folder, "data/pg_hba.conf"),
    "local all postgres trust\nlocal all all scram-sha-256\n",
  );
  await database.run("select pg_reload_conf()");

  const model = await startModel();
  t.after(() => model.stop());
  const bin = join(folder, "bin");
  mkdirSync(bin);
  symlinkSync(join(REPOSITORY, "dist/cli.cjs"), join(bin, "agent-sessions"));
  const sandboxes = new Map<string, Sandbox>();
  const sandboxOf = (name: string): Sandbox => {
    const known = sandboxes.get(name) ?? openSandbox({ modelUrl: model.url });
    if (!sandboxes.has(name)) {
      t.after(() => known.remove());
      // As `git clone` leaves it.
      writeFileSync(
        join(known.workspace, ".git/config"),
        '[core]\n\trepositoryformatversion = 0\n[remote "origin"]\n\turl = https://git.example/acme/shop.git\n',
      );
    }
    sandboxes.set(name, known);
    return known;
  };
  return {
    asked: () => model.requests().at(-1)?.userMessages,
    query: (sql: string) => database.run(sql),
    start(name: string, words: readonly string[] = []): Running {
      const { entrypoint = "", command = "", environment = {} } = compose.services[name] ?? {};
      const { env, workspace } = sandboxOf(name);
      const around = Object.entries(environment).map(([key, value]) => [key, here(value)]);
      const line = here(`${entrypoint} ${command}`.trim(), workspace).split(" ");
      return start([...line, ...words], {
        cwd: workspace,
        env: {
          ...env,
          ...Object.fromEntries(around),
          PATH: `${bin}:${env.PATH}`,
          ...(environment.PGDATABASE === undefined ? {} : { PGDATABASE: database.name }),
        },
      });
    },
  };
}

function rewrite(path: string, change: (text: string) => string): void {
  const text = readFileSync(path, "utf8");
  chmodSync(path, 0o600);
  writeFileSync(path, change(text), { mode: 0o600 });
}
