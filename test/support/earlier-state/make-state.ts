// Makes the state that 0.1 has left on disk, with the program of a checkout of it, and packs it:
//
//   git worktree add /tmp/old 42d5d78 && (cd /tmp/old && npm ci)
//   node scripts/run-source.mjs test/support/earlier-state/make-state.ts /tmp/old
//
// What is in the archive is never made anew for a later version: state that 0.1 has written is read for ever.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { agentEnvironment, prepareHome, REPOSITORY } from "../environment.ts";
import { startModel } from "../loopback/model.ts";
import { type RunResult, run } from "../run.ts";
import { until } from "../until.ts";
import { AGENTS, ENCODED_ROOT, encoded, HOST, type Manifest, makeRoot, ROOT } from "./root.ts";
import { ARCHIVE } from "./unpack-state.ts";

const [checkout] = process.argv.slice(2);
if (checkout === undefined) throw new Error("Say where the checkout of the program is.");

const root = makeRoot();
const home = join(root, "home");
const workspace = join(root, "workspace");
const elsewhere = join(root, "elsewhere");
const state = join(home, "agent-sessions-state");
const model = await startModel();
prepareHome(home, model.url);
for (const folder of [workspace, elsewhere]) {
  for (const part of ["objects", "refs"]) mkdirSync(join(folder, ".git", part), { recursive: true });
  writeFileSync(join(folder, ".git/HEAD"), "ref: refs/heads/main\n");
}
const env = agentEnvironment({ home, modelUrl: model.url, extra: { AGENT_SESSIONS_CALLER: "maker" } });

await fill();
await model.stop();
await pack();
rmSync(dirname(root), { recursive: true });

async function fill(): Promise<void> {
  const role = join(root, "role.md");
  writeFileSync(role, "You are the ROLE-MARKER reviewer.\n");
  const other = join(root, "other-role.md");
  writeFileSync(other, "You are the OTHER-MARKER reviewer.\n");

  for (const agent of ["claude", "codex", "copilot"]) {
    await ours("create", `${agent}-review`, "-a", agent, "-r", role, "Begin.");
    await ours("send", `${agent}-review`, "-a", agent, "Go on.");
  }
  for (const agent of ["claude", "codex"]) {
    await ours("fork", `${agent}-review`, `${agent}-fork`, "-a", agent, "Another way.");
    await ours("create", `${agent}-old`, "-a", agent, "-m", "gpt-loopback", "To be renamed.");
    await ours("rename", `${agent}-old`, `${agent}-new`, "-a", agent);
    await ours("create", `${agent}-gone`, "-a", agent, "To be removed.");
    await ours("remove", `${agent}-gone`, "-a", agent);
  }
  await ours("role", "set", "claude-fork", other, "-a", "claude");
  await ours("create", "moved", "-a", "claude", "The first one.");
  await ours("create", "moved", "-a", "claude", "--replace", "The second one.");
  await ours("send", "moved", "-a", "claude", "--request-id", "one", "Only once.");
  await ours("once", "-a", "claude", "A passing question.");
  await ours("create", "claude-review", "-a", "claude", "-w", elsewhere, "In another workspace.");
  await ours("create", "detached", "-a", "codex", "Begin.");
  const detached = await ours(
    "send",
    "detached",
    "-a",
    "codex",
    "--detach",
    "--json",
    "Nobody has read this yet.",
  );
  await until(() => existsSync(join(state, "settled", JSON.parse(detached.stdout).turn_id)), {
    what: "the end of a detached turn",
  });

  await script("claude-code", "--session-name", "dropped-in");
  await script("codex-cli", "--session-name", "dropped-in");
  await script("claude-code", "--session-name", "filed", "--mapping-file", join(root, "mapping.json"));
  await saveCheckpoint();
  await ours("create", "claude-cut", "-a", "claude", "Begin.");
  await leaveCut();
}

function ours(...args: string[]): Promise<RunResult> {
  return must("dist/cli.cjs", args);
}

function script(tool: string, ...args: string[]): Promise<RunResult> {
  return must(`dist/${tool}-invoke-persist.cjs`, ["create-session", ...args, "--init-prompt", "Begin."]);
}

async function must(file: string, args: string[]): Promise<RunResult> {
  const result = await run([process.execPath, join(resolve(checkout ?? ""), file), ...args], {
    cwd: workspace,
    env,
  });
  console.error(args.join(" "), result.code, result.stdout.trim().split("\n").at(-1)?.slice(0, 100));
  if (result.code !== 0) throw new Error(result.stdout + result.stderr);
  return result;
}

/** What the plugin saves of a window. */
async function saveCheckpoint(): Promise<void> {
  const { stdout } = await ours("show", "claude-new", "-a", "claude", "--json");
  const { session_id } = JSON.parse(stdout);
  const transcript = join(home, ".claude/projects", encoded(workspace), `${session_id}.jsonl`);
  const hook = async (event: string, fields: object) => {
    const input = {
      session_id,
      transcript_path: transcript,
      cwd: workspace,
      hook_event_name: event,
      ...fields,
    };
    const bundle = join(resolve(checkout ?? ""), "plugins/session-persist/scripts/session-persist.cjs");
    const result = await run([process.execPath, bundle, event], {
      cwd: workspace,
      env: { ...env, CLAUDE_PROJECT_DIR: workspace },
      input: JSON.stringify(input),
    });
    if (result.code !== 0 || result.stderr !== "") throw new Error(`${event}: ${result.stderr}`);
  };
  await hook("UserPromptSubmit", { prompt: "port the parser" });
  await hook("Stop", { last_assistant_message: "half of it is ported" });
  await hook("SessionEnd", { reason: "other" });
}

/** One turn that is cut in the middle, with all who know of it, and one that waited behind it. */
async function leaveCut(): Promise<void> {
  model.when("Cut me off.", () => new Promise(() => undefined));
  const cut = await ours("send", "claude-cut", "-a", "claude", "--detach", "--json", "Cut me off.");
  await model.received("Cut me off.");
  const waiting = await ours("send", "claude-cut", "-a", "claude", "--detach", "--json", "Wait in line.");
  const turns = [waiting, cut].map(({ stdout }) => join(state, "turns", JSON.parse(stdout).turn_id));
  await until(() => existsSync(join(turns[0] ?? "", "attendant.json")) && tickets().length > 0, {
    what: "a turn in line",
  });
  for (const turn of turns) {
    for (const file of ["attendant.json", "agent.json"]) {
      const path = join(turn, file);
      // A turn that waits has an empty one.
      const written = existsSync(path) ? readFileSync(path, "utf8") : "";
      if (written === "") continue;
      const { pid } = JSON.parse(written);
      process.kill(file === "agent.json" ? -pid : pid, "SIGKILL");
    }
  }
}

/** Of all who wait in line. */
function tickets(): string[] {
  return filesBelow(join(state, "sessions")).filter((path) => /queue/.test(relative(state, path)));
}

async function pack(): Promise<void> {
  const packed = join(dirname(root), "packed");
  const chosen = [
    "workspace",
    "elsewhere",
    "mapping.json",
    "home/agent-sessions-state",
    "home/tmp/agent-sessions",
    "home/.claude/projects",
    "home/.codex/sessions",
    "home/.copilot/session-state",
  ];
  const inodes: Manifest["inodes"] = [];
  mkdirSync(packed, { mode: 0o700 });
  execFileSync("cp", ["-a", "--parents", ...chosen, packed], { cwd: root });
  for (const path of filesBelow(root)) {
    const inode = String(statSync(path, { bigint: true }).ino);
    if (!inodes.some((one) => one.inode === inode)) inodes.push({ inode, path: relative(root, path) });
  }
  const digests = digestsIn(packed);
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const replace = (text: string) =>
    text
      .replaceAll(root, ROOT)
      .replaceAll(encoded(root), ENCODED_ROOT)
      .replaceAll(`"${REPOSITORY}/`, `"${AGENTS}/`)
      .replaceAll(`"host":${JSON.stringify(hostname())}`, `"host":"${HOST}"`)
      .replaceAll(boot, "00000000-0000-4000-8000-000000000001");
  const written = new Set<number>();
  for (const path of filesBelow(packed)) {
    const { ino, atimeMs, mtimeMs } = statSync(path);
    if (written.has(ino)) continue;
    written.add(ino);
    // In place: it keeps its links.
    writeFileSync(path, replace(withoutInstructions(readFileSync(path, "latin1"))), "latin1");
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
  }
  const projects = join(packed, "home/.claude/projects");
  for (const name of readdirSync(projects)) renameSync(join(projects, name), join(projects, replace(name)));
  const all = JSON.stringify(filesBelow(packed).map((path) => [path, readFileSync(path, "latin1")]));
  const used = inodes
    .filter(({ inode }) => all.includes(`\\"inode\\":\\"${inode}\\"`))
    .map(({ inode, path }) => ({ inode, path: replace(path) }));
  const manifest: Manifest = { digests, inodes: used };
  writeFileSync(join(packed, "manifest.json"), JSON.stringify(manifest, null, 1));
  const own = [root, encoded(root), REPOSITORY, resolve(checkout ?? ""), hostname(), boot];
  for (const word of own) {
    const file = filesBelow(packed).find((path) => readFileSync(path, "latin1").includes(word));
    if (file !== undefined) throw new Error(`${relative(packed, file)} tells of ${word}.`);
  }
  mkdirSync(dirname(ARCHIVE), { recursive: true });
  const how = ["--format=pax", "--sort=name", "--owner=0", "--group=0", "--numeric-owner"];
  execFileSync("tar", [...how, "-czf", ARCHIVE, "-C", packed, "."]);
  console.error(`${ARCHIVE}: ${statSync(ARCHIVE).size} bytes`);
}

/** The agents' own instructions are not ours to pass on: all but tags, our roles and paths becomes as many x. */
function withoutInstructions(text: string): string {
  const blank = (line: string) =>
    /MARKER/.test(line) || line.includes(root)
      ? line
      : line.replaceAll(/<\/?[\w-]+>|./g, (part) => (part.length > 1 ? part : "x"));
  return text.replaceAll(
    /"(?:[^"\\]|\\.){300,}"/g,
    (found) => `"${found.slice(1, -1).split("\\n").map(blank).join("\\n")}"`,
  );
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Those of all that our names of folders can be made of that are there. */
function digestsIn(packed: string): Manifest["digests"] {
  const names = readdirSync(packed, { recursive: true, encoding: "utf8" }).join("\n");
  const found: Manifest["digests"] = [];
  const look = (algorithm: "sha256" | "md5", of: string, length = 64) => {
    const digest = createHash(algorithm).update(of).digest("hex").slice(0, length);
    if (names.includes(digest) && !found.some((one) => one.digest === digest))
      found.push({ algorithm, of: of.replaceAll(root, ROOT), digest });
  };
  for (const place of [workspace, elsewhere]) look("md5", place);
  const views = [
    join(root, "mapping.json"),
    ...filesBelow(join(home, "tmp/agent-sessions")).filter((path) => path.endsWith(".json")),
  ];
  for (const view of views) look("sha256", view, 16);
  for (const place of [workspace, elsewhere]) {
    for (const agent of ["claude", "codex", "copilot", ""]) {
      look("sha256", `${agent}\0${place}`);
      look("sha256", [place, "caller maker", agent].join("\0"));
      for (const view of views) look("sha256", `${agent}\0\0${view}`);
    }
  }
  return found;
}
