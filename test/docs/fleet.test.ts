import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { openFleet } from "../support/cli/fleet.ts";
import { codeBlocks } from "../support/docs/code-blocks.ts";
import { REPOSITORY } from "../support/environment.ts";
import { repositoryIn } from "../support/git/repository.ts";
import { run, start } from "../support/run.ts";
import { tempFolder } from "../support/temp-folder.ts";

const blocks = codeBlocks("docs/fleet.md");
const URL_OF_DOCS = "postgres://owner@db/sessions?sslmode=verify-full";

/** The one block that holds `words`. */
function blockWith(words: string): string {
  const found = blocks.filter(({ text }) => text.includes(words));
  assert.equal(found.length, 1, `blocks with ${words}`);
  return found[0]?.text ?? "";
}

const [WORKER, TREES, TABLES] = ["agent-sessions worker", "--tree carry", "store migrate"].map(blockWith);
const [LIBRARY, ID] = ["openSessions", "workspace-id"].map(blockWith);

test("no block of docs/fleet.md is left out below", () => {
  const all = blocks.map(({ text }) => text);
  assert.deepEqual(all.toSorted(), [WORKER, TREES, TABLES, LIBRARY, ID].toSorted());
});

test("docs/fleet.md: the tables, a worker, the trees of turns, a folder without a remote, and the library", async (t) => {
  const fleet = await openFleet(t);
  if (fleet === undefined) return;
  const { database, model } = fleet;
  const { sandbox, workspace } = fleet.machine("shop");
  const home = sandbox.env.HOME ?? "";
  const bin = join(tempFolder(t), "bin");
  mkdirSync(bin);
  symlinkSync(join(REPOSITORY, "dist/cli.cjs"), join(bin, "agent-sessions"));
  symlinkSync(workspace, join(home, "shop"));
  mkdirSync(join(home, ".config/agent-sessions"), { recursive: true });
  writeFileSync(join(home, ".config/agent-sessions/store"), database.url, { mode: 0o600 });
  const env = { ...sandbox.env, PATH: `${bin}:${sandbox.env.PATH}` };
  const shared = { ...env, AGENT_SESSIONS_STORE: database.url };
  const bash = async (
    script: string,
    { cwd = workspace, around = shared as Record<string, string> } = {},
  ) => {
    const { code, stdout, stderr } = await run(["bash", "-c", `set -eo pipefail\n${script}`], {
      cwd,
      env: around,
    });
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };

  const tables = await bash((TABLES ?? "").replace(URL_OF_DOCS, database.url), { around: env });
  assert.match(tables, /^has +0 names, 0 conversations/m);

  rmSync(join(workspace, ".git"), { recursive: true });
  const repository = repositoryIn(workspace);
  repository.git("init", "--quiet", "--initial-branch=main");
  repository.git("remote", "add", "origin", "https://git.example/acme/shop.git");
  for (const text of ["first\n", "second\n"]) {
    repository.write({ "a.txt": text });
    repository.commit();
  }
  const worker = start(["bash", "-c", `exec ${WORKER}`], { cwd: home, env: shared, ownGroup: true });
  t.after(async () => {
    worker.kill("SIGKILL");
    await worker.exited;
  });
  await worker.waitFor((_, stderr) => stderr.includes("takes turns"), { what: "the worker" });
  await bash("agent-sessions create review --agent claude --access edit 'Hello.'");
  repository.write({ "a.txt": "not committed\n" });
  model.when("Review what I have not committed yet", async ({ messages }) => {
    const [folder] = messages
      .flatMap(({ text }) => [...text.matchAll(/working directory: (.+?)(?: \(was .*)?$/gim)])
      .slice(-1);
    const args = { file_path: join(folder?.[1] ?? "", "made.txt"), content: "made by the agent\n" };
    return { toolCalls: [{ name: "Write", args }], next: "I have written it down." };
  });
  assert.match(await bash(TREES ?? ""), /Was this right before\?[\s\S]*I have written it down\./);
  assert.equal(
    readFileSync(join(workspace, "made.txt"), "utf8"),
    "made by the agent\n",
    "as `git apply` has it",
  );

  const bare = join(tempFolder(t), "bare");
  mkdirSync(bare);
  const list = () => run(["bash", "-c", "agent-sessions list"], { cwd: bare, env: shared });
  assert.equal((await list()).code, 2, "a folder without a remote needs a name");
  writeFileSync(join(bare, ".agent-sessions.toml"), ID ?? "");
  assert.equal((await list()).code, 0);
  assert.match(
    await bash("agent-sessions list --workspace git:git.example/acme/shop", { cwd: bare }),
    /review/,
  );

  const program = join(tempFolder(t), "program.mjs");
  const library = pathToFileURL(join(REPOSITORY, "dist/index.js"));
  assert.ok(existsSync(library));
  writeFileSync(
    program,
    `import { openSessions } from ${JSON.stringify(library)};
${(LIBRARY ?? "").replace(/postgres:[^"]*/, database.url)}
console.log((await sessions.get("review")).name);
await sessions.close();
`,
  );
  const told = await run([process.execPath, program], { cwd: workspace, env });
  assert.deepEqual([told.code, told.stdout], [0, "review\n"], told.stderr);
});
