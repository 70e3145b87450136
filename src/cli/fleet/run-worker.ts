import { mkdirSync } from "node:fs";
import { openContext, openWorker } from "../../app/compose/open-context.ts";
import { openShared } from "../../app/compose/open-shared.ts";
import { Workspaces } from "../../app/line/workspaces.ts";
import type { OnLost } from "../../app/worker/lost-turn.ts";
import { takeSlot, work } from "../../app/worker/work.ts";
import { ACCESSES, type Access } from "../../domain/agent/access.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { parseDuration } from "../../domain/duration.ts";
import { AppError } from "../../domain/errors.ts";
import type { Claim } from "../../domain/turn/line.ts";
import { findStoreAddress } from "../../stores/store-address.ts";
import { resolveWorkspace } from "../../system/places/workspace.ts";
import { findExecutable } from "../../system/processes/executable.ts";
import type { Answer } from "../command.ts";
import { printable } from "../output/table.ts";
import type { CommandIo } from "../terminal.ts";

import type { WorkerFlags } from "./worker-flags.ts";

const MOST = 64;
const LEAST_LEASE_S = 10;
const LEASE_S = 30;

/** Runs turns of the store that machines share until it is asked to stop. */
export async function runWorker(io: CommandIo, flags: WorkerFlags): Promise<Answer> {
  const address = findStoreAddress(io.around.env);
  if (address === undefined)
    throw new AppError("usage", "A worker needs a store that machines share, and none is set.", {
      hint: "Set AGENT_SESSIONS_STORE=postgres://… or AGENT_SESSIONS_STORE_FILE to a file with that URL.",
    });
  const places = countOf(flags.concurrency ?? "1");
  const maxAccess = flags.maxAccess === undefined ? undefined : accessOf(flags.maxAccess);
  const onLost = onLostOf(flags.onLost ?? "fail");
  const leaseS = leaseOf(flags.lease);
  const graceMs = flags.grace === undefined ? undefined : durationOf("--grace", flags.grace);
  const local = openWorkerHere(io);
  const agents = agentsOf(local.agents, flags.agents, io);
  const workspaces = workspacesOf(io, flags.workspace ?? ["."]);
  const slot = takeSlot(local.root, new Date());
  const say = (text: string) => io.terminal.err(`${printable(text)}\n`);
  const shared = await openShared(address, {
    self: local.self,
    now: () => new Date(),
    worker: slot.name,
    leaseS,
  });
  const { signal, hurry } = io.catchSignals();
  const ending = new AbortController();
  hurry.addEventListener("abort", () => ending.abort(hurry.reason), { once: true });
  signal.addEventListener(
    "abort",
    () => {
      say("Stopping: nothing new is taken, and what runs is waited for. Stop again to end it.");
      if (graceMs !== undefined) setTimeout(() => ending.abort(), graceMs).unref();
    },
    { once: true },
  );
  const what = [...workspaces.keys()].join(", ");
  say(`Worker ${slot.name} takes turns of ${agents.join(", ")} in ${what}.`);
  const told = ({ order, attempt }: Claim) =>
    `${order.turnId} of ${order.scope.agent} in ${order.name}${attempt === 1 ? "" : `, attempt ${attempt}`}`;
  let turns = 0;
  try {
    await work(
      {
        line: shared.line,
        store: shared.store,
        transcripts: shared.transcripts,
        name: slot.name,
        open: (storeOf) => openWorker(io.around, slot.folder, storeOf),
        onClaim: (claim) => say(`Runs ${told(claim)}.`),
        onEnd: (claim) => {
          turns += 1;
          say(`Done with ${told(claim)}.`);
        },
      },
      {
        agents,
        workspaces,
        places,
        onLost,
        maxAccess,
        allowsAgentArgs: flags.allowAgentArgs === true,
        stop: signal,
        hurry: ending.signal,
      },
    );
  } finally {
    await shared.close();
    slot.release();
  }
  const ran = turns === 1 ? "1 turn" : `${turns} turns`;
  return {
    json: { type: "agent_sessions.worker_stopped", worker: slot.name, turns },
    text: `Worker ${slot.name} has stopped after ${ran}.\n`,
  };
}

/** The state home without its store, to see which agents there are and where a worker's folder goes. */
function openWorkerHere({ around }: CommandIo) {
  const { AGENT_SESSIONS_STORE: _, AGENT_SESSIONS_STORE_FILE: __, ...env } = around.env;
  const { home, agents, self } = openContext({ ...around, env });
  const root = home.workersFolder;
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return { root, agents, self: self() };
}

function agentsOf(known: readonly Agent[], asked: string | undefined, io: CommandIo): string[] {
  const able = known.filter(({ travel }) => travel !== undefined);
  const names = able.map(({ name }) => name);
  if (asked !== undefined) {
    const chosen = asked
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    const other = chosen.find((name) => !names.includes(name));
    if (chosen.length === 0 || other !== undefined)
      throw new AppError("usage", `A worker can't run turns of ${JSON.stringify(other ?? asked)}.`, {
        hint: `Give some of: ${names.join(", ")}.`,
      });
    return [...new Set(chosen)];
  }
  const installed = able.filter(
    ({ executable }) => findExecutable(executable, io.around.env.PATH ?? "", io.around.cwd) !== undefined,
  );
  if (installed.length === 0)
    throw new AppError("agent_missing", `None of ${names.join(", ")} is installed here.`, {
      hint: "Install one of them, or name those that a wrapper starts with --agents.",
    });
  return installed.map(({ name }) => name);
}

function workspacesOf(io: CommandIo, folders: readonly string[]): Map<string, string> {
  const workspaces = new Workspaces(io.around);
  const found = new Map<string, string>();
  for (const given of folders) {
    const folder = resolveWorkspace(given, io.around.cwd);
    if (!io.isFolder(folder))
      throw new AppError("folder_missing", `The workspace ${folder} does not exist.`, {
        hint: "Give a folder: --workspace DIR",
      });
    const id = workspaces.idOf(folder);
    const other = found.get(id);
    if (other !== undefined && other !== folder)
      throw new AppError("usage", `${other} and ${folder} are the same workspace, ${id}.`, {
        hint: "Give one of them.",
      });
    found.set(id, folder);
  }
  return found;
}

function countOf(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= MOST) return count;
  throw new AppError(
    "usage",
    `--concurrency is ${JSON.stringify(text)}, which is no number from 1 to ${MOST}.`,
  );
}

function accessOf(text: string): Access {
  const access = ACCESSES.find((one) => one === text);
  if (access !== undefined) return access;
  throw new AppError("usage", `--max-access is ${JSON.stringify(text)}.`, {
    hint: `Give one of: ${ACCESSES.join(", ")}.`,
  });
}

function onLostOf(text: string): OnLost {
  if (text === "fail" || text === "resend") return text;
  throw new AppError("usage", `--on-lost is ${JSON.stringify(text)}.`, { hint: "Give fail or resend." });
}

function leaseOf(text: string | undefined): number {
  const seconds = text === undefined ? LEASE_S : durationOf("--lease", text) / 1_000;
  if (seconds >= LEAST_LEASE_S && seconds <= 3_600) return Math.round(seconds);
  throw new AppError("usage", `--lease is ${text}; it can be from ${LEAST_LEASE_S}s to 1h.`);
}

function durationOf(option: string, text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  throw new AppError("usage", `${option} is ${JSON.stringify(text)}, which is no duration.`, {
    hint: "Write it as 30s, 5m or 1h.",
  });
}
