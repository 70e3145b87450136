// One of the processes that work on the names of one workspace at the same time. It has names of its own, which
// nobody else touches, and contends for those of all.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeSync } from "node:fs";
import { homedir } from "node:os";
import { openContext } from "../../src/app/compose/open-context.ts";
import { remove } from "../../src/app/names/remove.ts";
import { rename } from "../../src/app/names/rename.ts";
import { restore } from "../../src/app/names/restore.ts";
import { AppError } from "../../src/domain/errors.ts";
import type { NameEdit, NameTable } from "../../src/domain/names/name.ts";
import { Random } from "../random.ts";
import {
  type Acknowledged,
  NAMES_OF_A_PROCESS,
  SHARED_NAMES,
  STOPPED,
  type Transition,
  type WorkerReport,
} from "./acknowledged.ts";

export interface WorkerTask {
  /** Tells this process from the others. */
  label: string;
  seed: number;
  round: number;
  operations: number;
  /** How many of them go through the command line. */
  commandLines: number;
  cli: string;
  agentCommand: string;
  /** It is stopped once while it has the names locked; it says so, and somebody else lets it go on. */
  isToStop?: boolean;
  /** It dies as soon as it has the names locked. */
  isToDie?: boolean;
}

const task = JSON.parse(process.argv[2] ?? "{}") as WorkerTask;
const random = new Random(task.seed);
const workspace = process.cwd();
const scope = { workspace, agent: "claude" };
const context = openContext({
  env: process.env,
  cwd: workspace,
  platform: process.platform,
  uid: process.getuid?.() ?? 0,
  userHome: homedir(),
  notify: () => undefined,
});
const report: WorkerReport = { acknowledged: [], refused: 0, uses: 0, losses: [] };
const OWN = Array.from({ length: NAMES_OF_A_PROCESS }, (_, n) => `${task.label}-${n}`);
const SHARED = Array.from({ length: SHARED_NAMES }, (_, n) => `shared-${n}`);
let mayStop = task.isToStop === true;
/** So often is a name used after each operation, as by turns: their file is written anew again and again. */
const USES = 4;
/** What is not possible just now, as removing a name that is gone, is refused: then something else is tried. */
const MOST_TRIES = 20;
/** What this process made of its own names. */
const own = new Map<string, string>();
/** What its own names pointed at last before they were removed; a renamed one is not brought back. */
const removed = new Map<string, string>();

type Step = (turn: number) => Promise<Transition[] | undefined>;

const STEPS: readonly [string, Step][] = [
  ["create", async (turn) => point(anyName(), idOf(turn), "create")],
  ["create", async (turn) => point(anyName(), idOf(turn), "create")],
  ["replace", async (turn) => point(anyName(), idOf(turn), "replace")],
  ["move", async (turn) => point(anyName(), idOf(turn), "move")],
  ["remove", async () => removeShared(random.pick(SHARED) ?? "")],
  ["remove", async () => removeOwn(random.pick([...own.keys()]))],
  ["rename", async () => renameAny(random.pick([...own.keys()]), random.pick(OWN) ?? "")],
  ["rename", async () => renameAny(random.pick(SHARED), random.pick(SHARED) ?? "")],
  ["restore", async () => restoreOwn(random.pick([...removed.keys()]))],
];

const BY_COMMAND_LINE: readonly [string, Step][] = [
  ["create by command line", async () => createByCommandLine()],
  ["rename by command line", async () => renameByCommandLine()],
  ["remove by command line", async () => removeByCommandLine()],
];

process.stdout.write("ready\n");
if (task.isToDie) {
  await context.store.update(scope, () => {
    process.kill(process.pid, "SIGKILL");
    return [];
  });
}
await once(process.stdin, "data");
for (const [name, entry] of (await context.store.list(scope)).entries)
  if (OWN.includes(name)) own.set(name, entry.sessionId);
const everyNth =
  task.commandLines === 0 ? Number.POSITIVE_INFINITY : Math.floor(task.operations / task.commandLines);
for (let turn = 0; turn < task.operations; turn += 1) {
  const steps = turn % everyNth === everyNth - 1 ? BY_COMMAND_LINE : STEPS;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const [what, step] = steps[random.below(steps.length)] ?? ["", async () => undefined];
    const startedNs = String(process.hrtime.bigint());
    const transitions = await attempt(() => step(turn));
    const endedNs = String(process.hrtime.bigint());
    if (transitions === undefined) {
      report.refused += 1;
      continue;
    }
    acknowledge({ what, transitions, startedNs, endedNs });
    const used = random.pick([...OWN, ...SHARED]) ?? "";
    for (let times = 0; times < USES; times += 1) await use(used);
    await check(`${what} (${turn})`);
    break;
  }
}
process.stdout.write(`${JSON.stringify(report)}\n`);
process.exit(0);

async function attempt(step: () => Promise<Transition[] | undefined>): Promise<Transition[] | undefined> {
  try {
    return await step();
  } catch (error) {
    const isRefusal = error instanceof AppError && /^(name_exists|no_such_name|usage)$/.test(error.code);
    if (!isRefusal) report.losses.push(`an operation failed: ${error}`);
    return undefined;
  }
}

function acknowledge(operation: Acknowledged): void {
  report.acknowledged.push(operation);
  for (const { name, from, to } of operation.transitions) {
    if (!OWN.includes(name)) continue;
    if (to === null) own.delete(name);
    else own.set(name, to);
    const isRemoval = operation.what.startsWith("remove") && from !== null;
    if (isRemoval) removed.set(name, from);
    else removed.delete(name);
  }
}

/** Nobody else touches the names of this process: they are what it made of them, at any time. */
async function check(after: string): Promise<void> {
  const { entries } = await context.store.list(scope);
  for (const name of OWN) {
    const [found, expected] = [entries.get(name)?.sessionId, own.get(name)];
    if (found !== expected)
      report.losses.push(`after ${after}, ${name} points at ${found}, not at ${expected}`);
  }
}

function anyName(): string {
  return random.pick(random.next() < 0.5 ? OWN : SHARED) ?? "";
}

/** No two operations set the same id, so every one of them can be told from all others. */
function idOf(turn: number): string {
  return `${task.label}-${task.round}-${turn}`;
}

async function point(
  name: string,
  sessionId: string,
  how: "create" | "replace" | "move",
): Promise<Transition[] | undefined> {
  const createdAt = context.now().toISOString();
  await context.store
    .session({ agent: scope.agent, sessionId })
    .saveRecord({ agent: scope.agent, sessionId, workspace, createdAt });
  return change((names) => {
    const before = names.entries.get(name);
    const isPossible = how === "create" ? before === undefined : before !== undefined;
    if (!isPossible) return undefined;
    const reason = how === "move" ? "turn" : how;
    const entry = { ...before, name, sessionId, createdAt };
    return {
      edits: [{ op: "set", entry, reason }],
      transitions: [{ name, from: before?.sessionId ?? null, to: sessionId }],
    };
  });
}

async function removeShared(name: string): Promise<Transition[] | undefined> {
  return change((names) => {
    const before = names.entries.get(name);
    if (before === undefined) return undefined;
    return {
      edits: [{ op: "remove", name, reason: "remove" }],
      transitions: [{ name, from: before.sessionId, to: null }],
    };
  });
}

async function change(
  decide: (names: NameTable) => { edits: NameEdit[]; transitions: Transition[] } | undefined,
): Promise<Transition[] | undefined> {
  let decided: ReturnType<typeof decide>;
  await context.store.update(scope, (names) => {
    decided = decide(names);
    if (decided !== undefined && mayStop) {
      mayStop = false;
      writeSync(1, STOPPED);
      process.kill(process.pid, "SIGSTOP");
    }
    return decided?.edits ?? [];
  });
  return decided?.transitions;
}

async function removeOwn(name: string | undefined): Promise<Transition[] | undefined> {
  if (name === undefined) return undefined;
  const { sessionId } = await remove(context, { name, workspace, agent: scope.agent });
  return [{ name, from: sessionId, to: null }];
}

async function renameAny(name: string | undefined, newName: string): Promise<Transition[] | undefined> {
  if (name === undefined) return undefined;
  const { sessionId } = await rename(context, { name, newName, workspace, agent: scope.agent });
  return renaming(name, newName, sessionId);
}

function renaming(name: string, newName: string, sessionId: string): Transition[] {
  return [
    { name, from: sessionId, to: null },
    { name: newName, from: null, to: sessionId },
  ];
}

async function restoreOwn(name: string | undefined): Promise<Transition[] | undefined> {
  if (name === undefined) return undefined;
  const { sessionId } = await restore(context, { name, workspace, agent: scope.agent });
  if (sessionId !== removed.get(name))
    report.losses.push(`${name} came back at ${sessionId}, not at ${removed.get(name)}`);
  return [{ name, from: null, to: sessionId }];
}

async function use(name: string): Promise<void> {
  const usedAt = new Date().toISOString();
  await context.store.update(scope, ({ entries }) => {
    if (!entries.has(name)) return [];
    report.uses += 1;
    return [{ op: "used", name, usedAt }];
  });
}

async function createByCommandLine(): Promise<Transition[] | undefined> {
  const name = OWN.find((one) => !own.has(one));
  if (name === undefined) return undefined;
  const created = runCommandLine("create", name, "--agent-cmd", task.agentCommand, "hi");
  return [{ name, from: null, to: String(created.session_id) }];
}

async function renameByCommandLine(): Promise<Transition[] | undefined> {
  const name = random.pick([...own.keys()]);
  const newName = OWN.find((one) => !own.has(one));
  if (name === undefined || newName === undefined) return undefined;
  return renaming(name, newName, String(runCommandLine("rename", name, newName).session_id));
}

async function removeByCommandLine(): Promise<Transition[] | undefined> {
  const name = random.pick([...own.keys()]);
  if (name === undefined) return undefined;
  return [{ name, from: String(runCommandLine("remove", name).session_id), to: null }];
}

function runCommandLine(verb: string, ...args: string[]): Record<string, unknown> {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [task.cli, verb, "--json", "--agent", scope.agent, ...args],
    { encoding: "utf8", env: process.env, cwd: workspace },
  );
  if (status !== 0) throw new Error(`${verb} ${args.join(" ")} ended with ${status}: ${stdout}${stderr}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Record<string, unknown>;
}
