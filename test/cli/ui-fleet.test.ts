import assert from "node:assert/strict";
import test, { after, before, type TestContext } from "node:test";
import type { Browser } from "playwright-core";
import { findChromium, launch } from "../support/browser.ts";
import { type FleetMachine, openFleet, type RealFleet } from "../support/cli/fleet.ts";
import { typeProblems } from "../support/page/answer-types.ts";
import { type PageServer, startPage } from "../support/page/page-server.ts";
import { until } from "../support/until.ts";

const found = findChromium();
let browser: Browser;

before(async () => {
  if (!("missing" in found)) browser = await launch(found.path);
});

after(() => browser?.close());

async function openPage(t: TestContext, fleet: RealFleet, machine: FleetMachine): Promise<PageServer> {
  const env = { ...machine.sandbox.env, AGENT_SESSIONS_STORE: fleet.database.url };
  const page = await startPage({ env, cwd: machine.workspace });
  t.after(() => page.running.kill("SIGINT"));
  return page;
}

interface Told {
  creating: unknown;
  names: unknown;
  history: { turns: { prompt: string }[] };
  waiting: { line: Record<string, unknown>[] };
  running: { agent: string; workspace: string; worker: string }[];
  workers: { worker: string; agents: string[]; workspaces: string[]; places: number; is_lost: boolean }[];
}

const SHOP = "git:git.example/acme/shop";

test("the page over a store: list, conversation, send and cancel are those of the commands; the fleet is told", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const page = await openPage(t, fleet, client);
  const which = { name: "review", agent: "claude", workspace: client.workspace };
  const ask = async (path: string, body?: object) => {
    const { status, json, text } = await page.asPage(`/api/${path}`, body);
    assert.equal(status, 200, `${path}: ${text}`);
    return json as unknown as Told;
  };
  const conversation = () => ask(`conversation?${new URLSearchParams(which)}`);

  await client.run(["create", "review", "-a", "claude", "--detach", "first"]);
  const early = await ask("fleet");
  assert.deepEqual(early.workers, []);
  const { oldest_at: _, ...waiting } = early.waiting.line[0] ?? {};
  assert.deepEqual(waiting, { agent: "claude", workspace: SHOP, turns: 1, is_served: false });
  assert.deepEqual(
    (await ask("overview")).creating,
    (await client.run(["list", "--all", "--json"])).json.creating,
  );

  const worker = await fleet.machine("worker").work(["--agents", "claude", "--concurrency", "3"]);
  await client.run(["wait", "review"]);
  const overview = await ask("overview");
  assert.deepEqual(overview.names, (await client.run(["list", "--all", "--json"])).json.names);
  const turns = (await conversation()).history.turns;
  assert.deepEqual(
    turns.map(({ prompt }) => prompt),
    ["first"],
  );

  fleet.model.when("hangs", () => new Promise(() => undefined));
  await ask("send", { ...which, prompt: "hangs" });
  const running = await until(async () => (await ask("fleet")).running[0], { what: "the turn runs" });
  const told = await ask("fleet");
  const [seen] = told.workers;
  assert.deepEqual([running.agent, running.workspace, running.worker], ["claude", SHOP, seen?.worker]);
  assert.deepEqual([seen?.agents, seen?.workspaces, seen?.places], [["claude"], [SHOP], 3]);
  const known = (await client.run(["store", "status", "--json"])).json;
  assert.deepEqual(
    Object.keys(told),
    Object.keys(known),
    "the page has nothing that the command line has not",
  );
  const answers = { FleetTold: told, Overview: await ask("overview"), Conversation: await conversation() };
  assert.deepEqual(await typeProblems(t, answers), []);
  await ask("cancel", which);
  await until(async () => (await ask("fleet")).running.length === 0, {
    what: "it is cancelled",
  });

  worker.kill("SIGKILL");
  await until(async () => (await ask("fleet")).workers[0]?.is_lost, {
    what: "the worker is lost",
    timeoutMs: 30_000,
  });
  const again = await fleet.machine("again").work(["--agents", "claude"]);
  again.kill("SIGTERM");
  assert.equal((await again.exited).code, 0);
  assert.equal((await ask("fleet")).workers.length, 1, "one that ends in order is no longer listed");
});

test("the fleet in a browser: what a worker says of itself is text", async (t) => {
  if ("missing" in found) return t.skip(found.missing);
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const client = fleet.machine("client");
  const hostile = '<img src=x onerror="document.title=1">\u202egpj';
  await fleet.database.run(
    `insert into agent_sessions.worker (worker, name, agents, workspaces, places, lease_s)
     values (gen_random_uuid(), '${hostile}', '["claude"]', '["${SHOP}"]', 2, 3600)`,
  );
  await client.run(["create", "review", "-a", "claude", "--detach", "first"]);
  const page = await openPage(t, fleet, client);
  const tab = await (await browser.newContext()).newPage();
  const noise: string[] = [];
  tab.on("console", (message) => noise.push(message.text()));
  tab.on("pageerror", (error) => noise.push(error.message));
  await tab.goto(page.address);
  await tab.getByRole("button", { name: "Fleet" }).click();
  const workers = tab.getByRole("region", { name: "Workers" });
  await workers.getByText('<img src=x onerror="document.title=1">\ufffdgpj').waitFor();
  assert.equal(await workers.locator("img").count(), 0);
  assert.match(
    (await tab.getByRole("region", { name: "Waiting" }).textContent()) ?? "",
    /1claudegit:git\.example/,
  );
  // Where a cell is drawn as a line, some browsers take it for no cell any more, unless it says so.
  for (const [part, role] of [
    ["table", "table"],
    ["tbody tr", "row"],
    ["td", "cell"],
  ])
    assert.equal(await workers.locator(`${part}:not([role=${role}])`).count(), 0, part);
  assert.equal(await tab.title(), "agent-sessions");
  await tab.getByRole("button", { name: "Conversations" }).click();
  await tab.getByText("review", { exact: true }).first().waitFor();
  assert.deepEqual(noise, []);
});

test("without a store there is no fleet to look at, and nothing is refused", async (t) => {
  if ("missing" in found) return t.skip(found.missing);
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const { sandbox, workspace } = fleet.machine("alone");
  const env = sandbox.with({ AGENT_SESSIONS_STORE: undefined });
  const page = await startPage({ env, cwd: workspace });
  t.after(() => page.running.kill("SIGINT"));
  assert.deepEqual((await page.asPage("/api/fleet")).json, { store: null });
  const tab = await (await browser.newContext()).newPage();
  const noise: string[] = [];
  tab.on("console", (message) => noise.push(message.text()));
  const asked = tab.waitForResponse((response) => response.url().endsWith("/api/fleet"));
  await tab.goto(page.address);
  await asked;
  await tab.getByRole("button", { name: "Costs" }).waitFor();
  assert.equal(await tab.getByRole("button", { name: "Fleet" }).count(), 0);
  assert.deepEqual(noise, []);
});
