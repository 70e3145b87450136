import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { quoteWords } from "../../src/domain/words.ts";
import { atTerminal, end } from "../support/cli/at-terminal.ts";
import { CLI } from "../support/cli/fake-cli.ts";
import { REPOSITORY } from "../support/environment.ts";
import { type PageServer, startPage } from "../support/page/page-server.ts";
import { openScene, type Scene } from "../support/page/scene.ts";
import { run, until } from "../support/run.ts";

interface Opened extends Scene {
  page: PageServer;
  /** The conversation `x`, as requests name it. */
  which: { name: string; agent: string; workspace: string };
}

async function openPage(t: TestContext, flags: readonly string[] = []): Promise<Opened> {
  const scene = openScene();
  t.after(() => scene.sandbox.remove());
  const { env, workspace } = scene;
  const page = await startPage({ env, cwd: workspace }, flags);
  t.after(() => page.running.kill("SIGINT"));
  return { ...scene, page, which: { name: "x", agent: "claude", workspace } };
}

const addressed = (path: string, params: Record<string, string>) =>
  `/api/${path}?${new URLSearchParams(params)}`;

test("the page needs no token, every answer does, and all carry what keeps a browser from doing more", async (t) => {
  const { page } = await openPage(t);
  const host = { host: `127.0.0.1:${page.port}` };
  const files = readdirSync(join(REPOSITORY, "dist/page")).filter((file) => file !== "index.html");
  assert.ok(files.includes("page.js"));
  for (const path of ["/", ...files.map((file) => `/${file}`)]) {
    const { status, headers } = await page.ask(path, { headers: host });
    assert.equal(status, 200, path);
    assert.match(
      String(headers["content-security-policy"]),
      /default-src 'none'.*require-trusted-types-for 'script'/,
    );
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.equal(headers["referrer-policy"], "no-referrer");
  }
  for (const path of ["overview", "changes", "conversation", "live", "costs?by=day", "nothing", "gate"]) {
    const { status, json, headers } = await page.ask(`/api/${path}`, { headers: host });
    assert.deepEqual([status, (json.error as { code: string }).code], [401, "refused"], path);
    assert.equal(headers["www-authenticate"], "Bearer");
  }
  const { status, headers } = await page.asPage("/api/overview");
  assert.equal(status, 200);
  assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
  const cors = Object.keys(headers).filter((name) => name.startsWith("access-control-"));
  assert.deepEqual(cors, [], "no site may read it");
  assert.equal(headers["set-cookie"], undefined);
  assert.equal((await page.asPage("/api/overview?x=1")).status, 400, "what it does not know, it refuses");
  assert.equal((await page.ask("/../etc/passwd", { headers: host })).status, 404);
});

test("the page is told when a turn begins anywhere, and need not ask before", async (t) => {
  const { page, cli } = await openPage(t);
  // From here on the folder of turns is there.
  await cli(["create", "x", "Hello."]);
  const { json } = await page.asPage("/api/overview");
  const [later] = await Promise.all([
    page.asPage(`/api/changes?seen=${json.changes}`),
    cli(["send", "x", "More."]),
  ]);
  assert.ok(Number(later.json.changes) > Number(json.changes), later.text);
});

test("a page that begins is told what the server has read ahead, and need not wait to ask again", async (t) => {
  const { page } = await openPage(t);
  const first = await page.asPage("/api/overview?first=yes");
  assert.deepEqual([first.status, first.json.changes], [200, -1], first.text);
  const begin = performance.now();
  const { json } = await page.asPage(`/api/changes?seen=${first.json.changes}`);
  assert.ok(performance.now() - begin < 1900, "who waits for a change is told after two seconds");
  const again = await page.asPage("/api/overview");
  assert.deepEqual(again.json, { ...first.json, changes: json.changes });
});

test("other names, origins, sites, types and sizes are refused", async (t) => {
  const { page, which } = await openPage(t);
  const ours = { authorization: `Bearer ${page.token}` };
  const json = { ...ours, "content-type": "application/json" };
  const body = JSON.stringify({ ...which, prompt: "hi" });
  const refused: [number, Promise<{ status: number }>][] = [
    [421, page.ask("/api/overview", { headers: { ...ours, host: "evil.example" } })],
    [421, page.ask("/", { headers: { host: `localhost:${page.port}` } })],
    [403, page.ask("/api/overview", { headers: { ...ours, origin: "http://evil.example" } })],
    [403, page.ask("/api/overview", { headers: { ...ours, "sec-fetch-site": "cross-site" } })],
    [405, page.ask("/api/send", { method: "OPTIONS", headers: ours })],
    [405, page.ask("/api/send", { method: "PUT", headers: json, body })],
    [404, page.ask("/api/send", { headers: ours })],
    [
      415,
      page.ask("/api/send", { method: "POST", headers: { ...ours, "content-type": "text/plain" }, body }),
    ],
    [401, page.ask("/api/send", { method: "POST", headers: { ...json, authorization: "Bearer no" }, body })],
    [401, page.ask(`/api/overview?token=${page.token}`, {})],
    [400, page.ask("/api/send", { method: "POST", headers: json, body: "[]" })],
    [400, page.ask("/api/send", { method: "POST", headers: json, body: '{"name":1}' })],
  ];
  for (const [status, answer] of refused) assert.equal((await answer).status, status);
  // The server answers before it has all of it, and may hang up.
  const huge = await page
    .ask("/api/send", { method: "POST", headers: json, body: `"${"x".repeat(5_000_000)}"` })
    .catch(() => ({ status: 413 }));
  assert.equal(huge.status, 413);
  assert.equal((await page.asPage("/api/overview")).status, 200, "and the server goes on");
});

test("it listens on 127.0.0.1 alone", async (t) => {
  const { page } = await openPage(t);
  const others = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .map(({ address }) => address)
    .filter((address) => address !== "127.0.0.1" && !address.startsWith("fe80"));
  for (const host of [...others, "127.0.0.2"]) {
    const reached = await new Promise((resolve) => {
      const socket = connect({ host, port: page.port }, () => resolve(true));
      socket.on("error", () => resolve(false));
    });
    assert.equal(reached, false, host);
  }
});

test("a question runs in the background, is asked once, and its events come as they are written", async (t) => {
  const { page, cli, which, letGo } = await openPage(t);
  await cli(["create", "x", "Hello."]);
  const { turn_id: first } = JSON.parse((await cli(["show", "x", "--json"])).stdout).last_turn;
  assert.notEqual(first, undefined);
  await cli(["send", "x", "--detach", "Work."], { waitForFile: "", text: "Worked." });
  const ask = { ...which, prompt: "And then?", request_id: "r1" };
  const { json, text } = await page.asPage("/api/send", ask);
  assert.equal(json.type, "agent_sessions.accepted", text);
  assert.equal((await page.asPage("/api/send", ask)).json.turn_id, json.turn_id, "the same request");
  const reasons = async () => {
    const { turns } = (await page.asPage("/api/overview")).json as { turns: { reason: string }[] };
    return turns.map(({ reason }) => reason).toSorted();
  };
  const isUnderWay = async () => (await reasons()).includes("running");
  await until(isUnderWay, { what: "the turn before it to run" });
  assert.deepEqual(await reasons(), ["queued", "running"]);
  const live = page.asPage(addressed("live", { ...which, turn_id: String(json.turn_id) }));
  letGo();
  const events = (await live).text.split("\n\n").filter((block) => block.startsWith("data: {"));
  const lines = events.map((block) => JSON.parse(block.slice("data: ".length)));
  assert.equal(lines[0].type, "started");
  assert.deepEqual(
    lines.filter(({ type }) => type === "text" || type === "agent_sessions.result").map((line) => line.text),
    ["You said: And then? [prompts: 3]", "You said: And then? [prompts: 3]"],
  );
  const { json: told } = await page.asPage(addressed("conversation", which));
  const { history } = told as { history: { turns: { prompt: string }[] } };
  assert.deepEqual(
    history.turns.map(({ prompt }) => prompt),
    ["Hello.", "Work.", "And then?"],
  );
  assert.match(page.running.stderr(), /^\d\d:\d\d:\d\d {2}send x\n/, "what was asked for is told");
});

test("a turn is cancelled, a conversation is forked, and what a command says is what the page is told", async (t) => {
  const { page, cli, which } = await openPage(t);
  await cli(["create", "x", "Hello."]);
  await cli(["send", "x", "--detach", "Work."], { waitForFile: "" });
  const cancelled = await page.asPage("/api/cancel", which);
  assert.equal(cancelled.json.cancelled, true, cancelled.text);
  const forked = await page.asPage("/api/fork", { ...which, new_name: "y", prompt: "Other way." });
  assert.equal(forked.json.name, "y", forked.text);
  assert.equal((await cli(["wait", "y"])).code, 0);
  const { json } = await page.asPage("/api/family");
  const names = json.names as { name: string; parent: { name: string } | null }[];
  assert.deepEqual(names.map(({ name, parent }) => [name, parent?.name ?? null]).toSorted(), [
    ["x", null],
    ["y", "x"],
  ]);
  const twice = await page.asPage("/api/fork", { ...which, new_name: "y", prompt: "Again." });
  assert.deepEqual([twice.status, (twice.json.error as { code: string }).code], [400, "name_exists"]);
  const nobody = await page.asPage(addressed("conversation", { ...which, name: "nope" }));
  assert.deepEqual([nobody.status, (nobody.json.error as { code: string }).code], [404, "no_such_name"]);
  const costs = await page.asPage("/api/costs?by=name");
  const groups = costs.json.groups as { key: string }[];
  assert.deepEqual(groups.map(({ key }) => key).toSorted(), ["x", "y"]);
});

test("no turn gets more access than the server allows", async (t) => {
  const { page, cli, which } = await openPage(t, ["--max-access", "read-only"]);
  await cli(["create", "x", "--access", "edit", "Hello."]);
  const { json } = await page.asPage("/api/overview");
  assert.equal(json.max_access, "read-only");
  const more = await page.asPage("/api/send", { ...which, prompt: "hi", access: "edit" });
  assert.equal(more.status, 400);
  assert.match(more.text, /above what this server allows.*agent-sessions ui --max-access edit/);
  const lowered = await page.asPage("/api/send", { ...which, prompt: "hi" });
  assert.equal(lowered.json.lowered_to, "read-only", lowered.text);
  const turn = JSON.parse((await cli(["wait", "x", "--json"])).stdout);
  assert.equal(turn.access, "read-only");
});

test("a gate is answered by a person at the page, for the text that was read", async (t) => {
  const { page, cli, workspace } = await openPage(t);
  writeFileSync(join(workspace, "plan.md"), "Drop all tables.");
  await cli(["gate", "r/plan", "--shows", "plan.md"]);
  const gate = { id: "r/plan", workspace };
  const { json: shown } = await page.asPage(addressed("gate", gate));
  assert.deepEqual([shown.state, shown.shown], ["waiting", "Drop all tables."]);
  writeFileSync(join(workspace, "plan.md"), "Drop this table.");
  await cli(["gate", "r/plan", "--shows", "plan.md"]);
  const answer = { ...gate, decision: "approve", sha256: shown.sha256, note: "Only in test." };
  const stale = await page.asPage("/api/gate", answer);
  assert.equal(stale.status, 400);
  assert.match(stale.text, /does not show the text/);
  const { json: now } = await page.asPage(addressed("gate", gate));
  const { json: answered, text } = await page.asPage("/api/gate", { ...answer, sha256: now.sha256 });
  assert.equal(answered.state, "approved", text);
  const by = answered.answered_by as Record<string, unknown>;
  assert.deepEqual([by.terminal, by.pid], ["page", page.running.pid]);
  assert.equal((await cli(["gate", "r/plan", "--shows", "plan.md"])).stdout, "Only in test.\n");
});

test("a server that an agent has started opens no gate", async (t) => {
  const { env, workspace, cli, sandbox } = openScene();
  t.after(() => sandbox.remove());
  const page = await startPage({ env: { ...env, AGENT_SESSIONS_TURN: "some-turn" }, cwd: workspace });
  t.after(() => page.running.kill("SIGINT"));
  writeFileSync(join(workspace, "plan.md"), "Drop all tables.");
  await cli(["gate", "r/plan", "--shows", "plan.md"]);
  const { json } = await page.asPage(addressed("gate", { id: "r/plan", workspace }));
  const answer = { id: "r/plan", workspace, decision: "approve", sha256: json.sha256 };
  assert.match((await page.asPage("/api/gate", answer)).text, /only a person can answer a gate/);
});

test("the token is in one private file, and that is gone with the server; turns go on", async (t) => {
  const { page, cli, env, letGo } = await openPage(t);
  assert.equal(statSync(page.openFile).mode & 0o777, 0o600);
  assert.doesNotMatch(page.running.stdout(), new RegExp(page.token));
  await page.asPage("/api/overview");
  await cli(["create", "x", "Hello."]);
  await cli(["send", "x", "--detach", "Work."], { waitForFile: "" });
  const inState = filesBelow(env.AGENT_SESSIONS_HOME ?? "").filter((file) =>
    readFileSync(file, "latin1").includes(page.token),
  );
  assert.deepEqual(inState, [page.openFile]);
  assert.equal(
    commandLines().some((line) => line.includes(page.token)),
    false,
  );
  page.running.kill("SIGINT");
  assert.equal((await page.running.result).code, 0);
  assert.equal(existsSync(page.openFile), false);
  assert.doesNotMatch(page.running.stderr(), new RegExp(page.token));
  letGo();
  assert.equal((await cli(["wait", "x"])).code, 0);
});

test("at a terminal the browser is opened with a file, which is gone once it was used", async (t) => {
  const { sandbox, env } = openScene();
  t.after(() => sandbox.remove());
  const bin = join(sandbox.folder, "opener");
  mkdirSync(bin);
  const told = join(sandbox.folder, "opened");
  writeFileSync(
    join(bin, "xdg-open"),
    `#!/bin/sh\necho "$@" > '${told}.part'; mv '${told}.part' '${told}'\n`,
  );
  chmodSync(join(bin, "xdg-open"), 0o755);
  const more = { PATH: `${bin}:${env.PATH}`, DISPLAY: ":99" };
  const running = atTerminal({ sandbox }, `exec ${quoteWords([process.execPath, CLI, "ui"])}`, more);
  const line = await running.waitFor((stdout) => /#[\w-]{43}/.test(stdout), { what: "the address" });
  const [, url = "", token = ""] = /(http:\/\/127\.0\.0\.1:\d+\/)#([\w-]{43})/.exec(line) ?? [];
  await until(() => existsSync(told), { what: "the browser" });
  const words = readFileSync(told, "utf8").trim();
  assert.doesNotMatch(words, new RegExp(token));
  assert.match(readFileSync(words, "utf8"), new RegExp(`url=${url}#${token}`));
  const { status } = await fetch(`${url}api/overview`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal(status, 200);
  assert.equal(existsSync(words), false, "used");
  running.write("\u0003");
  assert.equal((await end(running)).code, 0);
});

test("a server that nobody uses ends; a port that is taken is said, and how to go on", async (t) => {
  const { sandbox, env, workspace } = openScene();
  t.after(() => sandbox.remove());
  const ui = (...flags: string[]) => run([process.execPath, CLI, "ui", ...flags], { cwd: workspace, env });
  const idle = await ui("--idle", "50ms");
  assert.equal(idle.code, 0);
  assert.match(idle.stderr, /No page was open for/);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const taken = await ui("--port", String(port), "--json");
  assert.equal(taken.code, 2);
  const { error } = JSON.parse(taken.stdout);
  assert.deepEqual([error.code, error.port], ["usage", port]);
  assert.match(error.hint, /agent-sessions ui$/);
  assert.deepEqual(readdirSync(join(env.AGENT_SESSIONS_HOME ?? "", "pages")), []);
});

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
}

function commandLines(): string[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc").flatMap((pid) => {
    try {
      return /^\d+$/.test(pid) ? [readFileSync(join("/proc", pid, "cmdline"), "latin1")] : [];
    } catch {
      return [];
    }
  });
}
