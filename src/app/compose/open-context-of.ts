import { randomUUID } from "node:crypto";
import { dirname, join } from "node:path";
import { findAgentIn } from "../../agents/find-agent.ts";
import type { Agent } from "../../domain/agent/agent.ts";
import { isOwnAgentName } from "../../domain/config/own-agents.ts";
import { AppError } from "../../domain/errors.ts";
import type { SessionKey } from "../../domain/session/session.ts";
import { type LocalPlace, TRANSCRIPT, type TranscriptStore } from "../../domain/session/transcript-store.ts";
import type { SessionStore } from "../../domain/store.ts";
import { findStateHome, openStateHome, type StateHome } from "../../stores/file/home.ts";
import { FileStore } from "../../stores/file/store.ts";
import { Turns } from "../../stores/file/turns/turns.ts";
import { findStoreAddress, type StoreAddress, withoutStore } from "../../stores/store-address.ts";
import { listFolder } from "../../system/files/folder.ts";
import { readFileIfAny } from "../../system/files/read.ts";
import { findTempRoot, findViewRoot } from "../../system/places/temp.ts";
import { identifySelf, parentName, terminalKey } from "../../system/processes/identity.ts";
import type { Context } from "../context.ts";
import { IdentifiedStore } from "../line/identified-store.ts";
import { SharedRunner } from "../line/shared-runner.ts";
import { Workspaces } from "../line/workspaces.ts";
import { LocalRunner } from "../local/local-runner.ts";
import type { Shared } from "../shared-line.ts";
import type { Surroundings } from "../surroundings.ts";
import { WARM_CHAIN, WARM_MARK } from "../warm-agents.ts";
import { asCommands } from "../wording.ts";

/**
 * Opens this user's state home and everything that depends on it, for these agents.
 *
 * @throws AppError `unsupported` on Windows, `state_unwritable`; `state_unreadable` also for one that only looks, where
 * there is no state home
 */
export function openContextOf(
  builtIn: Readonly<Record<string, Agent>>,
  around: Surroundings,
  ownAgent?: (name: string) => Agent,
): Context {
  if (around.platform === "win32") {
    throw new AppError(
      "unsupported",
      "agent-sessions does not support Windows yet: it has not been tested there.",
      {
        hint: "Run it inside WSL.",
      },
    );
  }
  const { cwd, uid, userHome, notify, onlyLooks = false } = around;
  const address = findStoreAddress(around.env, around.store);
  const tempRoot = findTempRoot(around.env, cwd, onlyLooks);
  const place = { env: around.env, userHome, tempRoot, uid };
  const home = onlyLooks ? findStateHome(place) : openStateHome({ ...place, notify });
  const agents = ownAgent === undefined ? builtIn : withOwn(builtIn, ownNames(home, around), ownAgent);
  const env = withoutStore(insideWarmAgent(around.env, home, Object.values(agents)), address !== undefined);
  const now = () => new Date();
  const chooseAgent = (name: string) => findAgentIn(agents, name);
  const findAgent = (name: string) =>
    ownAgent !== undefined && !Object.hasOwn(agents, name) && isOwnAgentName(name)
      ? ownAgent(name)
      : chooseAgent(name);
  const viewRoot = around.viewRoot ?? findViewRoot(tempRoot, uid);
  const store = new FileStore({ home, viewRoot, uid, findAgent, now, notify, onlyLooks, seen: around.seen });
  const context: Omit<Context, "runner"> = {
    store,
    turns: new Turns(home),
    home,
    agents: Object.values(agents),
    findAgent,
    chooseAgent,
    agentsOf: (name) => (name === undefined ? Object.values(agents) : [chooseAgent(name)]),
    env,
    uid,
    cwd,
    self: identifySelf,
    now,
    newUuid: randomUUID,
    newArrival: () => String(process.hrtime.bigint()).padStart(20, "0"),
    parentName,
    terminalKey,
    usedAt: around.usedAt,
    program: around.program,
    runsWaiting: !onlyLooks && around.program !== undefined && (around.runsWaiting ?? true),
    wording: around.wording ?? asCommands(cwd),
    notify,
  };
  return address === undefined ? withRunner(context) : withLine(context, around, address);
}

/** Puts a store that machines share in place of that of this machine; it is loaded and opened by the first who asks. */
function withLine(context: Omit<Context, "runner">, around: Surroundings, address: StoreAddress): Context {
  const { openShared } = around;
  if (openShared === undefined)
    throw new AppError("unsupported", "This program can't use a store that machines share.", {
      hint: "Use the installed agent-sessions, or unset AGENT_SESSIONS_STORE.",
    });
  let opened: Promise<Shared> | undefined;
  const open = () => {
    const opening = opened ?? openShared(address, { self: context.self(), now: context.now });
    opened = opening;
    // The next who asks tries again: a program may outlive an outage.
    opening.catch(() => {
      if (opened === opening) opened = undefined;
    });
    return opening;
  };
  const close = async () => {
    const open = opened;
    opened = undefined;
    await (await open?.catch(() => undefined))?.close();
  };
  const workspaces = new Workspaces(around);
  const line = async () => (await open()).line;
  const store = new IdentifiedStore(async () => (await open()).store, workspaces);
  return {
    ...context,
    store,
    runner: new SharedRunner(line, workspaces, context.findAgent),
    line: {
      open: line,
      close,
      idOf: (folder) => workspaces.idOf(folder),
      isKnown: (folder) => workspaces.idIfAny(folder) !== undefined,
      purge: async ({ scope, ...request }) => {
        const shared = { ...scope, workspace: workspaces.idOf(scope.workspace) };
        return (await open()).purge({ ...request, scope: shared });
      },
      collect: async (retention) => (await open()).collect(retention),
      take: async (key, place) => takeIn((await open()).transcripts, key, place),
    },
    runsWaiting: false,
  };
}

async function takeIn(transcripts: TranscriptStore, key: SessionKey, place: LocalPlace): Promise<void> {
  const pieces = await transcripts.growth(key, place);
  // The first generation begins with the first piece: nothing was recorded before.
  const isNew = pieces.some(
    ({ path, generation, at }) => path === TRANSCRIPT && generation === 1 && at === 0,
  );
  if (isNew) await transcripts.append(key, pieces);
}

/** Opens the state of a worker, below a folder of its own, with another store than that of files. */
export function openWorkerContext(
  builtIn: Readonly<Record<string, Agent>>,
  around: Surroundings,
  folder: string,
  storeOf: (local: SessionStore) => SessionStore,
): Context {
  const env = withoutStore(around.env);
  const context = openContextOf(builtIn, {
    ...around,
    store: undefined,
    env: { ...env, AGENT_SESSIONS_HOME: folder },
    viewRoot: join(folder, "views"),
    runsWaiting: false,
    program: undefined,
  });
  // What an agent starts is of this machine, not of the worker.
  return Object.assign(context, { env, store: storeOf(context.store) });
}

/** Returns the names of the user's own agents: those in the settings, and those that have conversations here. */
function ownNames(home: StateHome, { ownAgents = [] }: Surroundings): string[] {
  return [...ownAgents, ...foldersIn(home.sessionsRoot).filter(isOwnAgentName)];
}

function withOwn(
  builtIn: Readonly<Record<string, Agent>>,
  names: readonly string[],
  ownAgent: (name: string) => Agent,
): Readonly<Record<string, Agent>> {
  const own = names.filter((name) => !Object.hasOwn(builtIn, name)).map((name) => [name, ownAgent(name)]);
  return { ...builtIn, ...Object.fromEntries(own) };
}

/** A start must not fail for a folder that can't be read: whoever needs it says so. */
function foldersIn(path: string): string[] {
  try {
    return listFolder(path);
  } catch {
    return [];
  }
}

/**
 * Returns the environment of a process that a warm agent may have started: the chain of turns as it is now, where the agent
 * was started without one, and nothing that is meant for the agent alone.
 */
function insideWarmAgent(
  env: Surroundings["env"],
  home: StateHome,
  agents: readonly Agent[],
): Surroundings["env"] {
  const { [WARM_MARK]: folder, ...others } = env;
  const rest: Record<string, string | undefined> = others;
  if (folder === undefined) return env;
  for (const { warm } of agents) for (const name of Object.keys(warm?.environment ?? {})) delete rest[name];
  const isOurs = dirname(folder) === home.warmFolder;
  if (isOurs && rest.AGENT_SESSIONS_CHAIN === undefined)
    rest.AGENT_SESSIONS_CHAIN = readFileIfAny(join(folder, WARM_CHAIN))?.toString("utf8");
  return rest;
}

/** The runner sees the context that it is part of. */
function withRunner(around: Omit<Context, "runner">): Context {
  const context = { ...around } as Context;
  context.runner = new LocalRunner(context);
  return context;
}
