import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { openSessions } from "../../src/index.ts";
import { type FleetMachine, openFleet, type RealFleet } from "../support/cli/fleet.ts";
import { filesIn, type Repository, repositoryIn } from "../support/git/repository.ts";
import type { ReceivedRequest } from "../support/loopback/received.ts";
import type { ModelToolCall } from "../support/loopback/replies.ts";
import { until } from "../support/until.ts";

/** The same repository on each machine: one where it is asked, one where a worker runs. */
async function open(t: TestContext) {
  const fleet = await openFleet(t);
  if (fleet === undefined) return undefined;
  const [client, machine] = [fleet.machine("shop"), fleet.machine("srv/shop copy")];
  const mine = repositoryAt(client);
  mine.git("init", "--quiet", "--initial-branch=main");
  mine.git("remote", "add", "origin", "https://git.example/acme/shop.git");
  mine.write({ "a.txt": "first\n", "gone.txt": "x\n", ".gitignore": "*.log\n" });
  const first = mine.commit();
  mine.write({ "a.txt": "second\n" });
  const second = mine.commit();
  const theirs = repositoryAt(machine);
  theirs.git("clone", "--quiet", mine.root, ".");
  theirs.git("remote", "set-url", "origin", "https://git.example/acme/shop.git");
  theirs.write({ "a.txt": "what the worker's own user does\n", "own.txt": "theirs\n" });
  return { fleet, client, machine, mine, theirs, first, second };
}

function repositoryAt({ workspace }: FleetMachine): Repository {
  rmSync(join(workspace, ".git"), { recursive: true });
  return repositoryIn(workspace);
}

/** How an agent reads a file, and writes one, in the folder where it was started. */
const TOOLS: Record<string, (request: ReceivedRequest) => { read: ModelToolCall; write: ModelToolCall }> = {
  claude: (request) => {
    const folder = folderOf(request);
    return {
      read: { name: "Read", args: { file_path: join(folder, "a.txt") } },
      write: { name: "Write", args: { file_path: join(folder, "made.txt"), content: "made by the agent\n" } },
    };
  },
  codex: () => ({
    read: { name: "exec_command", args: { cmd: "cat a.txt new.txt" } },
    write: { name: "exec_command", args: { cmd: "printf 'made by the agent\\n' > made.txt" } },
  }),
};

/** What claude has last said of its folder. */
function folderOf({ messages }: ReceivedRequest): string {
  const said = messages.flatMap(({ text }) => [
    ...text.matchAll(/working directory: (.+?)(?: \(was .*)?$/gim),
  ]);
  return said.at(-1)?.[1] ?? "";
}

/** What the tools have told the model in the newest request. */
function toldBy(fleet: RealFleet): string {
  return JSON.stringify(fleet.model.requests().at(-1)?.body);
}

const tree = (json: object) => (json as { tree?: Record<string, unknown> }).tree;

for (const agent of ["claude", "codex"])
  test(`${agent}: the agent on another machine works on the caller's folder as it stands, and what it makes is taken home`, async (t) => {
    const opened = await open(t);
    if (opened === undefined) return;
    const { fleet, client, machine, mine, theirs, second } = opened;
    const worker = await machine.work(["--agents", agent]);
    const before = [filesIn(theirs.root), theirs.git("status", "--porcelain"), theirs.git("for-each-ref")];
    const here = await client.run(["create", "review", "-a", agent, "--json", "hello"]);
    assert.equal(here.code, 0, here.stderr + here.stdout + worker.stderr());
    assert.deepEqual(tree(here.json), {
      kind: "here",
      before: { commit: second, dirty: true },
      after: { commit: second, dirty: true },
      patch: null,
      left_in: null,
    });

    mine.write({ "a.txt": "not committed\n", "new.txt": "untracked\n", "secret.log": "ignored\n" });
    rmSync(join(mine.root, "gone.txt"));
    const tools = TOOLS[agent];
    assert.ok(tools);
    fleet.model.when("look", async (request) => {
      const { read, write } = tools(request);
      return { toolCalls: [read, write], next: "I have looked." };
    });
    const carried = await client.run([
      "send",
      "review",
      "--tree",
      "carry",
      "--access",
      "edit",
      "--json",
      "look",
    ]);
    assert.equal(carried.code, 0, carried.stderr + carried.stdout + worker.stderr());
    assert.ok(toldBy(fleet).includes("not committed"), "the agent saw the carried tree");
    assert.deepEqual(fleet.model.requests().at(-1)?.userMessages, ["hello", "look"], "in its conversation");
    assert.deepEqual(tree(carried.json), {
      kind: "carry",
      before: { commit: second, dirty: true },
      after: { commit: second, dirty: true },
      patch: "kept",
      left_in: null,
    });
    assert.deepEqual(
      [filesIn(theirs.root), theirs.git("status", "--porcelain"), theirs.git("for-each-ref")],
      before,
      "what the worker's own user has is as it was",
    );
    // The end is recorded first: what is in the worktree is needed until then.
    await until(() => theirs.git("worktree", "list").split("\n").length === 1, {
      what: "the worktree to be gone",
    });

    const shown = (await client.run(["history", "review", "--json"])).json;
    assert.deepEqual(
      (shown.turns as object[]).map((turn) => tree(turn)?.kind),
      ["here", "carry"],
    );
    const diff = await client.run(["diff", "review"]);
    assert.equal(diff.code, 0, diff.stderr);
    const patch = join(client.sandbox.folder, "patch");
    writeFileSync(patch, diff.stdout);
    mine.git("apply", patch);
    assert.deepEqual(filesIn(mine.root), {
      ".gitignore": "*.log\n",
      "a.txt": "not committed\n",
      "made.txt": "made by the agent\n",
      "new.txt": "untracked\n",
      "secret.log": "ignored\n",
    });
    const json = (await client.run(["diff", "review", "--json"])).json;
    assert.equal(Buffer.from(String(json.patch_base64), "base64").toString(), diff.stdout);

    const again = await client.run(["send", "review", "--json", "and now?"]);
    assert.equal(again.code, 0, again.stdout + worker.stderr());
    assert.deepEqual(fleet.model.requests().at(-1)?.userMessages, ["hello", "look", "and now?"]);
    const none = await client.run(["diff", "review", "--json"]);
    assert.deepEqual([none.code, none.json.error?.code], [2, "unsupported"], none.stdout);
  });

test("the library carries its workspace, too, and names a commit; without a store it says that nobody can", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { fleet, client, machine, mine, first, second } = opened;
  await machine.work(["--agents", "claude"]);
  const { workspace, sandbox } = client;
  const sessions = await openSessions({ workspace, env: sandbox.env, store: fleet.database.url });
  t.after(() => sessions.close());
  const old = await sessions.create("old", { prompt: "hello", tree: "HEAD~1" });
  const state = { commit: first, isDirty: false };
  assert.deepEqual(old.firstTurn?.tree, { kind: "commit", before: state, after: state, patch: "none" });
  mine.write({ "new.txt": "untracked\n" });
  assert.equal((await old.diff()).patch.length, 0);
  const tools = TOOLS.claude;
  assert.ok(tools);
  fleet.model.when("again", async (request) => ({ toolCalls: [tools(request).write], next: "I have." }));
  const { tree: carried } = await old.send("again", { tree: "carry", access: "edit" });
  assert.match(Buffer.from((await old.diff()).patch).toString(), /^\+made by the agent$/m);
  assert.deepEqual([carried?.kind, carried?.before], ["carry", { commit: second, isDirty: true }]);
  const fork = await old.fork("other", { prompt: "and now?", tree: "here" });
  assert.equal(fork.firstTurn?.tree?.kind, "here");
  const detached = await old.detach("later", { tree: first });
  assert.equal((await old.wait({ turnId: detached.turnId })).tree?.kind, "commit");
  const plain = await openSessions({ workspace, env: sandbox.env });
  await assert.rejects(plain.create("x", { prompt: "hi", tree: "carry" }), {
    code: "usage",
    message: /no store is set/,
  });
});

test("a turn about a commit works on that commit; one that the worker does not have is refused, and the name is free", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { fleet, client, machine, mine, first } = opened;
  const worker = await machine.work(["--agents", "codex"]);
  const tools = TOOLS.codex;
  assert.ok(tools);
  fleet.model.when("look", async (request) => ({ toolCalls: [tools(request).read], next: "I have looked." }));
  const looked = await client.run(["create", "old", "-a", "codex", "--tree", "HEAD~1", "--json", "look"]);
  assert.equal(looked.code, 0, looked.stdout + worker.stderr());
  assert.ok(toldBy(fleet).includes("first"));
  assert.deepEqual(tree(looked.json), {
    kind: "commit",
    before: { commit: first, dirty: false },
    after: { commit: first, dirty: false },
    patch: "none",
    left_in: null,
  });
  const nothing = await client.run(["diff", "old"]);
  assert.deepEqual([nothing.code, nothing.stdout], [0, ""]);
  assert.match(nothing.stderr, / has changed nothing\.\n$/);

  mine.write({ "a.txt": "not pushed\n" });
  const third = mine.commit();
  for (const what of [third, "carry"]) {
    const missing = await client.run(["create", "new", "-a", "codex", "--tree", what, "--json", "look"]);
    assert.equal(missing.code, 4, missing.stdout);
    assert.equal(missing.json.error?.code, "no_such_commit");
    assert.match(missing.json.error?.message ?? "", new RegExp(`does not have the commit ${third} in `));
    assert.match(missing.stdout, /Push the commit, and fetch it/);
  }
  const unknown = await client.run(["create", "new", "-a", "codex", "--tree", "nope", "--json", "look"]);
  assert.deepEqual([unknown.code, unknown.json.error?.code], [2, "usage"], unknown.stdout);
  const elsewhere = await client.run([
    "create",
    "new",
    "-a",
    "codex",
    "--tree",
    "main",
    "--json",
    "-w",
    "git:git.example/acme/shop",
    "look",
  ]);
  assert.deepEqual([elsewhere.code, elsewhere.json.error?.code], [2, "usage"], elsewhere.stdout);
  const created = await client.run(["create", "new", "-a", "codex", "--json", "hello"]);
  assert.equal(created.code, 0, created.stdout);
});

test("a worker that is killed takes its worktree up again, and deletes it at the end", async (t) => {
  const opened = await open(t);
  if (opened === undefined) return;
  const { fleet, client, machine, mine, theirs } = opened;
  mine.write({ "a.txt": "not committed\n" });
  const worker = await machine.work(["--agents", "codex"]);
  let letGo: (answer: string) => void = () => undefined;
  const held = new Promise<string>((resolve) => {
    letGo = resolve;
  });
  let asked = 0;
  fleet.model.when("hang", () => {
    asked += 1;
    return held;
  });
  const sent = client.start(["create", "x", "-a", "codex", "--tree", "carry", "--json", "hang"]);
  await until(() => asked === 1, { what: "the model is asked" });
  worker.kill("SIGKILL");
  await worker.exited;
  const trees = theirs.git("worktree", "list").split("\n");
  assert.equal(trees.length, 2, "it is there while the agent runs");
  const again = await machine.work(["--agents", "codex"]);
  await again.waitFor((_, stderr) => stderr.includes("attempt 2"), { what: "the turn is taken up" });
  letGo("the answer");
  const { stdout, stderr } = await sent.result;
  const result = JSON.parse(stdout);
  assert.deepEqual(
    [result.outcome, result.text, asked],
    ["succeeded", "the answer", 1],
    stderr + again.stderr(),
  );
  assert.equal(result.tree.kind, "carry");
  assert.equal(result.tree.patch, "none");
  await until(() => theirs.git("worktree", "list").split("\n").length === 1, {
    what: "the worktree is gone",
  });
  const [, place = ""] = trees;
  const kept = dirname(place.split(" ")[0] ?? "");
  assert.ok(existsSync(kept));
  await until(() => readdirSync(kept).length === 0, { what: "what the worker knew of it is gone, too" });
});
